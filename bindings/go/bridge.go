// SPDX-License-Identifier: MIT

package weightport

import (
	"context"
	"io"

	"github.com/weightport/weightport/bindings/go/internal/bridge"
)

func init() {
	bridge.New = func(address uintptr, release func(uintptr)) bridge.Object {
		return bridged{newHandle(address, release).net()}
	}
	bridge.Of = func(object any) bridge.Object {
		switch x := object.(type) {
		case *Tensor:
			return bridgedTensor{bridged{x.core.handle}, x}
		case *StateDict:
			return bridged{x.handle}
		}
		v := object.(*Value)
		return bridgedValue{bridged{v.tree}, v.address}
	}
	bridge.Tensor = func(address uintptr) any { return newTensor(address) }
	bridge.Allocated = func(address uintptr) any { return newAllocated(address) }
	bridge.StateDict = func(address uintptr) any { return newStateDict(address) }
	bridge.Value = func(address uintptr) any { return newValue(address) }
	bridge.Findings = func(report uintptr) any { return findingsOf(report) }
	bridge.Check = check
	bridge.Call = call
	bridge.Save = func(ctx context.Context, options any, function func(options uintptr) uintptr) error {
		o := options.(SaveOptions)
		return o.run(ctx, function)
	}
	bridge.SaveWriter = func(ctx context.Context, writer io.Writer, options any, function func(sink, options uintptr) uintptr) error {
		o := options.(SaveOptions)
		return o.write(ctx, writer, function)
	}
	bridge.Source = func(reader io.ReaderAt) any { return &source{reader} }
	bridge.Text = text
	bridge.Live = live.Load
}

type bridged struct{ *handle }

func (b bridged) Enter() error     { return b.enter() }
func (b bridged) Leave()           { b.leave() }
func (b bridged) Close()           { b.close() }
func (b bridged) Address() uintptr { return b.address }

type bridgedTensor struct {
	bridged
	tensor *Tensor
}

func (b bridgedTensor) Enter() error { return b.tensor.enter() }
func (b bridgedTensor) Leave()       { b.tensor.leave() }

type bridgedValue struct {
	bridged
	node uintptr
}

func (b bridgedValue) Address() uintptr { return b.node }
