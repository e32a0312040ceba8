// SPDX-License-Identifier: MIT

package weightport

import "github.com/weightport/weightport/bindings/go/internal/raw"

// Each of these takes for an item whatever NewValue takes. A *Value of the same tree is put in as it is, and is then reached
// by both paths; of another tree the structure is copied, and its tensors are shared. Errors: ErrMismatch (not such a
// container), ErrNotFound, ErrInvalidArgument; nothing is changed then.

// with runs a function of C's on the node and on an item as a node.
func (v *Value) with(item any, function func(address, item uintptr) uintptr) error {
	return lend(item, func(node uintptr) error {
		return v.get(func(address uintptr) uintptr { return function(address, node) })
	})
}

// lend is a *Value as it is, or what NewValue makes of something else, for one call.
func lend(item any, use func(node uintptr) error) error {
	value, _ := item.(*Value)
	if value == nil {
		var err error
		if value, err = NewValue(item); err != nil {
			return err
		}
		defer value.Close()
	}
	if err := value.tree.enter(); err != nil {
		return err
	}
	defer value.tree.leave()
	return use(value.address)
}

// Append adds to the end of a list, or to a set that is no frozenset, where no equal member is looked for. Errors: also
// ErrMismatch for a set's member that Python cannot hash.
func (v *Value) Append(item any) error {
	return v.with(item, func(list, node uintptr) uintptr { return raw.Wp_value_append(list, node) })
}

// Set replaces the dict value of a string key, or adds an entry. A key with a NUL in it is refused (ErrInvalidArgument).
func (v *Value) Set(key string, item any) error {
	if _, err := text(key); err != nil {
		return err
	}
	return v.with(item, func(dict, node uintptr) uintptr { return raw.Wp_value_set(dict, key, node) })
}

// SetInt is Set for an int key.
func (v *Value) SetInt(key int64, item any) error {
	return v.with(item, func(dict, node uintptr) uintptr { return raw.Wp_value_set_int(dict, key, node) })
}

// SetKey is Set for any key that Python can hash.
func (v *Value) SetKey(key, item any) error {
	return lend(key, func(key uintptr) error {
		return v.with(item, func(dict, node uintptr) uintptr { return raw.Wp_value_set_key(dict, key, node) })
	})
}

// SetItem replaces item i of a list or tuple, or the value of dict entry i.
func (v *Value) SetItem(i int, item any) error {
	if i < 0 {
		return newError(ErrNotFound, "", "no item %d", i)
	}
	return v.with(item, func(container, node uintptr) uintptr { return raw.Wp_value_set_item(container, int64(i), node) })
}

// Remove takes a string key, also one with a NUL in it, out of a dict.
func (v *Value) Remove(key string) error {
	return v.get(func(address uintptr) uintptr { return raw.Wp_value_remove(address, key) })
}

// RemoveItem takes item or entry i out of a list, dict, or set that is no frozenset.
func (v *Value) RemoveItem(i int) error {
	if i < 0 {
		return newError(ErrNotFound, "", "no item %d", i)
	}
	return v.get(func(address uintptr) uintptr { return raw.Wp_value_remove_item(address, int64(i)) })
}

// Rename gives a dict entry another string key, in the same place. Neither has a NUL in it (ErrInvalidArgument).
func (v *Value) Rename(from, to string) error {
	old, err := text(from)
	if err != nil {
		return err
	}
	c, err := text(to)
	if err != nil {
		return err
	}
	return v.get(func(address uintptr) uintptr { return raw.Wp_value_rename(address, old, c) })
}

// SetAttributes sets the attributes of an object, tensor, or dict with a class of its own; nil takes them away.
func (v *Value) SetAttributes(attributes any) error {
	if attributes == nil {
		return v.get(func(address uintptr) uintptr { return raw.Wp_value_set_attributes(address, 0) })
	}
	return v.with(attributes, func(value, node uintptr) uintptr { return raw.Wp_value_set_attributes(value, node) })
}
