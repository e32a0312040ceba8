// SPDX-License-Identifier: MIT

package weightport

import (
	"errors"
	"reflect"
	"testing"
)

// In UTF-8 these take one to four bytes a character; the last two lie beyond the basic plane.
var names = []string{"plain", "größe", "重み", "layer.🔥.weight", "𝒲"}

func TestKeysAreUnicode(t *testing.T) {
	closing(t)
	weights := must(NewStateDict())(t)
	defer weights.Close()
	for i, name := range names {
		tensor := must(NewTensor([]float32{float32(i)}))(t)
		if err := weights.Set(name, tensor); err != nil {
			t.Fatal(err)
		}
		tensor.Close()
	}
	for _, format := range []Format{FormatTorchZip, FormatTorchLegacy, FormatSafetensors} {
		path := temporary(t, "größe-🔥.bin")
		checkpoint := must(NewCheckpoint())(t)
		if err := checkpoint.SetStateDict("", weights); err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.SaveContext(background, path, SaveOptions{Format: format}); err != nil {
			t.Fatal(err)
		}
		checkpoint.Close()

		again := must(Open(path))(t)
		read := must(again.StateDict(""))(t)
		if format != FormatSafetensors && !reflect.DeepEqual(read.Names(), names) {
			t.Errorf("%v: names %q", format, read.Names())
		}
		for i, name := range names {
			tensor := must(read.Tensor(name))(t)
			if number := must(tensor.Item())(t); number != float64(i) {
				t.Errorf("%v: %s is %v", format, name, number)
			}
			tensor.Close()
		}
		read.Close()
		again.Close()
	}
}

func TestANULInsideIsRefused(t *testing.T) {
	closing(t)
	weights := must(NewStateDict())(t)
	defer weights.Close()
	tensor := must(Zeros(DTypeFloat32, 1))(t)
	defer tensor.Close()
	checkpoint := must(NewCheckpoint())(t)
	defer checkpoint.Close()
	root := must(checkpoint.Root())(t)
	_, openError := Open("a\x00b")
	_, pathError := root.At("a\x00b")
	for _, err := range []error{
		weights.Set("a\x00b", tensor), weights.AddPrefix("\x00"), weights.Rename("a", "b\x00"), checkpoint.Set("a\x00b", 1),
		checkpoint.SetMetadata("a", "b\x00"), checkpoint.Save("a\x00b"), root.Set("a\x00b", 1), openError, pathError,
	} {
		var failure *Error
		if !errors.Is(err, ErrInvalidArgument) || !errors.As(err, &failure) || failure.Key == "" {
			t.Error(err)
		}
	}
	if _, err := weights.Tensor("a\x00b"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if weights.Len() != 0 {
		t.Error("something was set")
	}
}
