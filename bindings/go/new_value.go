// SPDX-License-Identifier: MIT

package weightport

import (
	"math/big"
	"reflect"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// What Python has and Go has not, for NewValue and Value.Interface.
type (
	Tuple     []any   // a tuple
	Set       []any   // a set, whose members are not compared: what is in it twice stays so
	FrozenSet []any   // a frozenset, which is a Set that may be a key, or a member of a Set or FrozenSet
	Size      []int64 // a torch.Size
	Device    string  // a torch.device
	// Entry is a key that Python can hash, and its value.
	Entry struct{ Key, Value any }
	// Dict is a dict in the order of its entries.
	Dict []Entry
	// OrderedDict is a collections.OrderedDict.
	OrderedDict []Entry
	// Object is an object of a class that Python calls with Args, or makes without a call if they are nil. With neither Args
	// nor Attributes it is the class itself.
	Object struct {
		Class      string
		Args       Tuple
		Attributes any // a dict; nil for none
	}
)

// NewValue makes a tree of nil (also a nil pointer), bool, the integers, *big.Int, the floats, complex128, string, []byte, DType, *Tensor,
// *StateDict, the types above, *Value (copied), slices (a list) and maps with string or int keys (a dict in the order of its
// sorted keys). A slice or map in several places is one node, but an empty one is a new one in each, and the members of a
// frozenset are nodes of its own. Errors: ErrUnsupported for another type, ErrInvalidArgument for a string that is not UTF-8,
// ErrLimit for more than 1,000 levels or a value that contains itself, ErrMismatch for a key or a member of a Set or FrozenSet
// that Python cannot hash, such as a Set.
func NewValue(of any) (*Value, error) {
	if c, ok := containerOf(of); ok {
		return fold(c)
	}
	return newLeaf(of)
}

// ValueFromJSON makes a tree of JSON: objects become dicts in their order, whole numbers ints, others floats. Errors:
// ErrCorrupt (no valid JSON, of which no offset is known, a key twice in one object, an int outside -2^63 to 2^64 - 1, a
// number that is no float64), ErrLimit (more than 1,000 levels, or 4 GiB or more).
func ValueFromJSON(text string) (*Value, error) {
	return made(func(out *uintptr) uintptr { return raw.Wp_value_from_json(out, text) })
}

// made is the value that a function of C's makes.
func made(create func(out *uintptr) uintptr) (*Value, error) {
	var address uintptr
	if err := check(create(&address)); err != nil {
		return nil, err
	}
	return newValue(address), nil
}

// newLeaf makes a tree of what is no container.
func newLeaf(of any) (*Value, error) {
	if v := reflect.ValueOf(of); v.Kind() == reflect.Pointer && v.IsNil() {
		of = nil
	}
	switch x := of.(type) {
	case *Value:
		return x.Clone()
	case *StateDict:
		return x.Value()
	case nil:
		return made(raw.Wp_value_create_none)
	case *Tensor:
		if err := x.enter(); err != nil {
			return nil, err
		}
		defer x.leave()
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_tensor(out, x.core.address) })
	case *big.Int:
		decimal := append([]byte(x.String()), 0)
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_int_text(out, decimal) })
	case []byte:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_bytes(out, string(x), int64(len(x))) })
	case DType:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_dtype(out, int(x)) })
	case Size:
		shape := append([]int64(nil), x...)
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_size(out, shape, int64(len(shape))) })
	case Device:
		name, err := text(string(x))
		if err != nil {
			return nil, err
		}
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_device(out, name) })
	}
	return newReflected(reflect.ValueOf(of))
}

// newReflected is for types whose kind says what they are.
func newReflected(of reflect.Value) (*Value, error) {
	switch of.Kind() {
	case reflect.Bool:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_bool(out, of.Bool()) })
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_int(out, of.Int()) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return newLeaf(new(big.Int).SetUint64(of.Uint()))
	case reflect.Float32, reflect.Float64:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_float(out, of.Float()) })
	case reflect.Complex64, reflect.Complex128:
		c := of.Complex()
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_complex(out, real(c), imag(c)) })
	case reflect.String:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_string(out, of.String()) })
	}
	return nil, newError(ErrUnsupported, "", "a value cannot be made of a %v", of.Type())
}
