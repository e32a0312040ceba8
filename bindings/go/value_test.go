// SPDX-License-Identifier: MIT

package weightport

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
)

func googol() *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(100), nil) }

// everything is a value of each kind but a tensor.
func everything() Dict {
	return Dict{
		{"none", nil},
		{"bool", true},
		{"int", int64(-42)},
		{"big", googol()},
		{"float", math.Pi},
		{"complex", complex(1, -2)},
		{"string", "größe 🔥"},
		{"bytes", []byte{0, 255}},
		{"list", []any{int64(1), []any{}, "two"}},
		{"tuple", Tuple{int64(1), Tuple{}}},
		{"set", Set{int64(3)}},
		{"ordered", OrderedDict{{"b", int64(1)}, {"a", int64(2)}}},
		{"dtype", DTypeBFloat16},
		{"device", Device("cuda:1")},
		{"size", Size{2, 3}},
		{int64(7), "an int key"},
		{Tuple{int64(1), "x"}, "a tuple key"},
		{"object", Object{Class: "fractions.Fraction", Args: Tuple{int64(1), int64(3)}, Attributes: Dict{{"a", int64(1)}}}},
		{"class", Object{Class: "collections.OrderedDict"}},
	}
}

func TestEveryKindOfValueIsSavedAndReadAgain(t *testing.T) {
	closing(t)
	for _, format := range []Format{FormatTorchZip, FormatTorchLegacy} {
		path := temporary(t, "values.pt")
		checkpoint := must(NewCheckpoint())(t)
		if err := checkpoint.SetRoot(everything()); err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.SaveContext(background, path, SaveOptions{Format: format}); err != nil {
			t.Fatal(err)
		}
		checkpoint.Close()
		again := must(Open(path))(t)
		read := must(must(again.Root())(t).Interface())(t)
		if !reflect.DeepEqual(read, any(everything())) {
			t.Errorf("%v: %#v", format, read)
		}
		again.Close()
	}
}

func TestGoTypesBecomeValues(t *testing.T) {
	closing(t)
	for _, c := range []struct{ in, out any }{
		{int8(-1), int64(-1)}, {uint16(2), int64(2)}, {uint64(math.MaxUint64), new(big.Int).SetUint64(math.MaxUint64)},
		{float32(0.5), 0.5}, {complex64(1i), 1i}, {[]string{"a"}, []any{"a"}}, {[2]bool{true}, []any{true, false}},
		{map[string]int{"b": 2, "a": 1}, Dict{{"a", int64(1)}, {"b", int64(2)}}},
	} {
		value := must(NewValue(c.in))(t)
		if out := must(value.Interface())(t); !reflect.DeepEqual(out, c.out) {
			t.Errorf("%#v became %#v", c.in, out)
		}
		value.Close()
	}
	for _, wrong := range []any{make(chan int), []any{struct{}{}}, map[int]int{1: 1}, Dict{{"a", func() {}}}} {
		if _, err := NewValue(wrong); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%T: %v", wrong, err)
		}
	}
	if _, err := NewValue("\xff"); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestJSONBecomesValues(t *testing.T) {
	closing(t)
	value := must(ValueFromJSON(`{"b": [1, 2.5, null], "a": "größe"}`))(t)
	defer value.Close()
	wanted := Dict{{"b", []any{int64(1), 2.5, nil}}, {"a", "größe"}}
	if got := must(value.Interface())(t); !reflect.DeepEqual(got, wanted) {
		t.Errorf("%#v", got)
	}
	if _, err := ValueFromJSON("{"); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestValuesAreEdited(t *testing.T) {
	closing(t)
	dict := must(NewValue(OrderedDict{{"a", int64(1)}, {"list", []any{}}}))(t)
	defer dict.Close()
	list := must(dict.Find("list"))(t)
	for _, err := range []error{
		list.Append("x"), list.Append(dict), list.SetItem(0, 2.5), list.RemoveItem(1),
		dict.Set("b", Tuple{true}), dict.SetInt(5, nil), dict.Rename("a", "z"), dict.Remove("b"), dict.SetKey(2.5, "half"),
		dict.SetAttributes(map[string]any{"_metadata": 1}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	wanted := OrderedDict{{"z", int64(1)}, {"list", []any{2.5}}, {int64(5), nil}, {2.5, "half"}}
	if got := must(dict.Interface())(t); !reflect.DeepEqual(got, wanted) {
		t.Errorf("%#v", got)
	}
	if n := must(must(must(dict.Attributes())(t).Find("_metadata"))(t).Int())(t); n != 1 {
		t.Error(n)
	}
	for name, err := range map[string]error{
		"NOT_FOUND 1": dict.Remove("b"), "NOT_FOUND 2": list.RemoveItem(9), "NOT_FOUND 3": second(dict.Find("b")),
		"NOT_FOUND 4": second(dict.At("list.7")), "NOT_FOUND 5": second(dict.FindInt(1)), "NOT_FOUND 6": second(list.Args()),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := dict.Append(1); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
	if _, err := dict.Int(); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
}

func TestAValueThatContainsItselfIsNotUnfolded(t *testing.T) {
	closing(t)
	list := must(NewValue([]any{}))(t)
	defer list.Close()
	if err := list.Append(list); err != nil {
		t.Fatal(err)
	}
	if _, err := list.Interface(); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}
