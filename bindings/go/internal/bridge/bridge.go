// SPDX-License-Identifier: MIT

// Package bridge is how package torch sees inside package weightport, which sets all of this when it is loaded.
package bridge

import (
	"context"
	"io"
)

// Object is a reference to an object of C's: its address may be used between Enter and Leave.
type Object interface {
	Enter() error
	Leave()
	Close()
	Address() uintptr
}

var (
	// New holds a new reference until Close, or until the collector finds that nothing holds the Object.
	New func(address uintptr, release func(uintptr)) Object
	// Of is what a *Tensor, *StateDict or *Value refers to.
	Of func(object any) Object
	// Tensor, StateDict and Value make a *Tensor, *StateDict or *Value of a new reference.
	Tensor, StateDict, Value func(address uintptr) any
	// Allocated is Tensor for one that memory was allocated for.
	Allocated func(address uintptr) any
	// Findings copies a report into a []Finding.
	Findings func(report uintptr) any
	// Check is what C returned as an error.
	Check func(failure uintptr) error
	// Call runs a function of the caller's for C. It returns 0, or the status under which Check finds what it failed with.
	Call func(function func() error) int32
	// Save runs a function of C's with a SaveOptions; SaveWriter runs one that saves to a sink, which is over a writer.
	Save       func(ctx context.Context, options any, function func(options uintptr) uintptr) error
	SaveWriter func(ctx context.Context, writer io.Writer, options any, function func(sink, options uintptr) uintptr) error
	// Source is what C can read and close by a token: a raw.Reader.
	Source func(reader io.ReaderAt) any
	// Text is a string as C wants it.
	Text func(s string) ([]byte, error)
	// Live is the number of references held.
	Live func() int64
)
