// SPDX-License-Identifier: MIT

package torch

import (
	"fmt"
	"runtime/cgo"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// Scheduler is a learning rate over time, and its state, which is Python's.
type Scheduler struct {
	object bridge.Object
	lambda *lambda // of NewLambdaLR; nil otherwise
	asking *asking // of NewLambdaLR
}

// NewScheduler makes a "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR" or "ReduceLROnPlateau" with PyTorch's
// keyword arguments. As in Python, it sets "initial_lr" and the first learning rate. Errors: ErrNotFound (no such class),
// ErrInvalidArgument, ErrMismatch and ErrUnsupported (an option, by name).
func NewScheduler(class string, optimizer *Optimizer, options any) (*Scheduler, error) {
	name, err := bridge.Text(class)
	if err != nil {
		return nil, err
	}
	v, done, err := value(options)
	if err != nil {
		return nil, err
	}
	defer done()
	object, err := useObject(rawtorch.Wp_scheduler_release, func(out *uintptr, a []uintptr) uintptr {
		return rawtorch.Wp_scheduler_create(out, name, a[0], a[1])
	}, optimizer.object, v)
	if err != nil {
		return nil, err
	}
	return &Scheduler{object: object}, nil
}

// lambda is rawtorch.LRLambda over a function of the caller's.
type lambda struct {
	function func(epoch int64, group int) float64
	last     map[int]float64 // by group: what a panic leaves as it is
	cause    error
}

func (l *lambda) Factor(epoch int64, group int) (factor float64) {
	defer func() {
		if reason := recover(); reason != nil {
			l.cause = fmt.Errorf("panic: %v", reason)
			factor = l.last[group]
		}
	}()
	l.last[group] = l.function(epoch, group)
	return l.last[group]
}

// asking is what C keeps of a lambda: nothing but during the calls that need it, since the function may refer to whoever holds
// the scheduler, which would then never be collected.
type asking struct{ lambda *lambda }

func (a *asking) Factor(epoch int64, group int) float64 { return a.lambda.Factor(epoch, group) }

// during lends a lambda for a call.
func (a *asking) during(l *lambda, call func() error) error {
	if l == nil {
		return call()
	}
	a.lambda = l
	defer func() { a.lambda = nil }()
	return l.failed(call())
}

// failed is the panic that the function had since the last call, as an error.
func (l *lambda) failed(err error) error {
	if l.cause == nil {
		return err
	}
	cause := l.cause
	l.cause = nil
	const message = "the learning rate's function failed"
	return &weightport.Error{Code: weightport.ErrCallback, Message: message, Offset: -1, Cause: cause}
}

// NewLambdaLR makes a LambdaLR: the learning rate is the initial one times what the function returns for an epoch, 0 for the
// first, and a group. A panic in it is an ErrCallback of the call that needed it.
func NewLambdaLR(optimizer *Optimizer, function func(epoch int64, group int) float64) (*Scheduler, error) {
	l, asking := &lambda{function: function, last: map[int]float64{}}, &asking{}
	token := cgo.NewHandle(rawtorch.LRLambda(asking))
	release := func(address uintptr) {
		rawtorch.Wp_scheduler_release(address)
		token.Delete()
	}
	var object bridge.Object
	err := asking.during(l, func() (err error) {
		object, err = useObject(release, func(out *uintptr, a []uintptr) uintptr {
			return rawtorch.Wpb_scheduler_create_lambda(out, a[0], uintptr(token))
		}, optimizer.object)
		return err
	})
	if object == nil {
		token.Delete()
		return nil, err
	}
	if err != nil {
		object.Close()
		return nil, err
	}
	return &Scheduler{object, l, asking}, nil
}

// Close gives the scheduler up. A second Close does nothing.
func (s *Scheduler) Close() error {
	s.object.Close()
	return nil
}

// Step is the next epoch. ReduceLROnPlateau needs StepMetric.
func (s *Scheduler) Step() error {
	return s.asking.during(s.lambda, func() error {
		return use(func(a []uintptr) uintptr { return rawtorch.Wp_scheduler_step(a[0]) }, s.object)
	})
}

// StepMetric is the next epoch of ReduceLROnPlateau, after which the watched number was metric.
func (s *Scheduler) StepMetric(metric float64) error {
	return s.asking.during(s.lambda, func() error {
		return use(func(a []uintptr) uintptr { return rawtorch.Wp_scheduler_step_metric(a[0], metric) }, s.object)
	})
}

// LastLR is get_last_lr() of a group. Errors: ErrNotFound.
func (s *Scheduler) LastLR(group int) (lr float64, err error) {
	if err := noGroup(group, 0); err != nil {
		return 0, err
	}
	err = use(func(a []uintptr) uintptr { return rawtorch.Wp_scheduler_get_last_lr(&lr, a[0], int64(group)) }, s.object)
	return lr, err
}

// StateDict is scheduler.state_dict() with Python's keys.
func (s *Scheduler) StateDict() (*weightport.Value, error) {
	return useValue(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_scheduler_state_dict(out, a[0]) }, s.object)
}

// LoadStateDict is scheduler.load_state_dict(). Errors: ErrMismatch; nothing is changed then.
func (s *Scheduler) LoadStateDict(state any) error {
	v, done, err := value(state)
	if err != nil {
		return err
	}
	defer done()
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_scheduler_load_state_dict(a[0], a[1]) }, s.object, v)
}
