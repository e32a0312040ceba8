// SPDX-License-Identifier: MIT

// Package torch runs and trains PyTorch models on libtorch, with the tensors, values and state_dicts of package weightport.
//
//	model, err := torch.Load("model.ts")
//	...
//	defer model.Close()
//	_, err = model.LoadStateDict(weights, torch.LoadStateDictOptions{})
//	...
//	err = model.Eval()
//	...
//	output, err := model.ForwardTensor(input)
//
// Lifetime and errors are as in package weightport. A model, its optimizer and its scheduler are used by one goroutine at a
// time; several may run one model in eval mode inside NoGrad.
package torch
