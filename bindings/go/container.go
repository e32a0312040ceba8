// SPDX-License-Identifier: MIT

package weightport

import (
	"math/big"
	"reflect"
	"sort"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// containerOf tells containers from single values.
func containerOf(of any) (container, bool) {
	known := func(fill func(f *folding, depth int) (uintptr, error)) (container, bool) {
		return container{identityOf(of), fill}, true
	}
	switch x := of.(type) {
	case nil, *Value, *StateDict, *Tensor, *big.Int, string, []byte, DType, Size, Device:
		return container{}, false
	case Tuple:
		return known(func(f *folding, depth int) (uintptr, error) { return f.tuple(x, depth) })
	case FrozenSet:
		return known(func(f *folding, depth int) (uintptr, error) { return f.frozenSet(x, depth) })
	case Set:
		return known(func(f *folding, depth int) (uintptr, error) { return f.row(raw.Wp_value_create_set, x, depth) })
	case Dict:
		return known(func(f *folding, depth int) (uintptr, error) { return f.dict(raw.Wp_value_create_dict, x, depth) })
	case OrderedDict:
		return known(func(f *folding, depth int) (uintptr, error) {
			return f.dict(raw.Wp_value_create_ordered_dict, x, depth)
		})
	case Object:
		return known(func(f *folding, depth int) (uintptr, error) { return f.object(x, depth) })
	}
	switch v := reflect.ValueOf(of); v.Kind() {
	case reflect.Slice, reflect.Array:
		return known(func(f *folding, depth int) (uintptr, error) {
			return f.row(raw.Wp_value_create_list, itemsOf(v), depth)
		})
	case reflect.Map:
		if entries, ok := entriesOf(v); ok {
			return known(func(f *folding, depth int) (uintptr, error) { return f.dict(raw.Wp_value_create_dict, entries, depth) })
		}
	}
	return container{}, false
}

// identityOf is the zero identity for what is empty, as Go may have one address for all empty slices.
func identityOf(of any) identity {
	switch v := reflect.ValueOf(of); v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() > 0 {
			return identity{v.Type(), "", v.Pointer(), v.Len()}
		}
	case reflect.Struct:
		// An Object is copied from place to place, but not what it holds.
		object, _ := of.(Object)
		held := identityOf(object.Attributes)
		if held == (identity{}) {
			held = identityOf(object.Args)
		}
		if held != (identity{}) {
			return identity{v.Type(), object.Class, held.pointer, held.length}
		}
	}
	return identity{}
}

func itemsOf(list reflect.Value) []any {
	if items, ok := list.Interface().([]any); ok {
		return items
	}
	items := make([]any, list.Len())
	for i := range items {
		items[i] = list.Index(i).Interface()
	}
	return items
}

// entriesOf are the entries of a map by their sorted keys, which are strings or ints.
func entriesOf(of reflect.Value) ([]Entry, bool) {
	var less func(a, b any) bool
	var key func(v reflect.Value) any
	switch of.Type().Key().Kind() {
	case reflect.String:
		less = func(a, b any) bool { return a.(string) < b.(string) }
		key = func(v reflect.Value) any { return v.String() }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		less = func(a, b any) bool { return a.(int64) < b.(int64) }
		key = func(v reflect.Value) any { return v.Int() }
	default:
		return nil, false
	}
	entries := make([]Entry, 0, of.Len())
	for it := of.MapRange(); it.Next(); {
		entries = append(entries, Entry{key(it.Key()), it.Value().Interface()})
	}
	sort.Slice(entries, func(i, j int) bool { return less(entries[i].Key, entries[j].Key) })
	return entries, true
}
