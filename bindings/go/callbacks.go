// SPDX-License-Identifier: MIT

package weightport

import (
	"fmt"
	"sync"
)

// callbacks keeps what a reader, writer or progress function of the caller's failed with: C only knows that it failed.
type callbacks struct {
	mutex sync.Mutex
	cause error // the last one
}

func (c *callbacks) fail(err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.cause = err
}

// call runs a function of the caller's. Its error, or its panic, which must not reach C, is kept.
func (c *callbacks) call(function func() error) (ok bool) {
	defer func() {
		if reason := recover(); reason != nil {
			c.fail(fmt.Errorf("panic: %v", reason))
			ok = false
		}
	}()
	if err := function(); err != nil {
		c.fail(err)
		return false
	}
	return true
}

// explain gives an ErrCallback its cause.
func (c *callbacks) explain(err error) error {
	failure, ok := err.(*Error)
	if c == nil || !ok || failure.Code != ErrCallback || failure.Cause != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	failure.Cause = c.cause
	return err
}
