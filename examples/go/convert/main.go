// SPDX-License-Identifier: MIT

// convert saves a weight file in another format, by the other file's ending: .pt, .pth (torch zip) or .safetensors, say.
// Interrupted, it leaves the other file as it was.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/weightport/weightport/bindings/go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: convert FROM TO")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := weightport.Convert(ctx, os.Args[1], os.Args[2], weightport.SaveOptions{Progress: show})
	if err == nil {
		fmt.Fprintln(os.Stderr)
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if errors.Is(err, weightport.ErrUnsupported) {
		fmt.Fprintln(os.Stderr, "Only .pt and .pth files hold more than one state_dict.")
	}
	os.Exit(1)
}

func show(done, total uint64) error {
	_, err := fmt.Fprintf(os.Stderr, "\r%d of %d bytes", done, total)
	return err
}
