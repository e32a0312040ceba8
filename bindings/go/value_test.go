// SPDX-License-Identifier: MIT

package weightport

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
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
		{"set", Set{int64(3), FrozenSet{int64(3)}}},
		{"frozenset", FrozenSet{FrozenSet{}, Tuple{int64(4)}}},
		{"ordered", OrderedDict{{"b", int64(1)}, {"a", int64(2)}}},
		{"dtype", DTypeBFloat16},
		{"device", Device("cuda:1")},
		{"size", Size{2, 3}},
		{int64(7), "an int key"},
		{Tuple{int64(1), "x"}, "a tuple key"},
		{FrozenSet{int64(1), "x"}, "a frozenset key"},
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
		{map[int8]string{10: "b", -2: "a"}, Dict{{int64(-2), "a"}, {int64(10), "b"}}},
	} {
		value := must(NewValue(c.in))(t)
		if out := must(value.Interface())(t); !reflect.DeepEqual(out, c.out) {
			t.Errorf("%#v became %#v", c.in, out)
		}
		value.Close()
	}
	for _, wrong := range []any{make(chan int), []any{struct{}{}}, Object{Class: "a.B", Attributes: struct{}{}}, map[float64]int{1: 1}, Dict{{"a", func() {}}}} {
		if _, err := NewValue(wrong); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%T: %v", wrong, err)
		}
	}
	if _, err := NewValue("\xff"); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestANilPointerIsNone(t *testing.T) {
	closing(t)
	dict := must(NewValue(map[string]any{"tensor": (*Tensor)(nil)}))(t)
	defer dict.Close()
	for key, item := range map[string]any{
		"tensor again": (*Tensor)(nil), "dict": (*StateDict)(nil), "value": (*Value)(nil), "int": (*big.Int)(nil),
	} {
		if err := dict.Set(key, item); err != nil {
			t.Error(key, err)
		}
	}
	for i := 0; i < dict.Len(); i++ {
		if kind := must(dict.Item(i))(t).Kind(); kind != KindNone {
			t.Error(i, kind)
		}
	}
	if dict.Len() != 5 {
		t.Error(dict.Len())
	}
}

func TestAContainerThatContainsItselfIsNoValue(t *testing.T) {
	closing(t)
	list := []any{nil}
	list[0] = list
	dict := map[string]any{}
	dict["self"] = dict
	tuple := Tuple{Object{Class: "a.B"}}
	tuple[0] = Object{Class: "a.B", Args: tuple}
	frozen := FrozenSet{nil}
	frozen[0] = frozen
	parent := must(NewValue([]any{}))(t)
	defer parent.Close()
	for name, err := range map[string]error{
		"list": second(NewValue(list)), "dict": second(NewValue(dict)), "tuple": second(NewValue(tuple)),
		"frozenset": second(NewValue(frozen)), "append": parent.Append(list),
	} {
		if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "contains itself") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if parent.Len() != 0 {
		t.Error(parent.Len())
	}
	nested := any(nil)
	for depth := 1; depth <= maxDepth; depth++ {
		nested = []any{nested}
	}
	checkpoint := must(NewCheckpoint())(t)
	defer checkpoint.Close()
	if err := checkpoint.SetRoot(nested); err != nil {
		t.Error(err)
	}
	if err := checkpoint.Save(temporary(t, "deep.pt")); err != nil {
		t.Error(err)
	}
	if _, err := NewValue([]any{nested}); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "1000 levels") {
		t.Error(err)
	}
}

func TestWhatIsInSeveralPlacesIsOneNode(t *testing.T) {
	closing(t)
	list := []any{int64(1)}
	shared := list
	for i := 0; i < 100; i++ {
		shared = []any{shared, shared}
	}
	object := Object{Class: "a.B", Attributes: Tuple{list, int64(2)}}
	root := must(NewValue(Dict{{"list", list}, {"shared", shared}, {"one", object}, {"other", object}, {"none", []any{}},
		{"nothing", []any{}}, {"instance", Object{Class: "a.C", Args: Tuple{}}}, {"class", Object{Class: "a.C"}}}))(t)
	defer root.Close()
	if err := must(root.Find("list"))(t).Append("more"); err != nil {
		t.Fatal(err)
	}
	if err := must(root.Find("none"))(t).Append("more"); err != nil {
		t.Fatal(err)
	}
	back := map[any]any{}
	for _, entry := range must(root.Interface())(t).(Dict) {
		back[entry.Key] = entry.Value
	}
	more := []any{int64(1), "more"}
	at := back["shared"].([]any)
	for i := 0; i < 100; i++ {
		at = at[i%2].([]any)
	}
	object.Attributes = Tuple{more, int64(2)}
	for name, wanted := range map[string]any{
		"list": more, "one": object, "other": object, "none": []any{"more"}, "nothing": []any{},
		"instance": Object{Class: "a.C", Args: Tuple{}}, "class": Object{Class: "a.C"},
	} {
		if !reflect.DeepEqual(back[name], wanted) {
			t.Errorf("%s: %#v", name, back[name])
		}
	}
	if !reflect.DeepEqual(at, more) {
		t.Error(at)
	}
	dict := Dict{{"a", int64(1)}}
	alike := []any{
		Object{Class: "a.B", Args: Tuple{int64(1)}, Attributes: dict}, Object{Class: "a.B", Args: Tuple{int64(2)}, Attributes: dict},
		Object{Class: "a.B", Args: list, Attributes: int64(5)}, Object{Class: "a.B", Args: list, Attributes: int64(6)},
		Object{Class: "a.B", Args: list}, Object{Class: "a.B", Attributes: list},
		Object{Class: "a.B", Attributes: OrderedDict(dict)},
		Object{Class: "a.B", Attributes: dict}, Object{Class: "a.C", Attributes: dict}, dict,
		Object{Class: "a.B", Attributes: Object{Class: "a.D", Attributes: dict}},
		Object{Class: "a.B", Attributes: Object{Class: "a.E", Attributes: dict}},
	}
	apart := must(NewValue(alike))(t)
	defer apart.Close()
	for i, got := range must(apart.Interface())(t).([]any) {
		if !reflect.DeepEqual(got, alike[i]) {
			t.Errorf("%d: %#v", i, got)
		}
	}
	one, other := must(root.Find("one"))(t), must(root.Find("other"))(t)
	if one.address != other.address {
		t.Error("an object that is in two places is two")
	}
}

// keys.pt has the key frozenset([1]).
func TestAFrozensetOfAFileStaysOne(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "keys.pt"))(t)
	defer checkpoint.Close()
	unfolded := must(must(checkpoint.Root())(t).Interface())(t).(Dict)
	place := -1
	for i, entry := range unfolded {
		if tensor, ok := entry.Value.(*Tensor); ok {
			defer tensor.Close()
		}
		if reflect.DeepEqual(entry, Entry{FrozenSet{int64(1)}, "set"}) {
			place = i
		}
	}
	if place < 0 {
		t.Fatalf("%#v", unfolded)
	}
	path := temporary(t, "keys.pt")
	if err := checkpoint.SetRoot(unfolded); err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Save(path); err != nil {
		t.Fatal(err)
	}
	again := must(Open(path))(t)
	defer again.Close()
	key := must(must(again.Root())(t).Key(place))(t)
	if got := must(key.Interface())(t); key.Class() != "builtins.frozenset" || !reflect.DeepEqual(got, FrozenSet{int64(1)}) {
		t.Errorf("%s: %#v", key.Class(), got)
	}
	if err := key.Append(2); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
}

func TestWhatPythonCannotHashIsNoMemberOfASet(t *testing.T) {
	closing(t)
	for _, wrong := range []any{
		FrozenSet{Set{}}, FrozenSet{[]any{}}, Set{Set{}}, Set{FrozenSet{Dict{}}}, Dict{{Set{}, 1}}, Dict{{FrozenSet{Set{}}, 1}},
	} {
		if _, err := NewValue(wrong); !errors.Is(err, ErrMismatch) {
			t.Errorf("%#v: %v", wrong, err)
		}
	}
	set := must(NewValue(Set{}))(t)
	defer set.Close()
	if set.Class() != "" {
		t.Error(set.Class())
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
	for _, wrong := range []string{"{", `{"a": 1, "a": 2}`, "18446744073709551616", "1e999"} {
		var failure *Error
		if _, err := ValueFromJSON(wrong); !errors.As(err, &failure) || failure.Code != ErrCorrupt || failure.Offset != -1 {
			t.Errorf("%s: %v", wrong, err)
		}
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
	for name, err := range map[string]error{
		"SetItem": list.SetItem(-1, nil), "RemoveItem": list.RemoveItem(-1), "Item": second(list.Item(-1)),
		"Key": second(dict.Key(-1)),
	} {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), " -1") {
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
