// SPDX-License-Identifier: MIT

package torch

import (
	"fmt"
	"runtime/cgo"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/raw"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// Optimizer is an optimizer and its state, which is Python's: training resumes in either language.
type Optimizer struct{ object bridge.Object }

// AllGroups stands for every parameter group.
const AllGroups = -1

// NewOptimizer makes an "SGD", "Adam", "AdamW", "RMSprop", "Adagrad" or "LBFGS" for all parameters of a model, with PyTorch's
// keyword arguments or nil. Errors: ErrNotFound (no such class), ErrMismatch, ErrInvalidArgument and ErrUnsupported (a
// hyperparameter, by name).
func NewOptimizer(class string, model *Model, hyperparameters any) (*Optimizer, error) {
	return newOptimizer(class, model.object, hyperparameters, rawtorch.Wp_optimizer_create_for_model)
}

// NewOptimizerOf is NewOptimizer for what Python takes as params: a list or dict of tensors, or a list of dicts, one for each
// parameter group.
func NewOptimizerOf(class string, params any, hyperparameters any) (*Optimizer, error) {
	v, done, err := value(params)
	if err != nil {
		return nil, err
	}
	defer done()
	return newOptimizer(class, v, hyperparameters, rawtorch.Wp_optimizer_create)
}

func newOptimizer(class string, params bridge.Object, hyperparameters any,
	create func(out *uintptr, class []byte, params, hyperparameters uintptr) uintptr) (*Optimizer, error) {
	name, err := bridge.Text(class)
	if err != nil {
		return nil, err
	}
	v, done, err := value(hyperparameters)
	if err != nil {
		return nil, err
	}
	defer done()
	object, err := useObject(rawtorch.Wp_optimizer_release, func(out *uintptr, a []uintptr) uintptr {
		return create(out, name, a[0], a[1])
	}, params, v)
	if err != nil {
		return nil, err
	}
	return &Optimizer{object}, nil
}

// Close gives the optimizer up. A second Close does nothing.
func (o *Optimizer) Close() error {
	o.object.Close()
	return nil
}

// Step changes the parameters by their gradients. LBFGS needs StepClosure.
func (o *Optimizer) Step() error {
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_step(a[0]) }, o.object)
}

// closure is rawtorch.Closure over a function of the caller's.
type closure func() (*weightport.Tensor, error)

func (c closure) Loss() (address uintptr, status int32) {
	status = bridge.Call(func() error {
		loss, err := c()
		if err != nil {
			return err
		}
		defer loss.Close()
		return use(func(a []uintptr) uintptr {
			address = raw.Wp_tensor_retain(a[0])
			return 0
		}, bridge.Of(loss))
	})
	return address, status
}

// StepClosure is a step that computes the loss itself, several times for LBFGS: the function clears the gradients, computes
// the loss again and calls Backward, as Python's closure does; the loss is closed for it. Its error or panic ends the step with
// ErrCallback. The result is the loss before the step.
func (o *Optimizer) StepClosure(function func() (*weightport.Tensor, error)) (*weightport.Tensor, error) {
	token := cgo.NewHandle(rawtorch.Closure(closure(function)))
	defer token.Delete()
	if err := o.object.Enter(); err != nil {
		return nil, err
	}
	defer o.object.Leave()
	var loss uintptr
	failure := rawtorch.Wpb_optimizer_step_closure(&loss, o.object.Address(), uintptr(token))
	if err := bridge.Check(failure); err != nil {
		return nil, err
	}
	return bridge.Tensor(loss).(*weightport.Tensor), nil
}

// ZeroGrad takes the gradients of all parameters away.
func (o *Optimizer) ZeroGrad() error {
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_zero_grad(a[0]) }, o.object)
}

// StateDict is optimizer.state_dict() as Python lays it out. Its tensors share memory with the optimizer.
func (o *Optimizer) StateDict() (*weightport.Value, error) {
	return useValue(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_optimizer_state_dict(out, a[0]) }, o.object)
}

// LoadStateDict is optimizer.load_state_dict() of what Python's, or StateDict, gave. Errors: ErrMismatch, ErrUnsupported;
// nothing is changed then.
func (o *Optimizer) LoadStateDict(state any) error {
	v, done, err := value(state)
	if err != nil {
		return err
	}
	defer done()
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_load_state_dict(a[0], a[1]) }, o.object, v)
}

// Class is "SGD", say; "" after Close.
func (o *Optimizer) Class() (name string) {
	_ = use(func(a []uintptr) uintptr {
		name = raw.Text(rawtorch.Wp_optimizer_class(a[0]))
		return 0
	}, o.object)
	return name
}

// ParamGroupCount is the number of parameter groups; 0 after Close.
func (o *Optimizer) ParamGroupCount() (count int) {
	_ = use(func(a []uintptr) uintptr {
		count = int(rawtorch.Wp_optimizer_param_group_count(a[0]))
		return 0
	}, o.object)
	return count
}

// noGroup is an error for a group that C, whose numbers have no sign, cannot be asked for; nil for others from the first on.
func noGroup(group, first int) error {
	if group >= first {
		return nil
	}
	return &weightport.Error{Code: weightport.ErrNotFound, Message: fmt.Sprintf("no parameter group %d", group), Offset: -1}
}

// ParamGroup is a group's hyperparameters, without "params". Errors: ErrNotFound.
func (o *Optimizer) ParamGroup(group int) (*weightport.Value, error) {
	if err := noGroup(group, 0); err != nil {
		return nil, err
	}
	return useValue(func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_optimizer_param_group(out, a[0], int64(group))
	}, o.object)
}

// Set sets a hyperparameter of a group, or of AllGroups. Errors: ErrNotFound, ErrMismatch, ErrUnsupported.
func (o *Optimizer) Set(group int, name string, of any) error {
	if err := noGroup(group, AllGroups); err != nil {
		return err
	}
	c, err := bridge.Text(name)
	if err != nil {
		return err
	}
	v, done, err := value(of)
	if err != nil {
		return err
	}
	defer done()
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_set(a[0], int64(group), c, a[1]) }, o.object, v)
}

// LR is the learning rate of a group. Errors: ErrNotFound.
func (o *Optimizer) LR(group int) (lr float64, err error) {
	if err := noGroup(group, 0); err != nil {
		return 0, err
	}
	err = use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_get_lr(&lr, a[0], int64(group)) }, o.object)
	return lr, err
}

// SetLR sets the learning rate of a group, or of AllGroups. Errors: ErrNotFound, ErrInvalidArgument.
func (o *Optimizer) SetLR(group int, lr float64) error {
	if err := noGroup(group, AllGroups); err != nil {
		return err
	}
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_optimizer_set_lr(a[0], int64(group), lr) }, o.object)
}
