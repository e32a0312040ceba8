// SPDX-License-Identifier: MIT

package weightport

import (
	"reflect"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// maxDepth is the default of Limits.MaxDepth.
const maxDepth = 1000

// folding makes one tree of containers, so that what is shared in them is shared in it.
type folding struct {
	all    uintptr // a list of the containers
	kept   int64
	none   uintptr
	copied bool // whether there is more in the tree than the result
	inside map[identity]bool
	done   map[identity]uintptr
}

// identity is what two places share if they have the same container; the zero identity is shared with none.
type identity struct {
	of      reflect.Type // for an Object, of its Attributes
	pointer uintptr
	length  int
	object  string // "class" or, if it has Args, "class(number of Args)"
	args    uintptr
}

// container is what fill makes a node of.
type container struct {
	identity identity
	fill     func(f *folding, depth int) (uintptr, error)
}

// fold makes a tree of its own.
func fold(root container) (*Value, error) {
	var all uintptr // C is given no pointer into what has pointers of Go's
	if err := check(raw.Wp_value_create_list(&all)); err != nil {
		return nil, err
	}
	defer raw.Wp_value_release(all)
	f := folding{all: all, inside: map[identity]bool{}, done: map[identity]uintptr{}}
	node, err := f.node(root, 1)
	if err != nil {
		return nil, err
	}
	if f.copied {
		return made(func(out *uintptr) uintptr { return raw.Wp_value_clone(out, node) })
	}
	return newValue(raw.Wp_value_retain(node)), nil
}

// node is the node, in the tree, of a container that stands on a level of it.
func (f *folding) node(of container, depth int) (uintptr, error) {
	if depth > maxDepth {
		return 0, newError(ErrLimit, "", "the value is nested deeper than %d levels", maxDepth)
	}
	if of.identity == (identity{}) {
		return of.fill(f, depth+1)
	}
	if node, ok := f.done[of.identity]; ok {
		return node, nil
	}
	if f.inside[of.identity] {
		return 0, newError(ErrLimit, "", "a value that contains itself has no end")
	}
	f.inside[of.identity] = true
	node, err := of.fill(f, depth+1)
	delete(f.inside, of.identity)
	if err == nil {
		f.done[of.identity] = node
	}
	return node, err
}

// put lends what an item becomes.
func (f *folding) put(item any, depth int, use func(node uintptr) error) error {
	if c, ok := containerOf(item); ok {
		node, err := f.node(c, depth)
		if err != nil {
			return err
		}
		return use(node)
	}
	return lend(item, use)
}

// keep makes a node of the tree of one of another tree.
func (f *folding) keep(address uintptr) (uintptr, error) {
	if err := check(raw.Wp_value_append(f.all, address)); err != nil {
		return 0, err
	}
	f.kept++
	return raw.Wp_value_item(f.all, f.kept-1), nil
}

func (f *folding) create(function func(out *uintptr) uintptr) (uintptr, error) {
	var address uintptr
	if err := check(function(&address)); err != nil {
		return 0, err
	}
	defer raw.Wp_value_release(address)
	return f.keep(address)
}

// row fills a list or set.
func (f *folding) row(create func(out *uintptr) uintptr, items []any, depth int) (uintptr, error) {
	node, err := f.create(create)
	for i := 0; err == nil && i < len(items); i++ {
		err = f.put(items[i], depth, func(item uintptr) error { return check(raw.Wp_value_append(node, item)) })
	}
	return node, err
}

func (f *folding) dict(create func(out *uintptr) uintptr, entries []Entry, depth int) (uintptr, error) {
	node, err := f.create(create)
	for i := 0; err == nil && i < len(entries); i++ {
		err = f.put(entries[i].Key, depth, func(key uintptr) error {
			return f.put(entries[i].Value, depth, func(item uintptr) error { return check(raw.Wp_value_set_key(node, key, item)) })
		})
	}
	return node, err
}

// nones is a tuple to be filled: it is as long as it is made.
func (f *folding) nones(count int) (uintptr, error) {
	if f.none == 0 {
		var err error
		if f.none, err = f.create(raw.Wp_value_create_none); err != nil {
			return 0, err
		}
	}
	items := make([]uintptr, count)
	for i := range items {
		items[i] = f.none
	}
	return f.create(func(out *uintptr) uintptr { return raw.Wp_value_create_tuple(out, items, int64(count)) })
}

func (f *folding) setItems(tuple uintptr, items []any, depth int) error {
	for i, item := range items {
		err := f.put(item, depth, func(node uintptr) error { return check(raw.Wp_value_set_item(tuple, int64(i), node)) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *folding) tuple(items []any, depth int) (uintptr, error) {
	node, err := f.nones(len(items))
	if err == nil {
		err = f.setItems(node, items, depth)
	}
	return node, err
}

// frozenSet is made when all members are there, and of copies of them: nothing can be added to it.
func (f *folding) frozenSet(items []any, depth int) (uintptr, error) {
	f.copied = true
	nodes := make([]uintptr, len(items))
	for i, item := range items {
		err := f.put(item, depth, func(node uintptr) (err error) {
			nodes[i], err = f.keep(node)
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return f.create(func(out *uintptr) uintptr { return raw.Wp_value_create_frozenset(out, nodes, int64(len(nodes))) })
}

// object gets its attributes last: these may be any value once it is made.
func (f *folding) object(of Object, depth int) (uintptr, error) {
	class, err := text(of.Class)
	if err != nil {
		return 0, err
	}
	var args, attributes uintptr
	if of.Args != nil {
		args, err = f.nones(len(of.Args))
	}
	if err == nil && of.Attributes != nil {
		attributes, err = f.create(raw.Wp_value_create_dict)
	}
	if err != nil {
		return 0, err
	}
	node, err := f.create(func(out *uintptr) uintptr { return raw.Wp_value_create_object(out, class, args, attributes) })
	if err == nil {
		err = f.setItems(raw.Wp_value_args(node), of.Args, depth)
	}
	if err == nil && of.Attributes != nil {
		err = f.put(of.Attributes, depth, func(item uintptr) error { return check(raw.Wp_value_set_attributes(node, item)) })
	}
	return node, err
}
