// SPDX-License-Identifier: MIT

package torch

import (
	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/raw"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// StateDict is model.state_dict(), whose tensors share memory with the model.
func (m *Model) StateDict() (*weightport.StateDict, error) {
	return useStateDict(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_state_dict(out, a[0]) }, m.object)
}

// NamedParameters is model.named_parameters(), which share memory with the model.
func (m *Model) NamedParameters() (*weightport.StateDict, error) {
	return useStateDict(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_named_parameters(out, a[0]) }, m.object)
}

// NamedBuffers is model.named_buffers(), which share memory with the model.
func (m *Model) NamedBuffers() (*weightport.StateDict, error) {
	return useStateDict(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_named_buffers(out, a[0]) }, m.object)
}

// ParameterCount is the elements of all parameters together; 0 after Close.
func (m *Model) ParameterCount() (count int64) {
	_ = use(func(a []uintptr) uintptr {
		count = int64(rawtorch.Wp_model_parameter_count(a[0]))
		return 0
	}, m.object)
	return count
}

// SetRequiresGrad freezes parameters, or the reverse, by a name in which * stands for any text; "" is all. It returns how
// many names fit. Errors: ErrNotFound.
func (m *Model) SetRequiresGrad(pattern string, on bool) (int, error) {
	var name []byte
	if pattern != "" {
		var err error
		if name, err = bridge.Text(pattern); err != nil {
			return 0, err
		}
	}
	var changed uint64
	err := use(func(a []uintptr) uintptr { return rawtorch.Wp_model_set_requires_grad(&changed, a[0], name, on) }, m.object)
	return int(changed), err
}

// LoadStateDictOptions say how; the zero value is the defaults.
type LoadStateDictOptions struct {
	NotStrict        bool        // a missing or unexpected key is a finding, not an error
	Assign           bool        // take the tensors themselves instead of copying into the model's
	IgnoreMismatched bool        // leave out keys whose shape differs, instead of failing
	DryRun           bool        // only report
	StripPrefix      string      // taken off every key that has it, "module." say
	Rename           [][2]string // keys, or paths of modules, and what each becomes; after StripPrefix
}

func (o *LoadStateDictOptions) create() (uintptr, error) {
	var prefix []byte
	if o.StripPrefix != "" {
		var err error
		if prefix, err = bridge.Text(o.StripPrefix); err != nil {
			return 0, err
		}
	}
	options := rawtorch.Wpb_load_state_dict_options_create(!o.NotStrict, o.Assign, o.IgnoreMismatched, o.DryRun, prefix)
	for _, pair := range o.Rename {
		from, err := bridge.Text(pair[0])
		to := []byte(nil)
		if err == nil {
			to, err = bridge.Text(pair[1])
		}
		if err == nil && !rawtorch.Wpb_load_state_dict_options_rename(options, from, to) {
			err = weightport.ErrOutOfMemory
		}
		if err != nil {
			rawtorch.Wpb_load_state_dict_options_free(options)
			return 0, err
		}
	}
	return options, nil
}

// LoadStateDict is model.load_state_dict(weights): the findings are the missing, unexpected and mismatched keys. Errors:
// ErrMismatch (the keys do not fit: all are named); the model is unchanged then.
func (m *Model) LoadStateDict(weights *weightport.StateDict, options LoadStateDictOptions) ([]weightport.Finding, error) {
	made, err := options.create()
	if err != nil {
		return nil, err
	}
	defer rawtorch.Wpb_load_state_dict_options_free(made)
	var report uintptr
	err = use(func(a []uintptr) uintptr {
		return rawtorch.Wp_model_load_state_dict(&report, a[0], a[1], made)
	}, m.object, bridge.Of(weights))
	if err != nil {
		return nil, err
	}
	defer raw.Wp_report_release(report)
	return bridge.Findings(report).([]weightport.Finding), nil
}
