// SPDX-License-Identifier: MIT

package weightport

import (
	"context"
	"errors"
	"io"
	"runtime/cgo"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// Memory is where tensor bytes live.
type Memory int32

const (
	MemoryMap  Memory = 0 // views of a read-only mapping; read on first touch where there is no mapping
	MemoryRead Memory = 1 // read while opening, into memory that tensors own and may write
)

// Limits are what a file may make the library do before it is refused with ErrLimit. 0 is the default, which is safe.
type Limits struct {
	MaxDepth        uint32 // nesting of lists, dicts and objects
	MaxTensors      uint64
	MaxBytes        uint64 // memory for directories, pickles and the tree of values
	MaxSteps        uint64 // pickle opcodes, and nodes visited by a walk of the tree
	MaxString       uint64 // bytes of one string, bytes object or array inside a pickle
	MaxInflateRatio uint64 // inflated bytes of a compressed record for each byte it has in the file
}

// OpenOptions say how to open; the zero value is the defaults.
type OpenOptions struct {
	Memory          Memory
	Threads         uint32 // for MemoryRead; 0 is one for each processor, at most 8
	VerifyChecksums bool   // reads the whole file
	Limits          Limits
	// Progress is told how far the reading is, in bytes of the file; its error ends it. Never called twice at once.
	Progress func(done, total uint64) error
	Name     string // of a reader, for error messages
}

// create makes the struct for C; the caller frees it.
func (o *OpenOptions) create(cancel, progress uintptr) uintptr {
	options := raw.Wpb_open_options_create(int(o.Memory), uint(o.Threads), o.VerifyChecksums, cancel, progress)
	if options != 0 {
		l := &o.Limits
		raw.Wpb_open_options_set_limits(options, uint(l.MaxDepth), l.MaxTensors, l.MaxBytes, l.MaxSteps, l.MaxString,
			l.MaxInflateRatio)
	}
	return options
}

// Open opens a file of any format. No tensor byte is read. Errors: ErrNotFound, ErrIO, ErrUnsupported (not a known format),
// ErrCorrupt, ErrLimit.
func Open(path string) (*Checkpoint, error) {
	return OpenContext(context.Background(), path, OpenOptions{})
}

// OpenContext is Open with options. A context that is done is ErrCancelled, and the context's own error.
func OpenContext(ctx context.Context, path string, options OpenOptions) (*Checkpoint, error) {
	name, err := text(path)
	if err != nil {
		return nil, err
	}
	return open(ctx, &options, func(out *uintptr, options uintptr) uintptr {
		return raw.Wp_checkpoint_open(out, name, options)
	})
}

// OpenReader opens size bytes of a reader, which the checkpoint and its tensors read from when they need to, from any
// goroutine. A reader that is an io.Closer is closed when nothing needs it any more, also when opening fails. Errors: those of
// Open, ErrCallback (the reader failed, with what is the Cause, or gave fewer bytes: io.ErrUnexpectedEOF), ErrInvalidArgument
// (a negative size, a NUL in the Name).
func OpenReader(ctx context.Context, reader io.ReaderAt, size int64, options OpenOptions) (*Checkpoint, error) {
	source, given := &source{reader}, false
	defer func() {
		if !given {
			source.Close()
		}
	}()
	if size < 0 {
		return nil, newError(ErrInvalidArgument, "", "the reader's size is %d", size)
	}
	if options.Name == "" {
		options.Name = "reader"
	}
	name, err := text(options.Name)
	if err != nil {
		return nil, err
	}
	return open(ctx, &options, func(out *uintptr, options uintptr) uintptr {
		given = true // C closes it, whatever happens
		token := cgo.NewHandle(raw.Reader(source))
		return raw.Wpb_open_source(out, uint64(size), name, options, uintptr(token))
	})
}

func open(ctx context.Context, options *OpenOptions, function func(out *uintptr, options uintptr) uintptr) (*Checkpoint, error) {
	o := &operation{ctx: ctx, progress: options.Progress}
	var address uintptr
	err := o.run(func(cancel, progress uintptr) uintptr {
		return withOptions(options.create(cancel, progress), raw.Wpb_open_options_free, func(options uintptr) uintptr {
			return function(&address, options)
		})
	})
	if err != nil {
		return nil, err
	}
	return newCheckpoint(address), nil
}

// source is raw.Reader over an io.ReaderAt.
type source struct{ reader io.ReaderAt }

func (s *source) ReadAt(p []byte, offset int64) int32 {
	return call(func() error {
		n, err := s.reader.ReadAt(p, offset)
		if n == len(p) {
			return nil
		}
		if err == nil || errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	})
}

func (s *source) Close() {
	if closer, ok := s.reader.(io.Closer); ok {
		_ = contained(closer.Close) // there is nobody to tell
	}
}
