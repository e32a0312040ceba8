// SPDX-License-Identifier: MIT

package weightport

import (
	"context"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// FindingKind is what a finding says of its key.
type FindingKind int32

const (
	FindingCorrupt    FindingKind = 1 // a checksum or a rule of the format is broken
	FindingMissing    FindingKind = 2 // in the first checkpoint only; in the model only
	FindingAdded      FindingKind = 3 // in the second checkpoint only
	FindingChanged    FindingKind = 4 // in both, and not equal
	FindingUnexpected FindingKind = 5 // load_state_dict: in the state_dict, and not in the model
	FindingMismatched FindingKind = 6 // load_state_dict: in both, with different shapes
)

// Finding is one thing that Verify or Diff found.
type Finding struct {
	Kind       FindingKind
	Key        string  // path of the tensor or value, "" for the file
	Message    string  // one line
	Difference float64 // largest absolute difference between two tensors or numbers; NaN where it has no meaning
}

// VerifyOptions are for a long Verify; the zero value is the defaults.
type VerifyOptions struct {
	Limits   Limits
	Progress func(done, total uint64) error
}

// Verify checks every checksum of the file, and that the bytes of every tensor can be read. What is wrong with the file is a
// finding, not an error; there is none if all is well.
func (c *Checkpoint) Verify(ctx context.Context, options VerifyOptions) ([]Finding, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	open := OpenOptions{Limits: options.Limits}
	return report(&operation{ctx: ctx, progress: options.Progress},
		func(out *uintptr, cancel, progress uintptr) uintptr {
			return withOptions(open.create(cancel, progress), raw.Wpb_open_options_free, func(options uintptr) uintptr {
				return raw.Wp_checkpoint_verify(out, c.address, options)
			})
		})
}

// DiffOptions say what is equal: numbers a, b are if |a - b| <= ATol + RTol * |b|.
type DiffOptions struct {
	RTol, ATol float64
	Progress   func(done, total uint64) error
}

// Diff compares all values of two checkpoints by their paths. There is no finding if they are equal.
func Diff(ctx context.Context, a, b *Checkpoint, options DiffOptions) ([]Finding, error) {
	if err := a.enter(); err != nil {
		return nil, err
	}
	defer a.leave()
	if err := b.enter(); err != nil {
		return nil, err
	}
	defer b.leave()
	return report(&operation{ctx: ctx, progress: options.Progress},
		func(out *uintptr, cancel, progress uintptr) uintptr {
			made := raw.Wpb_diff_options_create(options.RTol, options.ATol, cancel, progress)
			return withOptions(made, raw.Wpb_diff_options_free, func(options uintptr) uintptr {
				return raw.Wp_checkpoint_diff(out, a.address, b.address, options)
			})
		})
}

// report copies the findings of a function of C's.
func report(o *operation, function func(out *uintptr, cancel, progress uintptr) uintptr) ([]Finding, error) {
	var address uintptr
	err := o.run(func(cancel, progress uintptr) uintptr { return function(&address, cancel, progress) })
	if err != nil {
		return nil, err
	}
	defer raw.Wp_report_release(address)
	return findingsOf(address), nil
}

func findingsOf(report uintptr) []Finding {
	findings := make([]Finding, raw.Wp_report_size(report))
	for i := range findings {
		findings[i] = Finding{
			Kind:       FindingKind(raw.Wp_report_finding(report, int64(i))),
			Key:        raw.Text(raw.Wp_report_key(report, int64(i))),
			Message:    raw.Text(raw.Wp_report_message(report, int64(i))),
			Difference: raw.Wp_report_difference(report, int64(i)),
		}
	}
	return findings
}
