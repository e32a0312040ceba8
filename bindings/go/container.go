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

// identityOf is the zero identity for what is empty, as Go may have one address for all empty slices.
func identityOf(of any) identity {
	switch v := reflect.ValueOf(of); v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.Len() > 0 {
			return identity{of: v.Type(), pointer: v.Pointer(), length: v.Len()}
		}
	case reflect.Struct:
		return identityOfObject(of.(Object))
	}
	return identity{}
}

// identityOfObject is what an Object holds: it is copied from place to place itself.
func identityOfObject(of Object) identity {
	args, held := identityOf(of.Args), identityOf(of.Attributes)
	if held == (identity{}) && (of.Attributes != nil || args == (identity{})) {
		return identity{}
	}
	held.object, held.args = of.Class, args.pointer
	if of.Args != nil {
		held.object = fmt.Sprintf("%s(%d)", of.Class, len(of.Args))
	}
	return held
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
