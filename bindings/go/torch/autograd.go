// SPDX-License-Identifier: MIT

package torch

import (
	"runtime"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// Backward adds the gradients of a tensor of one element to the leaves it was computed from. Errors: ErrMismatch (it has not
// one element, or no history), ErrTorch.
func Backward(t *weightport.Tensor) error {
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_tensor_backward(a[0]) }, bridge.Of(t))
}

// BackwardAll is Backward from several tensors at once, such as the losses of several heads: torch.autograd.backward(). Each of
// gradients has the shape of its tensor: the weight of a loss, say; nil for one where that is 1 for a single element, and nil for
// all. With retainGraph the history is kept for another call over the same. Errors: ErrMismatch (its key is the index), ErrTorch.
func BackwardAll(tensors, gradients []*weightport.Tensor, retainGraph bool) error {
	from, done, err := value(items(tensors))
	if err != nil {
		return err
	}
	defer done()
	outer, done, err := value(items(gradients))
	if err != nil {
		return err
	}
	defer done()
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_autograd_backward(a[0], a[1], retainGraph) }, from, outer)
}

// items is the list, nil for none.
func items(tensors []*weightport.Tensor) any {
	if tensors == nil {
		return nil
	}
	list := make([]any, len(tensors))
	for i, t := range tensors {
		if t != nil {
			list[i] = t
		}
	}
	return list
}

// Grad is the gradient of a leaf, in the same memory; nil where there is none yet.
func Grad(t *weightport.Tensor) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_tensor_grad(out, a[0]) }, bridge.Of(t))
}

// Detach is the same memory without history.
func Detach(t *weightport.Tensor) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_tensor_detach(out, a[0]) }, bridge.Of(t))
}

// Track is a tensor that gradients are kept for, over the same memory.
func Track(t *weightport.Tensor) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_tensor_track(out, a[0]) }, bridge.Of(t))
}

// ToDevice is the tensor on a device ("cpu", "cuda", "cuda:1"), with its history: a model and its input must be on one. Errors:
// ErrInvalidArgument (no such device), ErrTorch (no CUDA here).
func ToDevice(t *weightport.Tensor, device string) (*weightport.Tensor, error) {
	c, err := bridge.Text(device)
	if err != nil {
		return nil, err
	}
	return useTensor(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_tensor_to_device(out, a[0], c) }, bridge.Of(t))
}

// ToDType is Tensor.to(dtype), with its history. Errors: ErrUnsupported (a dtype that this libtorch lacks).
func ToDType(t *weightport.Tensor, dtype weightport.DType) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_tensor_to_dtype(out, a[0], int(dtype))
	}, bridge.Of(t))
}

// Reshape is Tensor.reshape(), with its history: of logits that are to go into a loss, say. One size may be -1, which stands for
// what is left. Errors: ErrTorch (another number of elements).
func Reshape(t *weightport.Tensor, shape ...int64) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_tensor_reshape(out, a[0], shape, int64(len(shape)))
	}, bridge.Of(t))
}

// ClipGradNorm scales all gradients so that their norm together is at most max, and returns the norm before. The normType is
// 2 for the usual norm, and math.Inf(1) for the largest element.
func ClipGradNorm(parameters *weightport.StateDict, max, normType float64) (norm float64, err error) {
	err = use(func(a []uintptr) uintptr { return rawtorch.Wp_clip_grad_norm(&norm, a[0], max, normType) }, bridge.Of(parameters))
	return norm, err
}

// NoGrad runs a function whose operations are not recorded: torch.no_grad(). It stays on one thread meanwhile; goroutines that
// it starts record again.
func NoGrad(function func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := rawtorch.Wp_set_grad_enabled(false)
	defer rawtorch.Wp_set_grad_enabled(before)
	return function()
}

// Loss is a loss function with its options.
type Loss struct{ object bridge.Object }

// NewLoss makes a loss of the name in torch.nn.functional ("cross_entropy") or of the class ("CrossEntropyLoss"), with the
// keyword arguments of the class or nil. Errors: ErrNotFound, ErrMismatch and ErrUnsupported (an option, by name).
func NewLoss(name string, options any) (*Loss, error) {
	c, err := bridge.Text(name)
	if err != nil {
		return nil, err
	}
	v, done, err := value(options)
	if err != nil {
		return nil, err
	}
	defer done()
	object, err := useObject(rawtorch.Wp_loss_release, func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_loss_create(out, c, a[0])
	}, v)
	if err != nil {
		return nil, err
	}
	return &Loss{object}, nil
}

// Close gives the loss up. A second Close does nothing.
func (l *Loss) Close() error {
	l.object.Close()
	return nil
}

// Compute is the loss of a model's output, from which Backward starts. Errors: ErrTorch (shapes or dtypes that do not fit).
func (l *Loss) Compute(input, target *weightport.Tensor) (*weightport.Tensor, error) {
	return useTensor(func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_loss_compute(out, a[0], a[1], a[2])
	}, l.object, bridge.Of(input), bridge.Of(target))
}
