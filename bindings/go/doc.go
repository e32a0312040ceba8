// SPDX-License-Identifier: MIT

// Package weightport opens, uses and saves PyTorch weight files. It needs neither PyTorch nor Python.
//
//	ckpt, err := weightport.Open("ckpt.tar")
//	if err != nil {
//		return err
//	}
//	defer ckpt.Close()
//	weights, err := ckpt.StateDict("model_state_dict")
//	...
//	defer weights.Close()
//	weight, err := weights.Tensor("fc.weight")
//	...
//	defer weight.Close()
//	numbers, err := weightport.Data[float32](weight) // a view of the mapped file, not a copy
//
// # Lifetime
//
// Close gives up what an object holds; a second Close does nothing, and anything else after it is ErrClosed. A Tensor and a
// StateDict hold what they need by themselves: closing the checkpoint they came from changes nothing for them. A Value belongs
// to its tree, and is closed with it.
//
// What is never closed is given up when the collector finds it, but for a View. Do not count on it where many files are opened:
// a file stays open as long as its checkpoint, or anything that came from it, is; and the collector, which sees little memory
// to be gained, may come only after there are no more file descriptors.
//
// A slice that Data returned points into memory of the Tensor's, and a slice cannot keep that alive: the Tensor may be collected
// after its own last use in the program, while the slice is still in use. A deferred Close, or runtime.KeepAlive, behind the
// last use of the slice sees to it. A slice that is kept for longer is that of a View, which only its Close gives up:
//
//	view, err := weightport.NewView[float32](weight)
//	...
//	defer view.Close()
//
// # Errors
//
// An *Error says what happened and where. Its code is an error of its own:
//
//	if errors.Is(err, weightport.ErrNotFound) { ... }
//
// # Goroutines
//
// Everything may be read by many goroutines, and closed by any of them, at any time. Whoever edits a StateDict, a Value or a
// Checkpoint, or writes the elements of a Tensor, must be alone.
package weightport
