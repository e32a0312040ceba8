// SPDX-License-Identifier: MIT

package weightport

import (
	"fmt"
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
		switch v.Type().Key().Kind() {
		case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			return known(func(f *folding, depth int) (uintptr, error) {
				return f.dict(raw.Wp_value_create_dict, entriesOf(v), depth)
			})
		}
	}
	return container{}, false
}

// identityOf an Object, which is itself copied from place to place, is of what it holds.
func identityOf(of any) identity {
	object, ok := of.(Object)
	if !ok {
		return placeOf(of)
	}
	args, held := placeOf(object.Args), placeOf(object.Attributes)
	if held == (identity{}) && (object.Attributes != nil || args == (identity{})) {
		return identity{}
	}
	held.object, held.args = object.Class, args.pointer
	if object.Args != nil {
		held.object = fmt.Sprintf("%s(%d)", object.Class, len(object.Args))
	}
	return held
}

// placeOf a slice or map is the zero identity if it is empty, as Go may have one address for all empty slices.
func placeOf(of any) identity {
	switch v := reflect.ValueOf(of); v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() > 0 {
			return identity{of: v.Type(), pointer: v.Pointer(), length: v.Len()}
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
func entriesOf(of reflect.Value) []Entry {
	entries := make([]Entry, 0, of.Len())
	for it := of.MapRange(); it.Next(); {
		var key any = it.Key().String()
		if it.Key().Kind() != reflect.String {
			key = it.Key().Int()
		}
		entries = append(entries, Entry{key, it.Value().Interface()})
	}
	sort.Slice(entries, func(i, j int) bool {
		if number, ok := entries[i].Key.(int64); ok {
			return number < entries[j].Key.(int64)
		}
		return entries[i].Key.(string) < entries[j].Key.(string)
	})
	return entries
}
