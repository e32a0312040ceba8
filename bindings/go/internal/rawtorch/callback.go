// SPDX-License-Identifier: MIT

package rawtorch

// #cgo CFLAGS: -Wno-unused-function
// #include <stddef.h>
// #include <stdint.h>
import "C"

import "runtime/cgo"

// What C calls with the token of a cgo.Handle. None lets a panic out.
type (
	// Closure gives a new reference to the loss, or 0 to fail.
	Closure  interface{ Loss() uintptr }
	LRLambda interface {
		Factor(epoch int64, group int) float64
	}
)

//export wpGoClosure
func wpGoClosure(token C.uintptr_t) C.uintptr_t {
	return C.uintptr_t(cgo.Handle(token).Value().(Closure).Loss())
}

//export wpGoLRLambda
func wpGoLRLambda(epoch C.int64_t, group C.size_t, token C.uintptr_t) C.double {
	return C.double(cgo.Handle(token).Value().(LRLambda).Factor(int64(epoch), int(group)))
}
