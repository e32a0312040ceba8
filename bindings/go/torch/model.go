// SPDX-License-Identifier: MIT

package torch

import (
	"context"
	"io"
	"runtime/cgo"
	"unsafe"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/raw"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// Model is a module that can run: a TorchScript archive, a nest of standard layers, or a class registered in C++.
type Model struct{ object bridge.Object }

// Options say how to load; the zero value is the defaults.
type Options struct {
	MapLocation string // device that the model is put on; "" is the CPU
	Name        string // of a reader, for error messages
}

// Load loads a TorchScript archive, or a whole nn.Module of standard layers that Python pickled. An archive runs its own code
// when the model is used: load only what you trust. Errors: those of weightport.Open, ErrUnsupported (a class that is not
// known), ErrMismatch (no module), ErrTorch.
func Load(path string) (*Model, error) { return LoadFile(path, Options{}) }

// LoadFile is Load with options.
func LoadFile(path string, options Options) (*Model, error) {
	name, err := bridge.Text(path)
	if err != nil {
		return nil, err
	}
	return load(options, func(out *uintptr, options uintptr) uintptr { return rawtorch.Wp_model_load(out, name, options) })
}

// LoadReaderAt is Load for size bytes of a reader. A reader that is an io.Closer is closed, also when loading fails. Errors: also
// weightport.ErrCallback (the reader failed, with what is the Cause), ErrInvalidArgument (a negative size).
func LoadReaderAt(reader io.ReaderAt, size int64, options Options) (*Model, error) {
	if options.Name == "" {
		options.Name = "reader"
	}
	name, err := bridge.Text(options.Name)
	if err != nil || size < 0 {
		if closer, ok := reader.(io.Closer); ok {
			closer.Close()
		}
		if err == nil {
			err = &weightport.Error{Code: weightport.ErrInvalidArgument, Message: "a negative size", Offset: -1}
		}
		return nil, err
	}
	return load(options, func(out *uintptr, options uintptr) uintptr {
		source := raw.Wpb_source_create(uint64(size), name, uintptr(cgo.NewHandle(bridge.Source(reader))))
		defer raw.Wpb_source_free(source)
		return rawtorch.Wp_model_load_source(out, source, options)
	})
}

// LoadReader is Load for all that a reader gives, which it reads into memory: for an io.ReaderAt see LoadReaderAt.
func LoadReader(reader io.Reader, options Options) (*Model, error) {
	if options.Name == "" {
		options.Name = "reader"
	}
	name, err := bridge.Text(options.Name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	// As a string, of which nothing is copied, C may see it.
	view := *(*string)(unsafe.Pointer(&content))
	return load(options, func(out *uintptr, options uintptr) uintptr {
		return rawtorch.Wp_model_load_memory(out, view, int64(len(view)), name, options)
	})
}

func load(options Options, function func(out *uintptr, options uintptr) uintptr) (*Model, error) {
	var location []byte
	if options.MapLocation != "" {
		var err error
		if location, err = bridge.Text(options.MapLocation); err != nil {
			return nil, err
		}
	}
	return newModel(func(out *uintptr, _ []uintptr) uintptr {
		made := rawtorch.Wpb_model_options_create(location)
		defer rawtorch.Wpb_model_options_free(made)
		return function(out, made)
	})
}

func newModel(function func(out *uintptr, addresses []uintptr) uintptr, objects ...bridge.Object) (*Model, error) {
	object, err := useObject(rawtorch.Wp_model_release, function, objects...)
	if err != nil {
		return nil, err
	}
	return &Model{object}, nil
}

// Build makes a model of layers of torch.nn, with fresh weights, from a description: {"class": "Linear", "in_features": 4,
// "out_features": 2} as whatever weightport.NewValue takes, or an nn.Module object of a checkpoint, whose weights are taken
// over. Errors: ErrNotFound (an argument that is required), ErrMismatch, ErrUnsupported (a class or argument that is
// not known).
func Build(description any) (*Model, error) {
	v, done, err := value(description)
	if err != nil {
		return nil, err
	}
	defer done()
	return newModel(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_build(out, a[0]) }, v)
}

// BuildJSON is Build from a description in JSON.
func BuildJSON(description string) (*Model, error) {
	return newModel(func(out *uintptr, _ []uintptr) uintptr { return rawtorch.Wp_model_build_json(out, description) })
}

// Create makes a model of a class that was registered in C++, from options that it understands, or nil.
func Create(name string, options any) (*Model, error) {
	c, err := bridge.Text(name)
	if err != nil {
		return nil, err
	}
	v, done, err := value(options)
	if err != nil {
		return nil, err
	}
	defer done()
	return newModel(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_create(out, c, a[0]) }, v)
}

// Close gives the model up. Tensors that it gave out stay valid. A second Close does nothing.
func (m *Model) Close() error {
	m.object.Close()
	return nil
}

// Clone is a copy with memory of its own.
func (m *Model) Clone() (*Model, error) {
	return newModel(func(out *uintptr, a []uintptr) uintptr { return rawtorch.Wp_model_clone(out, a[0]) }, m.object)
}

// Forward is model(*args, **kwargs), where each argument is what weightport.NewValue takes; kwargs may be nil. Errors:
// ErrUnsupported (a value that a model cannot take or give), ErrTorch.
func (m *Model) Forward(args []any, kwargs map[string]any) (*weightport.Value, error) {
	return m.run(args, kwargs, rawtorch.Wp_model_forward)
}

// Call is Forward for another method of a TorchScript model. Errors: also ErrNotFound.
func (m *Model) Call(method string, args []any, kwargs map[string]any) (*weightport.Value, error) {
	name, err := bridge.Text(method)
	if err != nil {
		return nil, err
	}
	return m.run(args, kwargs, func(out *uintptr, model, args, kwargs uintptr) uintptr {
		return rawtorch.Wp_model_call(out, model, name, args, kwargs)
	})
}

func (m *Model) run(args []any, kwargs map[string]any,
	function func(out *uintptr, model, args, kwargs uintptr) uintptr) (*weightport.Value, error) {
	positional, done, err := value(weightport.Tuple(args))
	if err != nil {
		return nil, err
	}
	defer done()
	named, done, err := value(kwargs)
	if err != nil {
		return nil, err
	}
	defer done()
	return useValue(func(out *uintptr, a []uintptr) uintptr {
		return function(out, a[0], a[1], a[2])
	}, m.object, positional, named)
}

// ForwardTensor is one tensor in, one tensor out. Errors: also ErrMismatch (the result is no tensor).
func (m *Model) ForwardTensor(input *weightport.Tensor) (*weightport.Tensor, error) {
	var out uintptr
	err := use(func(a []uintptr) uintptr {
		return rawtorch.Wp_model_forward_tensor(&out, a[0], a[1])
	}, m.object, bridge.Of(input))
	if err != nil {
		return nil, err
	}
	return bridge.Allocated(out).(*weightport.Tensor), nil
}

// Eval is Train with false.
func (m *Model) Eval() error { return m.Train(false) }

// Train is model.train(mode), which dropout and batch norms follow.
func (m *Model) Train(mode bool) error {
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_model_train(a[0], mode) }, m.object)
}

// IsTraining is model.training; false after Close.
func (m *Model) IsTraining() (training bool) {
	_ = use(func(a []uintptr) uintptr {
		training = rawtorch.Wp_model_is_training(a[0])
		return 0
	}, m.object)
	return training
}

// ZeroGrad takes all gradients away.
func (m *Model) ZeroGrad() error {
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_model_zero_grad(a[0]) }, m.object)
}

// To is model.to(device, dtype): "" and DTypeUndefined leave things as they are.
func (m *Model) To(device string, dtype weightport.DType) error {
	var name []byte
	if device != "" {
		var err error
		if name, err = bridge.Text(device); err != nil {
			return err
		}
	}
	return use(func(a []uintptr) uintptr { return rawtorch.Wp_model_to(a[0], name, int(dtype)) }, m.object)
}

// Save saves a TorchScript model as an archive that torch.jit.load reads. Of other models, save the state_dict. Whatever
// happens, either the old or the new file is there, whole. Errors: ErrUnsupported (no TorchScript), ErrNotFound, ErrIO, ErrTorch.
func (m *Model) Save(path string) error {
	return m.SaveContext(context.Background(), path, weightport.SaveOptions{})
}

// SaveContext is Save with options, of which Mode and NotDurable are used. A context that is done is ErrCancelled, and the
// context's own error.
func (m *Model) SaveContext(ctx context.Context, path string, options weightport.SaveOptions) error {
	name, err := bridge.Text(path)
	if err != nil {
		return err
	}
	if err := m.object.Enter(); err != nil {
		return err
	}
	defer m.object.Leave()
	return bridge.Save(ctx, options, func(options uintptr) uintptr {
		return rawtorch.Wp_model_save(m.object.Address(), name, options)
	})
}

// SaveWriter is SaveContext to a writer, whose bytes are of no use unless there is no error; of the options, Name is used.
// Errors: also ErrCallback, with what the writer failed with.
func (m *Model) SaveWriter(ctx context.Context, writer io.Writer, options weightport.SaveOptions) error {
	if err := m.object.Enter(); err != nil {
		return err
	}
	defer m.object.Leave()
	return bridge.SaveWriter(ctx, writer, options, func(sink, options uintptr) uintptr {
		return rawtorch.Wp_model_save_sink(m.object.Address(), sink, options)
	})
}
