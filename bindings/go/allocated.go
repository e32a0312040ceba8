// SPDX-License-Identifier: MIT

package weightport

import (
	"runtime"
	"sync/atomic"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

const (
	heavy        = 64 << 10 // less than this counts for nothing beside what a collection costs
	leastCounted = 256 << 20
)

// allocated is how much memory of C's tensors hold that were neither closed nor found by the collector. To the collector each
// is a few words, so it sees no reason to run: it is asked to whenever there is twice as much as after the last time.
var allocated, allocatedMost atomic.Int64

func init() { allocatedMost.Store(leastCounted) }

// newAllocated takes a new reference to a tensor that memory was allocated for.
func newAllocated(address uintptr) *Tensor {
	t := newTensor(address)
	nbytes := t.NBytes()
	if nbytes < heavy {
		return t
	}
	t.core.release = func(address uintptr) {
		raw.Wp_tensor_release(address)
		countGiven(nbytes)
	}
	countTaken(nbytes)
	return t
}

func countTaken(nbytes int64) {
	now, most := allocated.Add(nbytes), allocatedMost.Load()
	if now > most && allocatedMost.CompareAndSwap(most, 2*now) {
		runtime.GC()
	}
}

func countGiven(nbytes int64) {
	now, most := allocated.Add(-nbytes), allocatedMost.Load()
	if now < most/4 && most > leastCounted {
		next := 2 * now
		if next < leastCounted {
			next = leastCounted
		}
		allocatedMost.CompareAndSwap(most, next)
	}
}
