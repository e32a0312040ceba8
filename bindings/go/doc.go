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
// Close gives up what an object holds; a second Close does nothing, and anything else after it is ErrClosed. What is never
// closed is given up when the collector finds it. A Tensor and a StateDict hold what they need by themselves: closing the
// checkpoint they came from changes nothing for them. A Value belongs to its tree, and is closed with it.
//
// A slice that Data returned points into memory of the Tensor's, and a slice cannot keep that alive: use it before Close and
// while the Tensor is reachable. A deferred Close sees to both. NewView gives slice and tensor in one, to be kept.
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
