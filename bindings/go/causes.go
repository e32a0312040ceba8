// SPDX-License-Identifier: MIT

package weightport

import (
	"fmt"
	"math"
	"sync"
)

// causes keeps what functions of the caller's failed with, under the status that they gave to C, which the error that C makes
// of it has too. It keeps the latest: errors that nobody comes to see do not pile up.
type causes struct {
	mutex  sync.Mutex
	last   int32
	latest [64]caused
}

type caused struct {
	status int32
	cause  error
}

var kept causes

func (c *causes) place(status int32) *caused { return &c.latest[uint32(status)%uint32(len(c.latest))] }

// keep returns a new status, which is not 0.
func (c *causes) keep(cause error) int32 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.last == math.MaxInt32 {
		c.last = 0
	}
	c.last++
	*c.place(c.last) = caused{c.last, cause}
	return c.last
}

// take is the cause of a status, which is then kept no more; nil if there is none.
func (c *causes) take(status int32) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	place := c.place(status)
	if place.status != status {
		return nil
	}
	cause := place.cause
	*place = caused{}
	return cause
}

// call runs a function of the caller's for C. It returns 0, or the status under which check finds what it failed with.
func call(function func() error) int32 {
	if err := contained(function); err != nil {
		return kept.keep(err)
	}
	return 0
}

// contained runs a function of the caller's, whose panic must not reach C. Of runtime.Goexit, which testing.T.FailNow calls, it
// cannot make an error: that unwinds C too, whose locks then stay locked. The program ends here, and not at its next call.
func contained(function func() error) (err error) {
	returned := false
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		} else if !returned {
			panic("weightport: runtime.Goexit or panic(nil) in a function that C calls")
		}
	}()
	err = function()
	returned = true
	return err
}
