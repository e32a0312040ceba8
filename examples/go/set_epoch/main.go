// SPDX-License-Identifier: MIT

// set_epoch prints what a checkpoint's state_dict holds, and saves the checkpoint with another epoch.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/weightport/weightport/bindings/go"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(from, to string) error {
	ckpt, err := weightport.Open(from)
	if err != nil {
		return err
	}
	defer ckpt.Close()
	weights, err := ckpt.StateDict("model_state_dict")
	if err != nil {
		return err
	}
	defer weights.Close()
	for it := weights.Iterator(); it.Next(); {
		fmt.Println(it.Name(), it.Tensor().DType(), it.Tensor().Shape())
	}
	if err := ckpt.Set("epoch", 100); err != nil {
		return err
	}
	return ckpt.Save(to)
}
