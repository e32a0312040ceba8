// SPDX-License-Identifier: MIT

package weightport

import "github.com/weightport/weightport/bindings/go/internal/raw"

// Format is a file format.
type Format int32

const (
	FormatUnknown          Format = 0
	FormatTorchZip         Format = 1 // torch.save since 1.6
	FormatTorchLegacy      Format = 2 // torch.save from 0.1.10 to 1.5
	FormatTorchTar         Format = 3 // torch.save before 0.1.10
	FormatTorchScript      Format = 4 // torch.jit.save; torch::save of C++
	FormatSafetensors      Format = 5
	FormatSafetensorsIndex Format = 6 // *.safetensors.index.json and the shards beside it
	FormatTorchIndex       Format = 7 // *.bin.index.json and the torch zips beside it
)

// String is "torch_zip", "torch_legacy", "torch_tar", "torchscript", "safetensors" and so on.
func (f Format) String() string { return raw.Text(raw.Wp_format_name(int(f))) }

// Checkpoint is an opened file, or one to be written. What is saved is its tree of values.
type Checkpoint struct {
	*handle
	tree *handle
}

func newCheckpoint(address uintptr) *Checkpoint {
	root := raw.Wp_value_retain(raw.Wp_checkpoint_root(address))
	return &Checkpoint{
		newHandle(address, raw.Wp_checkpoint_release).net(),
		newHandle(root, raw.Wp_value_release).net(),
	}
}

// NewCheckpoint makes a checkpoint to fill: its root is an empty dict.
func NewCheckpoint() (*Checkpoint, error) {
	var address uintptr
	if err := check(raw.Wp_checkpoint_create(&address)); err != nil {
		return nil, err
	}
	return newCheckpoint(address), nil
}

// Close gives up the checkpoint and its values. Its tensors and state_dicts stay valid.
func (c *Checkpoint) Close() error {
	c.close()
	c.tree.close()
	return nil
}

// Format is what it was opened as; FormatUnknown after Close.
func (c *Checkpoint) Format() Format {
	if c.enter() != nil {
		return FormatUnknown
	}
	defer c.leave()
	return Format(raw.Wp_checkpoint_format(c.address))
}

// Root is the tree of values, which closes with the checkpoint. For safetensors: a dict of tensors. For TorchScript: the
// module object.
func (c *Checkpoint) Root() (*Value, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	return &Value{tree: c.tree, address: raw.Wp_checkpoint_root(c.address)}, nil
}

// Metadata is the text that safetensors keeps beside the tensors, "__metadata__"; empty if there is none.
func (c *Checkpoint) Metadata() (map[string]string, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	texts := map[string]string{}
	address := raw.Wp_checkpoint_metadata(c.address)
	if address == 0 {
		return texts, nil
	}
	dict := &Value{tree: c.tree, address: address}
	for i := 0; i < dict.Len(); i++ {
		key, err := dict.Key(i)
		if err != nil {
			return nil, err
		}
		item, err := dict.Item(i)
		if err != nil {
			return nil, err
		}
		name, err := key.Text()
		if err != nil {
			return nil, err
		}
		if texts[name], err = item.Text(); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// StateDict is the state_dict at a path, "model_state_dict" say; "" is the only one there is. Errors: ErrNotFound,
// ErrMismatch (there are several: the message lists them).
func (c *Checkpoint) StateDict(key string) (*StateDict, error) {
	var path []byte
	if key != "" {
		var err error
		if path, err = text(key); err != nil {
			return nil, err
		}
	}
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	var address uintptr
	if err := check(raw.Wp_checkpoint_state_dict(&address, c.address, path)); err != nil {
		return nil, err
	}
	return newStateDict(address), nil
}

// StateDictKeys are the paths of the state_dicts, "" for the root; nil after Close.
func (c *Checkpoint) StateDictKeys() []string {
	if c.enter() != nil {
		return nil
	}
	defer c.leave()
	keys := make([]string, raw.Wp_checkpoint_state_dict_count(c.address))
	for i := range keys {
		keys[i] = raw.Text(raw.Wp_checkpoint_state_dict_key(c.address, int64(i)))
	}
	return keys
}

// Global is a class or function that a pickle names.
type Global struct {
	Name    string // "module.name"
	Allowed bool   // torch.load(weights_only=True) accepts it
}

// Globals are the classes and functions that the file's pickles name; nil after Close.
func (c *Checkpoint) Globals() []Global {
	if c.enter() != nil {
		return nil
	}
	defer c.leave()
	globals := make([]Global, raw.Wp_checkpoint_global_count(c.address))
	for i := range globals {
		globals[i].Name = raw.Text(raw.Wp_checkpoint_global_name(c.address, int64(i)))
		globals[i].Allowed = raw.Wp_checkpoint_global_allowed(c.address, int64(i))
	}
	return globals
}

// edit runs a function of C's that changes the checkpoint.
func (c *Checkpoint) edit(function func(address uintptr) uintptr) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return check(function(c.address))
}

// with runs a function of C's on the checkpoint and on what NewValue makes of item.
func (c *Checkpoint) with(item any, function func(address, item uintptr) uintptr) error {
	return lend(item, func(node uintptr) error {
		return c.edit(func(address uintptr) uintptr { return function(address, node) })
	})
}

// SetRoot makes a value the root, or what NewValue makes of something.
func (c *Checkpoint) SetRoot(root any) error {
	return c.with(root, raw.Wp_checkpoint_set_root)
}

// Set puts a value, or what NewValue makes of something, under a key of the root. What it replaces, tensors too, stays in
// memory until Close: whoever saves again and again makes a Checkpoint for each.
func (c *Checkpoint) Set(key string, item any) error {
	name, err := text(key)
	if err != nil {
		return err
	}
	return c.with(item, func(address, item uintptr) uintptr { return raw.Wp_checkpoint_set(address, name, item) })
}

// SetStateDict puts a state_dict under a key of the root; with the key "" it becomes the whole root.
func (c *Checkpoint) SetStateDict(key string, weights *StateDict) error {
	var name []byte
	if key != "" {
		var err error
		if name, err = text(key); err != nil {
			return err
		}
	}
	if err := weights.enter(); err != nil {
		return err
	}
	defer weights.leave()
	return c.edit(func(address uintptr) uintptr {
		return raw.Wp_checkpoint_set_state_dict(address, name, weights.address)
	})
}

// SetMetadata sets a text of safetensors' "__metadata__". Other formats do not keep it.
func (c *Checkpoint) SetMetadata(key, value string) error {
	name, err := text(key)
	if err != nil {
		return err
	}
	content, err := text(value)
	if err != nil {
		return err
	}
	return c.edit(func(address uintptr) uintptr { return raw.Wp_checkpoint_set_metadata(address, name, content) })
}

// RemoveMetadata takes a text out of "__metadata__", if it is there.
func (c *Checkpoint) RemoveMetadata(key string) error {
	name, err := text(key)
	if err != nil {
		return err
	}
	return c.edit(func(address uintptr) uintptr { return raw.Wp_checkpoint_set_metadata(address, name, nil) })
}
