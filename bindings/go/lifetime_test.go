// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestUseAfterCloseIsAnError(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	root := must(checkpoint.Root())(t)
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	tensor := must(weights.Tensor("fc.weight"))(t)
	view := must(NewView[float32](tensor))(t)
	view.Close()
	other := must(Zeros(DTypeFloat32, 2))(t)
	defer other.Close()
	iterator := weights.Iterator()
	if !iterator.Next() {
		t.Fatal("nothing to walk")
	}
	for _, object := range []interface{ Close() error }{tensor, iterator.Tensor(), weights, checkpoint, root} {
		for i := 0; i < 2; i++ {
			if err := object.Close(); err != nil {
				t.Errorf("closing a %T: %v", object, err)
			}
		}
	}

	ctx := context.Background()
	failures := map[string]error{
		"Save":           checkpoint.Save(temporary(t, "x.pt")),
		"WriteTo":        second(checkpoint.WriteTo(&bytes.Buffer{})),
		"Root":           second(checkpoint.Root()),
		"StateDict":      second(checkpoint.StateDict("")),
		"Metadata":       second(checkpoint.Metadata()),
		"Set":            checkpoint.Set("epoch", 1),
		"SetStateDict":   checkpoint.SetStateDict("x", weights),
		"Verify":         second(checkpoint.Verify(ctx, VerifyOptions{})),
		"Diff":           second(Diff(ctx, checkpoint, checkpoint, DiffOptions{})),
		"Tensor":         second(weights.Tensor("fc.weight")),
		"StateDict.Set":  weights.Set("x", other),
		"Remove":         weights.Remove("fc.weight"),
		"Value":          second(weights.Value()),
		"Data":           second(Data[float32](tensor)),
		"NewView":        second(NewView[float32](view.Tensor)),
		"MutableData":    second(MutableData[float32](tensor)),
		"Copy":           second(Copy[float64](tensor)),
		"Bytes":          second(Bytes(tensor)),
		"Item":           second(tensor.Item()),
		"To":             second(tensor.To(DTypeFloat64)),
		"View":           second(tensor.View(0, nil, nil)),
		"Part":           second(tensor.Part(PartValues)),
		"NewValue":       second(NewValue(tensor)),
		"At":             second(root.At("epoch")),
		"Interface":      second(root.Interface()),
		"Value.Set":      root.Set("x", 1),
		"Clone":          second(root.Clone()),
		"from a Value":   second(root.StateDict()),
		"Checkpoint.Set": checkpoint.Set("x", root),
	}
	for name, err := range failures {
		if !errors.Is(err, ErrClosed) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if weights.Len() != 0 || weights.Names() != nil || root.Len() != 0 || root.Kind() != KindNone || tensor.Device() != "" ||
		tensor.Quantizer() != nil || checkpoint.Format() != FormatUnknown || checkpoint.Globals() != nil || iterator.Next() {
		t.Error("a closed object still answers")
	}
	if tensor.DType() != DTypeFloat32 || len(tensor.Shape()) != 2 {
		t.Error("a closed tensor forgot what it was")
	}
}

func second[T any](_ T, err error) error { return err }

func TestViewsOutliveTheCheckpointAndItsCollection(t *testing.T) {
	collecting(t)
	var core *handle
	view := func() View[float32] {
		checkpoint := must(Open(data + "checkpoint.tar"))(t)
		weights := must(checkpoint.StateDict("model_state_dict"))(t)
		tensor := must(weights.Tensor("fc.weight"))(t)
		view := must(NewView[float32](tensor))(t) // nothing is closed: all but the view is the collector's
		// The test has a reference of its own to close the view with. One to the Tensor would keep the collector away from it.
		core = newHandle(view.Tensor.core.address, view.Tensor.core.release)
		live.Add(-1)
		return view
	}()
	before := append([]float32{}, view.Data...)
	for i := 0; i < 1000; i++ {
		runtime.GC()
		garbage := must(Zeros(DTypeFloat32, 64))(t)
		if i%2 == 0 {
			garbage.Close()
		}
	}
	if len(before) == 0 || !reflect.DeepEqual(before, view.Data) { // of the view, only Data is used from the loop on
		t.Errorf("%v became %v", before, view.Data)
	}
	core.close()
}

func TestAViewIsClosedByItsCloseAlone(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	tensor := must(weights.Tensor("fc.weight"))(t)
	view := must(NewView[float32](tensor))(t)
	before := append([]float32{}, view.Data...)
	for _, object := range []interface{ Close() error }{tensor, weights, checkpoint} {
		object.Close()
	}
	if !reflect.DeepEqual(before, view.Data) || len(view.Tensor.Shape()) != 2 {
		t.Error(view.Data)
	}
	for _, object := range []interface{ Close() error }{view, view, View[float32]{}} {
		if err := object.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := Data[float32](view.Tensor); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	doubles := must(Zeros(DTypeFloat64, 2))(t)
	defer doubles.Close()
	if _, err := NewView[float32](doubles); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
}

func TestATensorSharedByLookupsLivesUntilTheLastClose(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	checkpoint.Close()
	first, again := must(weights.Tensor("fc.weight"))(t), must(weights.Tensor("fc.weight"))(t)
	first.Close()
	first.Close()
	if _, err := Data[float32](first); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := Data[float32](again); err != nil {
		t.Error(err)
	}
	weights.Close()
	if _, err := Data[float32](again); err != nil {
		t.Error(err)
	}
	again.Close()
	if _, err := Data[float32](again); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestManyGoroutinesReadWhileOthersClose(t *testing.T) {
	closing(t)
	for round := 0; round < 20; round++ {
		checkpoint := must(Open(data + "checkpoint.tar"))(t)
		weights := must(checkpoint.StateDict("model_state_dict"))(t)
		shared := must(weights.Tensor("fc.weight"))(t)
		names := weights.Names()
		var group sync.WaitGroup
		for worker := 0; worker < 8; worker++ {
			group.Add(1)
			go func(worker int) {
				defer group.Done()
				for i := 0; i < 200; i++ {
					if err := readAll(checkpoint, weights, shared, names[i%len(names)]); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					if i == 100 && worker == round%8 {
						shared.Close()
						weights.Close()
						checkpoint.Close()
					}
				}
			}(worker)
		}
		group.Wait()
	}
}

func readAll(checkpoint *Checkpoint, weights *StateDict, shared *Tensor, name string) error {
	if _, err := Copy[float32](shared); err != nil {
		return err
	}
	tensor, err := weights.Tensor(name)
	if err != nil {
		return err
	}
	defer tensor.Close()
	if _, err := Copy[float64](tensor); err != nil {
		return err
	}
	root, err := checkpoint.Root()
	if err != nil {
		return err
	}
	_, err = root.At("epoch")
	return err
}

func TestLargeTensorsMakeTheCollectorRun(t *testing.T) {
	collecting(t)
	source := must(Zeros(DTypeFloat32, 2, 1<<20))(t)
	defer source.Close()
	const count = 400
	most, before := int64(0), live.Load()
	for i := 0; i < count/2; i++ {
		must(source.Contiguous())(t)
		must(source.To(DTypeInt32))(t)
		if n := live.Load() - before; n > most {
			most = n
		}
	}
	if most >= count {
		t.Errorf("%d tensors of 8 MB were there at once", most)
	}
}

func TestAMillionLookupsTakeNoMemory(t *testing.T) {
	collecting(t)
	checkpoint := opened(t, data+"checkpoint.tar")
	weights := weightsOf(t, checkpoint, "model_state_dict")
	look := func(count int) {
		for i := 0; i < count; i++ {
			tensor := must(weights.Tensor("fc.weight"))(t)
			if i%2 == 0 {
				tensor.Close()
			}
		}
		runtime.GC()
	}
	look(100000)
	before, references := resident(t), live.Load()
	look(1000000)
	// The race detector, under which the tests run with -short, takes memory of its own.
	if after := resident(t); !testing.Short() && after > before+16<<20 {
		t.Errorf("%d bytes resident became %d", before, after)
	}
	if n := live.Load(); n > references {
		t.Errorf("%d references became %d", references, n)
	}
}

// resident is the memory of the process, in bytes.
func resident(t *testing.T) int {
	fields := strings.Fields(string(must(os.ReadFile("/proc/self/statm"))(t)))
	return must(strconv.Atoi(fields[1]))(t) * os.Getpagesize()
}
