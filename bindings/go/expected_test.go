// SPDX-License-Identifier: MIT

package weightport

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// expectation is an entry of expected.json: what PyTorch reads from a file. See tests/data/README.md.
type expectation struct {
	Error     string
	Format    string
	StateDict []string `json:"state_dict"`
	Locations map[string]string
	Tensors   []struct {
		Path   []any
		DType  string
		Shape  []int64
		Stride []int64
		CRC32  *uint32
	}
	Scalars []struct {
		Path  []any
		Value any
	}
}

func TestExpected(t *testing.T) {
	for _, folder := range []string{data, "../../../shared/fixtures/"} {
		file, err := os.Open(folder + "expected.json")
		if errors.Is(err, os.ErrNotExist) {
			t.Logf("skipped: there is no %sexpected.json", folder)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var files map[string]expectation
		decoder := json.NewDecoder(file)
		decoder.UseNumber()
		if err := decoder.Decode(&files); err != nil {
			t.Fatal(err)
		}
		for name, wanted := range files {
			path, wanted := locate(folder, name), wanted
			t.Run(name, func(t *testing.T) {
				closing(t)
				wanted.compare(t, path)
			})
		}
	}
}

// locate knows that the larger collection lists files that each PyTorch made with its own weights: those of 2.6.
func locate(folder, name string) string {
	if _, err := os.Stat(folder + name); err == nil {
		return folder + name
	}
	return filepath.Join(folder, "torch-2.6", name)
}

func (wanted *expectation) compare(t *testing.T, path string) {
	checkpoint, err := Open(path)
	if wanted.Error != "" {
		var failure *Error
		if !errors.As(err, &failure) || failure.Message == "" || strings.Contains(failure.Message, "\n") {
			t.Fatalf("%v is no error of one line", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer checkpoint.Close()
	if format := checkpoint.Format().String(); format != wanted.Format {
		t.Errorf("format %s, expected %s", format, wanted.Format)
	}
	var byName *StateDict
	if wanted.Format == "torchscript" && len(wanted.Tensors) > 0 || wanted.StateDict != nil {
		if byName, err = checkpoint.StateDict(""); err != nil {
			t.Fatal(err)
		}
		defer byName.Close()
	}
	if wanted.StateDict != nil && !reflect.DeepEqual(byName.Names(), wanted.StateDict) {
		t.Errorf("names %q, expected %q", byName.Names(), wanted.StateDict)
	}
	if wanted.Format != "torchscript" {
		byName = nil
	}
	wanted.compareTensors(t, checkpoint, byName)
	wanted.compareScalars(t, checkpoint)
}

func (wanted *expectation) compareTensors(t *testing.T, checkpoint *Checkpoint, byName *StateDict) {
	for _, w := range wanted.Tensors {
		tensor, err := tensorAt(checkpoint, byName, w.Path)
		if err != nil {
			t.Errorf("%v: %v", w.Path, err)
			continue
		}
		got := fmt.Sprintf("%v %v %v %s", tensor.DType(), tensor.Shape(), tensor.Strides(), checksum(tensor))
		crc := "none"
		if w.CRC32 != nil {
			crc = fmt.Sprint(*w.CRC32)
		}
		if expected := fmt.Sprintf("%s %v %v %s", w.DType, w.Shape, w.Stride, crc); got != expected {
			t.Errorf("%v: %s, expected %s", w.Path, got, expected)
		}
		if len(w.Path) == 1 {
			name, _ := w.Path[0].(string)
			if device, ok := wanted.Locations[name]; ok && device != tensor.Device() {
				t.Errorf("%v: on %s, expected %s", w.Path, tensor.Device(), device)
			}
		}
		tensor.Close()
	}
}

func tensorAt(checkpoint *Checkpoint, byName *StateDict, path []any) (*Tensor, error) {
	if byName != nil {
		return byName.Tensor(path[0].(string))
	}
	node, err := walk(checkpoint, path)
	if err != nil {
		return nil, err
	}
	return node.Tensor()
}

// checksum is of the contiguous elements; "none" if the tensor has no bytes.
func checksum(tensor *Tensor) string {
	row, err := tensor.Contiguous()
	if err != nil {
		return "none"
	}
	defer row.Close()
	bytes, err := Bytes(row)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(crc32.ChecksumIEEE(bytes))
}

func (wanted *expectation) compareScalars(t *testing.T, checkpoint *Checkpoint) {
	for _, w := range wanted.Scalars {
		node, err := walk(checkpoint, w.Path)
		if err != nil {
			t.Errorf("%v: %v", w.Path, err)
			continue
		}
		got, err := node.Interface()
		if err != nil {
			t.Errorf("%v: %v", w.Path, err)
			continue
		}
		if got, expected := form(got), form(w.Value); got != expected {
			t.Errorf("%v: %s, expected %s", w.Path, got, expected)
		}
	}
}
