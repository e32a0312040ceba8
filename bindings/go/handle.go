// SPDX-License-Identifier: MIT

package weightport

import (
	"runtime"
	"sync/atomic"
)

// live counts the references that are held in C.
var live atomic.Int64

const closedFlag = 1 << 62

// handle is a reference to an object of C's that is released once: by close, or else by the collector where there is a net,
// and not before the last call that uses it has returned.
type handle struct {
	state   atomic.Int64 // number of calls in progress, and closedFlag
	netted  atomic.Bool
	address uintptr
	release func(uintptr)
}

// newHandle takes a new reference.
func newHandle(address uintptr, release func(uintptr)) *handle {
	live.Add(1)
	return &handle{address: address, release: release}
}

// net lets the collector close the handle.
func (h *handle) net() *handle {
	h.netted.Store(true)
	runtime.SetFinalizer(h, (*handle).close)
	return h
}

// enter begins a call that uses the address; leave ends it.
func (h *handle) enter() error {
	for {
		state := h.state.Load()
		if state&closedFlag != 0 {
			return ErrClosed
		}
		if h.state.CompareAndSwap(state, state+1) {
			return nil
		}
	}
}

func (h *handle) leave() {
	if h.state.Add(-1) == closedFlag {
		h.give()
	}
}

func (h *handle) close() {
	for {
		state := h.state.Load()
		if state&closedFlag != 0 {
			return
		}
		if h.state.CompareAndSwap(state, state|closedFlag) {
			if state == 0 {
				h.give()
			}
			return
		}
	}
}

func (h *handle) give() {
	if h.netted.Load() {
		runtime.SetFinalizer(h, nil)
	}
	h.release(h.address)
	live.Add(-1)
}
