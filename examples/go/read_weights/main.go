// SPDX-License-Identifier: MIT

// read_weights prints the dtype, shape and first number of every tensor of a state_dict.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/weightport/weightport/bindings/go"
)

func main() {
	ckpt, err := weightport.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer ckpt.Close()
	weights, err := ckpt.StateDict("model_state_dict")
	if err != nil {
		log.Fatal(err)
	}
	defer weights.Close()
	for it := weights.Iterator(); it.Next(); {
		tensor := it.Tensor()
		fmt.Print(it.Name(), ": ", tensor.DType(), " ", tensor.Shape())
		if numbers, err := weightport.Data[float32](tensor); err == nil && len(numbers) > 0 {
			fmt.Print(" begins with ", numbers[0]) // the mapped file itself, not a copy
		}
		fmt.Println()
	}
}
