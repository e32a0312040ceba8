// SPDX-License-Identifier: MIT

package weightport

import (
	"context"
	"io"
	"io/fs"
	"runtime/cgo"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// SaveOptions say how to save; the zero value is the defaults.
type SaveOptions struct {
	// FormatUnknown: by the path's ending (.safetensors, .safetensors.index.json, .bin.index.json), else torch zip.
	Format       Format
	Mode         fs.FileMode // permission bits of a new file; 0 is 0666 less the process's umask
	NotDurable   bool        // do not wait until file and folder are on the disk before the old file is replaced
	MaxShardSize uint64      // bytes of tensors in one shard of an index format; 0 is 5,000,000,000
	// Progress is told how far the writing is, in bytes; its error ends it. Never called twice at once.
	Progress func(done, total uint64) error
	Name     string // of a writer, for error messages
}

func (o *SaveOptions) create(cancel, progress uintptr) uintptr {
	return raw.Wpb_save_options_create(int(o.Format), uint(o.Mode.Perm()), !o.NotDurable, o.MaxShardSize, cancel, progress)
}

// run runs a function of C's that saves.
func (o *SaveOptions) run(ctx context.Context, function func(options uintptr) uintptr) error {
	saving := &operation{ctx: ctx, progress: o.Progress}
	return saving.run(func(cancel, progress uintptr) uintptr {
		return withOptions(o.create(cancel, progress), raw.Wpb_save_options_free, function)
	})
}

// write runs a function of C's that saves to a sink.
func (o *SaveOptions) write(ctx context.Context, writer io.Writer, function func(sink, options uintptr) uintptr) error {
	if o.Name == "" {
		o.Name = "writer"
	}
	name, err := text(o.Name)
	if err != nil {
		return err
	}
	token := cgo.NewHandle(raw.Writer(&sink{writer}))
	defer token.Delete()
	return o.run(ctx, func(options uintptr) uintptr {
		return withOptions(raw.Wpb_sink_create(name, uintptr(token)), raw.Wpb_sink_free, func(sink uintptr) uintptr {
			return function(sink, options)
		})
	})
}

// Save saves to a file that Python's torch.load(weights_only=True), or safetensors, reads. Whatever happens, either the old
// or the new file is there, whole. Errors: ErrIO, ErrUnsupported (the format cannot hold the tree).
func (c *Checkpoint) Save(path string) error {
	return c.SaveContext(context.Background(), path, SaveOptions{})
}

// SaveContext is Save with options. A context that is done is ErrCancelled, and the context's own error.
func (c *Checkpoint) SaveContext(ctx context.Context, path string, options SaveOptions) error {
	name, err := text(path)
	if err != nil {
		return err
	}
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return options.run(ctx, func(options uintptr) uintptr {
		return raw.Wp_checkpoint_save(c.address, name, options)
	})
}

// SaveWriter saves to a writer, whose bytes are of no use unless there is no error. Errors: also ErrCallback, with what the
// writer failed with.
func (c *Checkpoint) SaveWriter(ctx context.Context, writer io.Writer, options SaveOptions) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return options.write(ctx, writer, func(sink, options uintptr) uintptr {
		return raw.Wp_checkpoint_save_sink(c.address, sink, options)
	})
}

// WriteTo is SaveWriter with the defaults; it makes a Checkpoint an io.WriterTo.
func (c *Checkpoint) WriteTo(writer io.Writer) (int64, error) {
	counter := &countingWriter{writer: writer}
	err := c.SaveWriter(context.Background(), counter, SaveOptions{})
	return counter.written, err
}

// Convert saves a file again, in the format that the options or the other path's ending say.
func Convert(ctx context.Context, from, to string, options SaveOptions) error {
	checkpoint, err := OpenContext(ctx, from, OpenOptions{})
	if err != nil {
		return err
	}
	defer checkpoint.Close()
	return checkpoint.SaveContext(ctx, to, options)
}

// sink is raw.Writer over an io.Writer.
type sink struct{ writer io.Writer }

func (s *sink) Write(p []byte) int32 {
	return call(func() error {
		n, err := s.writer.Write(p)
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		return err
	})
}

type countingWriter struct {
	writer  io.Writer
	written int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.writer.Write(p)
	w.written += int64(n)
	return n, err
}
