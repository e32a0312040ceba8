// SPDX-License-Identifier: MIT

package weightport

import (
	"runtime"
	"strings"
	"sync"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

// StateDict is an ordered map from name to tensor: what model.state_dict() gives. It holds its tensors itself.
type StateDict struct {
	*handle
	mutex sync.RWMutex
	// What was looked up since the last edit: finding it again costs no call into C. Nil once closed. The net of these is the
	// StateDict's: one for each would cost more than the lookup.
	found map[string]*tensorCore
}

func newStateDict(address uintptr) *StateDict {
	s := &StateDict{handle: newHandle(address, raw.Wp_state_dict_release), found: map[string]*tensorCore{}}
	runtime.SetFinalizer(s, (*StateDict).Close)
	return s
}

// NewStateDict makes an empty one.
func NewStateDict() (*StateDict, error) {
	var address uintptr
	if err := check(raw.Wp_state_dict_create(&address)); err != nil {
		return nil, err
	}
	return newStateDict(address), nil
}

// Close gives the state_dict up. Tensors from it stay valid.
func (s *StateDict) Close() error {
	runtime.SetFinalizer(s, nil)
	s.close()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.forget()
	s.found = nil
	return nil
}

// forget drops what was looked up, under the lock. Tensors that are still open get a net of their own.
func (s *StateDict) forget() {
	for name, core := range s.found {
		if core.unshare() {
			core.net()
		}
		delete(s.found, name)
	}
}

// Len is the number of tensors; 0 after Close.
func (s *StateDict) Len() int {
	if s.enter() != nil {
		return 0
	}
	defer s.leave()
	return int(raw.Wp_state_dict_size(s.address))
}

// Names are the names in order; nil after Close.
func (s *StateDict) Names() []string {
	if s.enter() != nil {
		return nil
	}
	defer s.leave()
	names := make([]string, raw.Wp_state_dict_size(s.address))
	for i := range names {
		names[i], _ = s.nameAt(i)
	}
	return names
}

// nameAt is false past the end.
func (s *StateDict) nameAt(i int) (string, bool) {
	var size uint64
	address := raw.Wp_state_dict_name_at(s.address, int64(i), &size)
	return raw.String(address, size), address != 0
}

// Tensor is the tensor of a name. Nothing is copied. Errors: ErrNotFound.
func (s *StateDict) Tensor(name string) (*Tensor, error) {
	s.mutex.RLock()
	core := s.found[name]
	if core != nil {
		t := core.share()
		s.mutex.RUnlock()
		return t, nil
	}
	s.mutex.RUnlock()
	return s.look(name)
}

// look is Tensor for a name that was not looked up before.
func (s *StateDict) look(name string) (*Tensor, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	core := s.found[name]
	if core == nil {
		address := raw.Wpb_state_dict_get(s.address, name)
		if address == 0 {
			return nil, newError(ErrNotFound, name, "no tensor %q", name)
		}
		core = newTensorCore(address)
		s.found[strings.Clone(name)] = core
	}
	return core.share(), nil
}

// At is name and tensor number i, in order. Errors: ErrNotFound.
func (s *StateDict) At(i int) (string, *Tensor, error) {
	if err := s.enter(); err != nil {
		return "", nil, err
	}
	defer s.leave()
	name, ok := s.nameAt(i)
	if !ok {
		return "", nil, newError(ErrNotFound, "", "no tensor number %d", i)
	}
	t, err := s.Tensor(name)
	return name, t, err
}

// All calls yield for each name and tensor in order, until that returns false. It is an iter.Seq2 for later versions of Go:
//
//	weights.All(func(name string, t *weightport.Tensor) bool { ... })
//	for name, t := range weights.All { ... } // since Go 1.23
//
// Each tensor is closed when yield returns: keep one by looking it up again.
func (s *StateDict) All(yield func(name string, t *Tensor) bool) {
	for it := s.Iterator(); it.Next(); {
		if !yield(it.Name(), it.Tensor()) {
			it.Close()
		}
	}
}

// Iterator walks a StateDict in order:
//
//	for it := weights.Iterator(); it.Next(); {
//		fmt.Println(it.Name(), it.Tensor().Shape())
//	}
type Iterator struct {
	dict   *StateDict
	next   int
	name   string
	tensor *Tensor
}

// Iterator starts before the first tensor.
func (s *StateDict) Iterator() *Iterator { return &Iterator{dict: s} }

// Next goes to the next tensor, and closes the one before it. It is false at the end, and when the StateDict was closed.
func (it *Iterator) Next() bool {
	if it.tensor != nil {
		it.tensor.Close()
		it.tensor = nil
	}
	if it.dict == nil {
		return false
	}
	var err error
	it.name, it.tensor, err = it.dict.At(it.next)
	it.next++
	return err == nil
}

// Close ends a walk before its end: Next is false from then on.
func (it *Iterator) Close() { it.dict = nil }

// Name is the name of the tensor.
func (it *Iterator) Name() string { return it.name }

// Tensor is open until the next call of Next.
func (it *Iterator) Tensor() *Tensor { return it.tensor }

// edit runs a function of C's that changes the state_dict.
func (s *StateDict) edit(function func(address uintptr) uintptr) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	s.forget()
	return check(function(s.address))
}

// Set replaces the tensor of a name, or appends it.
func (s *StateDict) Set(name string, t *Tensor) error {
	c, err := text(name)
	if err != nil {
		return err
	}
	if err := t.enter(); err != nil {
		return err
	}
	defer t.leave()
	return s.edit(func(address uintptr) uintptr { return raw.Wp_state_dict_set(address, c, t.core.address) })
}

// Remove takes a name out. Errors: ErrNotFound, ErrInvalidArgument (a NUL in the name, which a file can have and Tensor finds:
// Remove it from Value, and go on with the StateDict of that).
func (s *StateDict) Remove(name string) error {
	c, err := text(name)
	if err != nil {
		return err
	}
	return s.edit(func(address uintptr) uintptr { return raw.Wp_state_dict_remove(address, c) })
}

// Rename gives a tensor another name, in the same place. Errors: ErrNotFound, ErrMismatch (the name is taken),
// ErrInvalidArgument (a NUL in a name).
func (s *StateDict) Rename(from, to string) error {
	old, err := text(from)
	if err != nil {
		return err
	}
	c, err := text(to)
	if err != nil {
		return err
	}
	return s.edit(func(address uintptr) uintptr { return raw.Wp_state_dict_rename(address, old, c) })
}

// AddPrefix puts a prefix before every name.
func (s *StateDict) AddPrefix(prefix string) error {
	c, err := text(prefix)
	if err != nil {
		return err
	}
	return s.edit(func(address uintptr) uintptr { return raw.Wp_state_dict_add_prefix(address, c) })
}

// StripPrefix takes a prefix off every name that has it, "module." say. Errors: ErrMismatch (two names would become one).
func (s *StateDict) StripPrefix(prefix string) error {
	c, err := text(prefix)
	if err != nil {
		return err
	}
	return s.edit(func(address uintptr) uintptr { return raw.Wp_state_dict_strip_prefix(address, c) })
}

// Value is the state_dict as a collections.OrderedDict in a tree of its own.
func (s *StateDict) Value() (*Value, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	var address uintptr
	if err := check(raw.Wp_state_dict_to_value(&address, s.address)); err != nil {
		return nil, err
	}
	return newValue(address), nil
}
