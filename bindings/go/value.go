// SPDX-License-Identifier: MIT

package weightport

import (
	"math/big"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// Kind is what a Value is.
type Kind int32

const (
	KindNone    Kind = 0
	KindBool    Kind = 1
	KindInt     Kind = 2
	KindFloat   Kind = 3
	KindComplex Kind = 4
	KindString  Kind = 5
	KindBytes   Kind = 6
	KindList    Kind = 7
	KindTuple   Kind = 8
	KindSet     Kind = 9  // set or frozenset: see Class
	KindDict    Kind = 10 // dict, OrderedDict, defaultdict, Counter: see Class
	KindTensor  Kind = 11
	KindDType   Kind = 12
	KindDevice  Kind = 13
	KindSize    Kind = 14 // torch.Size: a tuple of ints
	KindObject  Kind = 15 // anything else: see Class, Args, Attributes
)

// String is "none", "bool", ... "object".
func (k Kind) String() string { return raw.Text(raw.Wp_kind_name(int(k))) }

// Value is a node of a tree of Python values: data, of which nothing is imported, called or run.
//
// All nodes of a tree are closed at once: those of a checkpoint with the checkpoint, and others when the Value that a
// function of this package made (NewValue, Clone, StateDict.Value) is closed. Close of any other node does nothing.
type Value struct {
	tree    *handle
	address uintptr
	owner   bool
}

// newValue takes a new reference to a tree.
func newValue(address uintptr) *Value {
	return &Value{newHandle(address, raw.Wp_value_release).net(), address, true}
}

// Close gives up the tree that this Value was made with.
func (v *Value) Close() error {
	if v.owner {
		v.tree.close()
	}
	return nil
}

// node is another node of the tree.
func (v *Value) node(address uintptr) *Value { return &Value{tree: v.tree, address: address} }

// nodeOr is node, or an error for NULL.
func (v *Value) nodeOr(address uintptr, key, format string, arguments ...any) (*Value, error) {
	if address == 0 {
		return nil, newError(ErrNotFound, key, format, arguments...)
	}
	return v.node(address), nil
}

// get runs a function of C's on the node.
func (v *Value) get(function func(address uintptr) uintptr) error {
	if err := v.tree.enter(); err != nil {
		return err
	}
	defer v.tree.leave()
	return check(function(v.address))
}

// Kind is what the node is; KindNone after Close.
func (v *Value) Kind() Kind {
	if v.tree.enter() != nil {
		return KindNone
	}
	defer v.tree.leave()
	return Kind(raw.Wp_value_kind(v.address))
}

// Bool is a bool. Errors of this and the following: ErrMismatch for another kind.
func (v *Value) Bool() (b bool, err error) {
	err = v.get(func(address uintptr) uintptr { return raw.Wp_value_get_bool(&b, address) })
	return b, err
}

// Int is an int, or a bool as 0 or 1. Errors: ErrLimit if it does not fit 64 bits.
func (v *Value) Int() (n int64, err error) {
	err = v.get(func(address uintptr) uintptr { return raw.Wp_value_get_int(&n, address) })
	return n, err
}

// BigInt is an int of any size.
func (v *Value) BigInt() (*big.Int, error) {
	var decimal string
	var small int64
	err := v.get(func(address uintptr) uintptr {
		if decimal = raw.Text(raw.Wp_value_get_int_text(address)); decimal != "" {
			return 0
		}
		return raw.Wp_value_get_int(&small, address)
	})
	if err != nil {
		return nil, err
	}
	n := big.NewInt(small)
	if decimal != "" {
		n.SetString(decimal, 10)
	}
	return n, nil
}

// Float is a float, or an int rounded to the nearest one.
func (v *Value) Float() (f float64, err error) {
	err = v.get(func(address uintptr) uintptr { return raw.Wp_value_get_float(&f, address) })
	return f, err
}

// Complex is a complex number, or a float or int.
func (v *Value) Complex() (complex128, error) {
	var re, im float64
	err := v.get(func(address uintptr) uintptr { return raw.Wp_value_get_complex(&re, &im, address) })
	return complex(re, im), err
}

// Text is a string. A lone surrogate of Python's stands as its three bytes.
func (v *Value) Text() (s string, err error) {
	err = v.get(func(address uintptr) uintptr {
		var start uintptr
		var size uint64
		failure := raw.Wp_value_get_string(&start, &size, address)
		s = raw.String(start, size)
		return failure
	})
	return s, err
}

// Bytes is a copy of bytes or a bytearray.
func (v *Value) Bytes() (b []byte, err error) {
	err = v.get(func(address uintptr) uintptr {
		var start uintptr
		var size uint64
		failure := raw.Wp_value_get_bytes(&start, &size, address)
		b = raw.Bytes(start, size)
		return failure
	})
	return b, err
}

// DType is a dtype.
func (v *Value) DType() (DType, error) {
	var dtype int32
	err := v.get(func(address uintptr) uintptr { return raw.Wp_value_get_dtype(&dtype, address) })
	return DType(dtype), err
}

// DTypeName is a dtype's name, "float32"; "" for other kinds.
func (v *Value) DTypeName() string {
	if v.tree.enter() != nil {
		return ""
	}
	defer v.tree.leave()
	return raw.Text(raw.Wp_value_get_dtype_name(v.address))
}

// Device is a device, "cuda:0".
func (v *Value) Device() (name string, err error) {
	err = v.get(func(address uintptr) uintptr {
		var start uintptr
		failure := raw.Wp_value_get_device(&start, address)
		name = raw.Text(start)
		return failure
	})
	return name, err
}

// Tensor is the tensor of a tensor node, which outlives the tree.
func (v *Value) Tensor() (*Tensor, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	address := raw.Wp_value_tensor(v.address)
	if address == 0 {
		return nil, newError(ErrMismatch, "", "the value is a %v, not a tensor", Kind(raw.Wp_value_kind(v.address)))
	}
	return newTensor(raw.Wp_tensor_retain(address)), nil
}

// Len is the number of items of a list, tuple, set or size, or of entries of a dict; 0 for other kinds and after Close.
func (v *Value) Len() int {
	if v.tree.enter() != nil {
		return 0
	}
	defer v.tree.leave()
	return int(raw.Wp_value_size(v.address))
}

// Item is item i, or the value of dict entry i, in order. Errors: ErrNotFound.
func (v *Value) Item(i int) (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_item(v.address, int64(i)), "", "no item %d", i)
}

// Key is the key of dict entry i. Errors: ErrNotFound.
func (v *Value) Key(i int) (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_key(v.address, int64(i)), "", "no key %d", i)
}

// Find is the dict value under a string key. Errors: ErrNotFound.
func (v *Value) Find(key string) (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_find(v.address, key), key, "no key %q", key)
}

// FindInt is the dict value under an int key. Errors: ErrNotFound.
func (v *Value) FindInt(key int64) (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_find_int(v.address, key), "", "no key %d", key)
}

// At is the node at a path such as "optimizer.param_groups.0.lr". Errors: ErrNotFound, which names the step that is missing.
func (v *Value) At(path string) (*Value, error) {
	c, err := text(path)
	if err != nil {
		return nil, err
	}
	var node uintptr
	if err := v.get(func(address uintptr) uintptr { return raw.Wp_value_at(&node, address, c) }); err != nil {
		return nil, err
	}
	return v.node(node), nil
}

// Class is "module.Class" for an object, a class as a value, a dict that is not a plain one, a tensor subclass, a numpy
// array and a frozenset ("builtins.frozenset"); else "", also after Close.
func (v *Value) Class() string {
	if v.tree.enter() != nil {
		return ""
	}
	defer v.tree.leave()
	return raw.Text(raw.Wp_value_class(v.address))
}

// IsClass is whether the node is a class or function itself, and not an object of it; false after Close.
func (v *Value) IsClass() bool {
	if v.tree.enter() != nil {
		return false
	}
	defer v.tree.leave()
	return raw.Wp_value_is_class(v.address)
}

// Args are an object's constructor arguments, a tuple. Errors: ErrNotFound if it has none.
func (v *Value) Args() (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_args(v.address), "", "the value has no arguments")
}

// Attributes are a dict, or whatever the class pickled as its state. Errors: ErrNotFound if there are none.
func (v *Value) Attributes() (*Value, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	return v.nodeOr(raw.Wp_value_attributes(v.address), "", "the value has no attributes")
}

// StateDict is the state_dict in a dict of tensors or a pickled torch.nn.Module.
func (v *Value) StateDict() (*StateDict, error) {
	var dict uintptr
	if err := v.get(func(address uintptr) uintptr { return raw.Wp_state_dict_from_value(&dict, address) }); err != nil {
		return nil, err
	}
	return newStateDict(dict), nil
}

// Clone is a copy of the node and all below it in a tree of its own; tensors are shared.
func (v *Value) Clone() (*Value, error) {
	var clone uintptr
	if err := v.get(func(address uintptr) uintptr { return raw.Wp_value_clone(&clone, address) }); err != nil {
		return nil, err
	}
	return newValue(clone), nil
}
