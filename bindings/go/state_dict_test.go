// SPDX-License-Identifier: MIT

package weightport

import (
	"errors"
	"reflect"
	"testing"
)

func TestEditsAreSeenByLookups(t *testing.T) {
	closing(t)
	weights := must(NewStateDict())(t)
	defer weights.Close()
	number := func(name string) any {
		tensor, err := weights.Tensor(name)
		if err != nil {
			return err.(*Error).Code
		}
		defer tensor.Close()
		return must(tensor.Item())(t)
	}
	set := func(name string, number float64) {
		tensor := must(NewTensor([]float64{number}))(t)
		defer tensor.Close()
		if err := weights.Set(name, tensor); err != nil {
			t.Fatal(err)
		}
	}
	set("a", 1)
	set("b", 2)
	if number("a") != 1.0 || number("b") != 2.0 || number("c") != ErrNotFound {
		t.Error(number("a"), number("b"), number("c"))
	}
	set("a", 3)
	if number("a") != 3.0 {
		t.Error(number("a"))
	}
	edit := func(err error, names ...string) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(weights.Names(), names) {
			t.Error(err, weights.Names())
		}
	}
	edit(weights.Rename("a", "c"), "c", "b")
	edit(weights.AddPrefix("module."), "module.c", "module.b")
	edit(weights.StripPrefix("module."), "c", "b")
	edit(weights.Remove("b"), "c")
	if number("a") != ErrNotFound || number("b") != ErrNotFound || number("c") != 3.0 {
		t.Error(number("a"), number("b"), number("c"))
	}
	if err := weights.Remove("b"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	set("d", 4)
	if err := weights.Rename("d", "c"); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
	if names := weights.Names(); !reflect.DeepEqual(names, []string{"c", "d"}) {
		t.Error(names)
	}
}

func TestWalkingGoesInOrderAndStops(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	defer weights.Close()
	var names []string
	for it := weights.Iterator(); it.Next(); {
		names = append(names, it.Name())
	}
	if len(names) == 0 || !reflect.DeepEqual(names, weights.Names()) || weights.Len() != len(names) {
		t.Error(names)
	}
	count := 0
	weights.All(func(name string, tensor *Tensor) bool {
		if name != names[count] || tensor.Shape() == nil {
			t.Error(name)
		}
		count++
		return count < 3
	})
	if count != 3 {
		t.Error(count)
	}
	if _, _, err := weights.At(len(names)); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, _, err := weights.At(-1); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	value := must(weights.Value())(t)
	defer value.Close()
	again := must(value.StateDict())(t)
	defer again.Close()
	if value.Class() != "collections.OrderedDict" || !reflect.DeepEqual(again.Names(), names) {
		t.Error(value.Class(), again.Names())
	}
}
