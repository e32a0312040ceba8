// SPDX-License-Identifier: MIT

package weightport

// Interface is the node and all below it in Go's types: nil, bool, int64 (or *big.Int), float64, complex128, string, []byte,
// []any, Tuple, Set, FrozenSet, Dict, OrderedDict, *Tensor, DType, Device, Size and Object; dicts of
// other classes are a Dict. What is shared in the tree is shared in the result. NewValue is the way back, but for the
// attributes of dicts and tensors, such as the _metadata of a state_dict, and the items of an Object, which are left out; Clone
// loses nothing.
// Errors: ErrUnsupported for a node that contains itself.
func (v *Value) Interface() (any, error) {
	return (&unfolding{done: map[uintptr]any{}, inside: map[uintptr]bool{}}).of(v)
}

type unfolding struct {
	done   map[uintptr]any
	inside map[uintptr]bool
}

func (u *unfolding) of(v *Value) (any, error) {
	if result, ok := u.done[v.address]; ok {
		return result, nil
	}
	if u.inside[v.address] {
		return nil, newError(ErrUnsupported, "", "the value contains itself")
	}
	u.inside[v.address] = true
	result, err := u.unfold(v)
	delete(u.inside, v.address)
	u.done[v.address] = result
	return result, err
}

func (u *unfolding) unfold(v *Value) (any, error) {
	if err := v.tree.enter(); err != nil {
		return nil, err
	}
	defer v.tree.leave()
	switch v.Kind() {
	case KindBool:
		return v.Bool()
	case KindInt:
		if n, err := v.Int(); err == nil {
			return n, nil
		}
		return v.BigInt()
	case KindFloat:
		return v.Float()
	case KindComplex:
		return v.Complex()
	case KindString:
		return v.Text()
	case KindBytes:
		return v.Bytes()
	case KindTensor:
		return v.Tensor()
	case KindDType:
		return v.DType()
	case KindDevice:
		name, err := v.Device()
		return Device(name), err
	case KindList, KindTuple, KindSet, KindSize:
		return u.items(v)
	case KindDict:
		return u.entries(v)
	case KindObject:
		return u.object(v)
	}
	return nil, nil
}

func (u *unfolding) items(v *Value) (any, error) {
	items := make([]any, v.Len())
	for i := range items {
		item, err := v.Item(i)
		if err == nil {
			items[i], err = u.of(item)
		}
		if err != nil {
			return nil, err
		}
	}
	switch v.Kind() {
	case KindTuple:
		return Tuple(items), nil
	case KindSet:
		if v.Class() == "builtins.frozenset" {
			return FrozenSet(items), nil
		}
		return Set(items), nil
	case KindSize:
		size := make(Size, len(items))
		for i, item := range items {
			size[i], _ = item.(int64)
		}
		return size, nil
	}
	return items, nil
}

func (u *unfolding) entries(v *Value) (any, error) {
	entries := make([]Entry, v.Len())
	for i := range entries {
		key, err := v.Key(i)
		if err == nil {
			entries[i].Key, err = u.of(key)
		}
		if err != nil {
			return nil, err
		}
		item, err := v.Item(i)
		if err == nil {
			entries[i].Value, err = u.of(item)
		}
		if err != nil {
			return nil, err
		}
	}
	if v.Class() == "collections.OrderedDict" {
		return OrderedDict(entries), nil
	}
	return Dict(entries), nil
}

func (u *unfolding) object(v *Value) (any, error) {
	object := Object{Class: v.Class()}
	if args, err := v.Args(); err == nil {
		unfolded, err := u.of(args)
		if err != nil {
			return nil, err
		}
		object.Args, _ = unfolded.(Tuple)
	}
	if attributes, err := v.Attributes(); err == nil {
		unfolded, err := u.of(attributes)
		if err != nil {
			return nil, err
		}
		object.Attributes = unfolded
	}
	// With neither it would be the class.
	if object.Args == nil && object.Attributes == nil && !v.IsClass() {
		object.Args = Tuple{}
	}
	return object, nil
}
