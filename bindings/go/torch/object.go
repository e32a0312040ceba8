// SPDX-License-Identifier: MIT

package torch

import (
	"runtime"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
)

// use runs a function of C's on the addresses of objects that stay open meanwhile; nil is NULL.
func use(function func(addresses []uintptr) uintptr, objects ...bridge.Object) error {
	addresses := make([]uintptr, len(objects))
	for i, object := range objects {
		if object == nil {
			continue
		}
		if err := object.Enter(); err != nil {
			return err
		}
		defer object.Leave()
		addresses[i] = object.Address()
	}
	return bridge.Check(function(addresses))
}

// useTensor is use for a function that makes a tensor. The tensor is nil where C made none.
func useTensor(function func(out *uintptr, addresses []uintptr) uintptr, objects ...bridge.Object) (*weightport.Tensor, error) {
	var out uintptr
	err := use(func(addresses []uintptr) uintptr { return function(&out, addresses) }, objects...)
	if err != nil || out == 0 {
		return nil, err
	}
	return bridge.Tensor(out).(*weightport.Tensor), nil
}

// useStateDict is use for a function that makes a state_dict.
func useStateDict(function func(out *uintptr, addresses []uintptr) uintptr,
	objects ...bridge.Object) (*weightport.StateDict, error) {
	var out uintptr
	if err := use(func(addresses []uintptr) uintptr { return function(&out, addresses) }, objects...); err != nil {
		return nil, err
	}
	return bridge.StateDict(out).(*weightport.StateDict), nil
}

// useValue is use for a function that makes a tree of values.
func useValue(function func(out *uintptr, addresses []uintptr) uintptr, objects ...bridge.Object) (*weightport.Value, error) {
	var out uintptr
	if err := use(func(addresses []uintptr) uintptr { return function(&out, addresses) }, objects...); err != nil {
		return nil, err
	}
	return bridge.Value(out).(*weightport.Value), nil
}

// useObject is use for a function that makes an object of this package's, which release gives up.
func useObject(release func(uintptr), function func(out *uintptr, addresses []uintptr) uintptr,
	objects ...bridge.Object) (bridge.Object, error) {
	var out uintptr
	if err := use(func(addresses []uintptr) uintptr { return function(&out, addresses) }, objects...); err != nil {
		return nil, err
	}
	return bridge.New(out, release), nil
}

// value is what weightport.NewValue makes of something, and a function that gives it up. Nil, a nil map say, is NULL.
func value(of any) (bridge.Object, func(), error) {
	switch x := of.(type) {
	case nil:
		return nil, func() {}, nil
	case map[string]any:
		if x == nil {
			return nil, func() {}, nil
		}
	case *weightport.Value:
		if x == nil {
			return nil, func() {}, nil
		}
		return bridge.Of(x), func() { runtime.KeepAlive(x) }, nil
	}
	v, err := weightport.NewValue(of)
	if err != nil {
		return nil, nil, err
	}
	return bridge.Of(v), func() { v.Close() }, nil
}
