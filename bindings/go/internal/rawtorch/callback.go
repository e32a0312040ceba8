// SPDX-License-Identifier: MIT

package rawtorch

// #cgo CFLAGS: -Wno-unused-function
// #include <stddef.h>
// #include <stdint.h>
import "C"

import "runtime/cgo"

// What C calls with the token of a cgo.Handle. None lets a panic out.
type (
	// Closure gives a new reference to the loss and 0, or a status to fail with.
	Closure interface {
		Loss() (address uintptr, status int32)
	}
	LRLambda interface {
		Factor(epoch int64, group int) float64
	}
)

//export wpGoClosure
func wpGoClosure(loss *C.uintptr_t, token C.uintptr_t) C.int32_t {
	address, status := cgo.Handle(token).Value().(Closure).Loss()
	*loss = C.uintptr_t(address)
	return C.int32_t(status)
}

//export wpGoLRLambda
func wpGoLRLambda(epoch C.int64_t, group C.size_t, token C.uintptr_t) C.double {
	return C.double(cgo.Handle(token).Value().(LRLambda).Factor(int64(epoch), int(group)))
}
