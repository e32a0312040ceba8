// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"fmt"
	"io/fs"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// Code is what went wrong, for programs. Each is an error that errors.Is finds in an *Error. The numbers are fixed.
type Code int

const (
	ErrInvalidArgument Code = 10  // the caller broke the function's contract
	ErrNotFound        Code = 20  // no such key, path, tensor or file
	ErrIO              Code = 30  // the operating system refused to read, map or write
	ErrCorrupt         Code = 40  // the file breaks its format's rules
	ErrUnsupported     Code = 50  // valid, but not something this library reads or does
	ErrUnsafe          Code = 60  // refused because following it could harm
	ErrLimit           Code = 70  // larger, deeper or longer than Limits allows
	ErrMismatch        Code = 80  // a kind, dtype, shape or key that differs from the one asked for
	ErrCancelled       Code = 90  // the context was done
	ErrCallback        Code = 100 // a reader, writer or progress function of the caller failed
	ErrOutOfMemory     Code = 110 // an allocation failed
	ErrTorch           Code = 120 // libtorch reported it
	ErrInternal        Code = 130 // a bug in this library: please report it
)

// Error is the code's name, "WP_ERROR_NOT_FOUND" say.
func (c Code) Error() string { return raw.Text(raw.Wp_code_name(int(c))) }

// ErrClosed is what the use of a closed object gives. It is an fs.ErrClosed.
var ErrClosed error = closedError{}

// closedError speaks of no file, as fs.ErrClosed would.
type closedError struct{}

func (closedError) Error() string        { return "weightport: it is closed" }
func (closedError) Is(target error) bool { return target == fs.ErrClosed }

// Error is a failure: what, and where.
type Error struct {
	Code    Code
	Message string // one line: file, offset or key where known, and the fact
	File    string // name of the file or source, "" if none
	Offset  int64  // byte offset in it, or in the record of it that the message names; -1 if none
	Key     string // state_dict key or path of the value, "" if none
	Cause   error  // what a reader, writer, progress function or context of the caller's reported, nil if none
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Is is true for the error's code, and for fs.ErrNotExist where it is a file that was not found.
func (e *Error) Is(target error) bool {
	if target == fs.ErrNotExist {
		return e.Code == ErrNotFound && e.File != "" && e.Key == ""
	}
	return target == e.Code
}

// Unwrap is the error's cause.
func (e *Error) Unwrap() error { return e.Cause }

// check makes an error of what C returned, and frees that.
func check(address uintptr) error {
	if address == 0 {
		return nil
	}
	defer raw.Wp_error_release(address)
	failure := &Error{
		Code:    Code(raw.Wp_error_code(address)),
		Message: raw.Text(raw.Wp_error_message(address)),
		File:    raw.Text(raw.Wp_error_file(address)),
		Offset:  raw.Wp_error_offset(address),
		Key:     raw.Text(raw.Wp_error_key(address)),
	}
	if failure.Code == ErrCallback {
		failure.Cause = kept.take(int32(raw.Wp_error_status(address)))
	}
	return failure
}

func newError(code Code, key, format string, arguments ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, arguments...), Offset: -1, Key: key}
}

// text is a string as C wants it: with a NUL at its end, and none inside.
func text(s string) ([]byte, error) {
	c := make([]byte, len(s)+1)
	copy(c, s)
	if bytes.IndexByte(c, 0) != len(s) {
		return nil, newError(ErrInvalidArgument, s, "%q has a NUL in it", s)
	}
	return c, nil
}
