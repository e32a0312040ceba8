// SPDX-License-Identifier: MIT

package weightport

import (
	"math/big"
	"reflect"
	"sort"

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

// maxDepth is the default of Limits.MaxDepth.
const maxDepth = 1000

// NewValue makes a tree of nil, bool, the integers, *big.Int, the floats, complex128, string, []byte, DType, *Tensor,
// *StateDict, the types above, *Value (copied), slices (a list) and maps with string keys (a dict in the order of its sorted
// keys). Errors: ErrUnsupported for another type, ErrInvalidArgument for a string that is not UTF-8, ErrLimit for more than
// 1,000 levels, as of a list that contains itself, ErrMismatch for a key or a member of a Set or FrozenSet that Python cannot
// hash, such as a Set.
func NewValue(of any) (*Value, error) { return newValueAt(of, 1) }

// newValueAt is NewValue for what stands on a level of its tree.
func newValueAt(of any, depth int) (*Value, error) {
	if depth > maxDepth {
		return nil, newError(ErrLimit, "", "the value is nested deeper than %d levels", maxDepth)
	}
	switch x := of.(type) {
	case *Value:
		return x.Clone()
	case *StateDict:
		return x.Value()
	case Tuple:
		return newWhole(raw.Wp_value_create_tuple, x, depth)
	case FrozenSet:
		return newWhole(raw.Wp_value_create_frozenset, x, depth)
	case Set:
		return newList(raw.Wp_value_create_set, x, depth)
	case []any:
		return newList(raw.Wp_value_create_list, x, depth)
	case Dict:
		return newDict(raw.Wp_value_create_dict, x, depth)
	case OrderedDict:
		return newDict(raw.Wp_value_create_ordered_dict, x, depth)
	case Object:
		return newObject(x, depth)
	}
	return newScalar(of, depth)
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

func newScalar(of any, depth int) (*Value, error) {
	switch x := of.(type) {
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
	return newReflected(reflect.ValueOf(of), depth)
}

// newReflected is for types whose kind says what they are.
func newReflected(of reflect.Value, depth int) (*Value, error) {
	switch of.Kind() {
	case reflect.Bool:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_bool(out, of.Bool()) })
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_int(out, of.Int()) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return newScalar(new(big.Int).SetUint64(of.Uint()), depth)
	case reflect.Float32, reflect.Float64:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_float(out, of.Float()) })
	case reflect.Complex64, reflect.Complex128:
		c := of.Complex()
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_complex(out, real(c), imag(c)) })
	case reflect.String:
		return made(func(out *uintptr) uintptr { return raw.Wp_value_create_string(out, of.String()) })
	case reflect.Slice, reflect.Array:
		items := make([]any, of.Len())
		for i := range items {
			items[i] = of.Index(i).Interface()
		}
		return newList(raw.Wp_value_create_list, items, depth)
	case reflect.Map:
		if of.Type().Key().Kind() == reflect.String {
			return newDict(raw.Wp_value_create_dict, sorted(of), depth)
		}
	}
	return nil, newError(ErrUnsupported, "", "a value cannot be made of a %v", of.Type())
}

// sorted are the entries of a map with string keys.
func sorted(of reflect.Value) []Entry {
	var entries []Entry
	for it := of.MapRange(); it.Next(); {
		entries = append(entries, Entry{it.Key().String(), it.Value().Interface()})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Key.(string) < entries[j].Key.(string) })
	return entries
}

func newList(create func(out *uintptr) uintptr, items []any, depth int) (*Value, error) {
	list, err := made(create)
	for i := 0; err == nil && i < len(items); i++ {
		err = list.append(items[i], depth+1)
	}
	return list.unless(err)
}

func newDict(create func(out *uintptr) uintptr, entries []Entry, depth int) (*Value, error) {
	dict, err := made(create)
	for i := 0; err == nil && i < len(entries); i++ {
		err = dict.setKey(entries[i].Key, entries[i].Value, depth+1)
	}
	return dict.unless(err)
}

// unless is the value, or the error that happened when it was filled.
func (v *Value) unless(err error) (*Value, error) {
	if err == nil {
		return v, nil
	}
	if v != nil {
		v.Close()
	}
	return nil, err
}

// newWhole makes the items first: a tuple or frozenset is never filled.
func newWhole(create func(out *uintptr, items []uintptr, count int64) uintptr, items []any, depth int) (*Value, error) {
	addresses := make([]uintptr, len(items))
	for i, item := range items {
		v, err := newValueAt(item, depth+1)
		if err != nil {
			return nil, err
		}
		defer v.Close()
		addresses[i] = v.address
	}
	return made(func(out *uintptr) uintptr { return create(out, addresses, int64(len(addresses))) })
}

func newObject(of Object, depth int) (*Value, error) {
	class, err := text(of.Class)
	if err != nil {
		return nil, err
	}
	args, attributes := &Value{}, &Value{}
	if of.Args != nil {
		if args, err = newWhole(raw.Wp_value_create_tuple, of.Args, depth+1); err != nil {
			return nil, err
		}
		defer args.Close()
	}
	if of.Attributes != nil {
		if attributes, err = newValueAt(of.Attributes, depth+1); err != nil {
			return nil, err
		}
		defer attributes.Close()
	}
	return made(func(out *uintptr) uintptr {
		return raw.Wp_value_create_object(out, class, args.address, attributes.address)
	})
}
