// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
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

func TestANULOfAFileIsSeenAndTakenOut(t *testing.T) {
	closing(t)
	header := `{"a\u0000b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`
	content := append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)
	content = append(content, make([]byte, 8)...)
	checkpoint := must(OpenReader(background, bytes.NewReader(content), int64(len(content)), OpenOptions{}))(t)
	defer checkpoint.Close()
	weights := must(checkpoint.StateDict(""))(t)
	defer weights.Close()
	must(weights.Tensor("a\x00b"))(t).Close()
	for name, err := range map[string]error{
		"Remove": weights.Remove("a\x00b"), "Rename": weights.Rename("a\x00b", "a"),
	} {
		if !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "NUL") {
			t.Errorf("%s: %v", name, err)
		}
	}
	value := must(weights.Value())(t)
	defer value.Close()
	if err := value.Remove("a\x00b"); err != nil {
		t.Error(err)
	}
	rest := must(value.StateDict())(t)
	defer rest.Close()
	if left := rest.Names(); !reflect.DeepEqual(left, []string{"c"}) {
		t.Errorf("%q", left)
	}
}
