// SPDX-License-Identifier: MIT

package weightport

import (
	"context"
	"runtime/cgo"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// operation is one long call into C.
type operation struct {
	ctx      context.Context
	progress func(done, total uint64) error
}

// Progress is raw.Progress.
func (o *operation) Progress(done, total uint64) int32 {
	return call(func() error { return o.progress(done, total) })
}

// run calls C with a cancel, 0 if the context has no end, and a token for the progress, 0 if nobody wants it.
func (o *operation) run(function func(cancel, progress uintptr) uintptr) error {
	if err := o.ctx.Err(); err != nil {
		return &Error{Code: ErrCancelled, Message: "cancelled before it began", Offset: -1, Cause: err}
	}
	var cancel, progress uintptr
	if o.ctx.Done() != nil {
		if err := check(raw.Wp_cancel_create(&cancel)); err != nil {
			return err
		}
		defer raw.Wp_cancel_release(cancel)
		defer o.watch(cancel)()
	}
	if o.progress != nil {
		token := cgo.NewHandle(raw.Progress(o))
		defer token.Delete()
		progress = uintptr(token)
	}
	err := check(function(cancel, progress))
	if failure, ok := err.(*Error); ok && failure.Code == ErrCancelled {
		failure.Cause = o.ctx.Err()
	}
	return err
}

// watch requests the cancel when the context is done; what it returns ends the watch.
func (o *operation) watch(cancel uintptr) func() {
	finished, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-o.ctx.Done():
			raw.Wp_cancel_request(cancel)
		case <-finished:
		}
	}()
	return func() {
		close(finished)
		<-ended
	}
}

// withOptions runs a function of C's with a struct that was made for it.
func withOptions(made uintptr, free func(uintptr), function func(options uintptr) uintptr) uintptr {
	if made == 0 {
		return raw.Wp_error_create(int(ErrOutOfMemory), []byte("no memory for options\x00"), nil)
	}
	defer free(made)
	return function(made)
}
