// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"errors"
	"math"
	"os"
	"reflect"
	"testing"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

func TestTensorsAreMadeSeenAndConverted(t *testing.T) {
	closing(t)
	tensor := must(NewTensor([]float32{1, 2, 3, 4, 5, 6.5}, 2, 3))(t)
	defer tensor.Close()
	if !reflect.DeepEqual(tensor.Shape(), []int64{2, 3}) || !reflect.DeepEqual(tensor.Strides(), []int64{3, 1}) ||
		tensor.NumEl() != 6 || tensor.NBytes() != 24 || !tensor.IsContiguous() || tensor.Device() != "cpu" {
		t.Error("the facts are wrong")
	}
	must(MutableData[float32](tensor))(t)[0] = 9
	if data := must(Data[float32](tensor))(t); !reflect.DeepEqual(data, []float32{9, 2, 3, 4, 5, 6.5}) {
		t.Error(data)
	}
	if ints := must(Copy[int8](tensor))(t); !reflect.DeepEqual(ints, []int8{9, 2, 3, 4, 5, 6}) {
		t.Error(ints)
	}
	if bools := must(Copy[bool](tensor))(t); !bools[5] {
		t.Error(bools)
	}
	turned := must(tensor.View(0, []int64{3, 2}, []int64{1, 3}))(t)
	defer turned.Close()
	if turned.StorageID() != tensor.StorageID() || turned.IsContiguous() {
		t.Error("the view is none")
	}
	if columns := must(Copy[float64](turned))(t); !reflect.DeepEqual(columns, []float64{9, 4, 2, 5, 3, 6.5}) {
		t.Error(columns)
	}
	half := must(turned.To(DTypeBFloat16))(t)
	defer half.Close()
	if halves := must(Data[BFloat16](half))(t); halves[5].Float32() != 6.5 {
		t.Error(halves)
	}
	for _, err := range []error{
		second(Data[float64](tensor)), second(Data[float32](turned)), second(MutableData[int32](tensor)), second(Bytes(turned)),
		second(tensor.Item()), second(NewTensor([]int64{1, 2}, 3)), second(tensor.View(5, []int64{9}, nil)),
	} {
		if !errors.Is(err, ErrMismatch) {
			t.Error(err)
		}
	}
	vector := must(NewTensor([]float32{2}))(t)
	defer vector.Close()
	scalar := must(NewTensor([]float32{2}, []int64{}...))(t)
	defer scalar.Close()
	again := must(NewTensor(must(Copy[float32](scalar))(t), scalar.Shape()...))(t)
	defer again.Close()
	if len(vector.Shape()) != 1 || len(scalar.Shape()) != 0 || len(again.Shape()) != 0 || must(again.Item())(t) != 2 {
		t.Error(vector.Shape(), scalar.Shape(), again.Shape())
	}
	if _, err := NewTensor([]float32{1, 2}, []int64{}...); !errors.Is(err, ErrMismatch) {
		t.Error(err)
	}
	if _, err := Zeros(DTypeFloat32, -1); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func TestAMappedTensorIsNotWritten(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	defer weights.Close()
	tensor := must(weights.Tensor("fc.weight"))(t)
	defer tensor.Close()
	if _, err := MutableData[float32](tensor); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
	before := must(os.ReadFile(data + "checkpoint.tar"))(t)
	must(PrivateData[float32](tensor))(t)[0] = 77
	if again := must(Data[float32](tensor))(t); again[0] != 77 {
		t.Error(again[0])
	}
	if after := must(os.ReadFile(data + "checkpoint.tar"))(t); !bytes.Equal(before, after) {
		t.Error("the file changed")
	}
}

func TestPartsAndQuantizers(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "quantized.pt"))(t)
	defer checkpoint.Close()
	channels := must(must(must(checkpoint.Root())(t).Find("channels"))(t).Tensor())(t)
	defer channels.Close()
	if q := channels.Quantizer(); q == nil || q.Scheme != QSchemePerChannelAffine || q.Axis < 0 {
		t.Errorf("%+v", q)
	}
	scales := must(channels.Part(PartScales))(t)
	defer scales.Close()
	if scales.NumEl() != 2 {
		t.Error(scales.Shape())
	}
	if _, err := scales.Part(PartValues); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if scales.Quantizer() != nil {
		t.Error("scales are quantized")
	}
}

func TestConstantsAreThoseOfC(t *testing.T) {
	for name, pair := range map[string][2]int{
		"dtype": {int(DTypeBComplex32), raw.WP_DTYPE_BCOMPLEX32}, "kind": {int(KindObject), raw.WP_KIND_OBJECT},
		"format": {int(FormatTorchIndex), raw.WP_FORMAT_TORCH_INDEX}, "code": {int(ErrInternal), raw.WP_ERROR_INTERNAL},
		"layout": {int(LayoutSparseBSC), raw.WP_LAYOUT_SPARSE_BSC}, "part": {int(PartZeroPoints), raw.WP_PART_ZERO_POINTS},
		"finding": {int(FindingMismatched), raw.WP_FINDING_MISMATCHED}, "memory": {int(MemoryRead), raw.WP_MEMORY_READ},
		"facts": {raw.Facts, raw.WPB_FACTS}, "neg": {raw.Neg, raw.WPB_NEG},
		"qscheme": {int(QSchemePerChannelAffineFloatQParams), raw.WP_QSCHEME_PER_CHANNEL_AFFINE_FLOAT_QPARAMS},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: the last constant is %d, and %d in C", name, pair[0], pair[1])
		}
	}
	if Version() == "" || Code(1).Error() != "WP_ERROR_UNKNOWN" || FormatTorchZip.String() != "torch_zip" || KindSet.String() != "set" {
		t.Error("a wrong name")
	}
}

func TestDTypes(t *testing.T) {
	for _, name := range []string{"uint8", "float16", "bfloat16", "complex128", "bool", "float8_e4m3fn", "uint64", "qint8"} {
		if dtype := DTypeOf("torch." + name); dtype.String() != name || dtype.ItemSize() == 0 {
			t.Errorf("%s is %v", name, dtype)
		}
	}
	if DTypeFloat4E2M1FNX2.String() != "float4_e2m1fn_x2" || DTypeOf("real") != DTypeUndefined ||
		DTypeOf("a\x00") != DTypeUndefined {
		t.Error("a wrong name")
	}
	for bits, wanted := range map[Float16]float32{0x3c00: 1, 0xc000: -2, 0x0001: 1.0 / (1 << 24), 0x7bff: 65504, 0x8000: 0,
		0x7c00: float32(math.Inf(1))} {
		if got := bits.Float32(); got != wanted {
			t.Errorf("%x is %v", uint16(bits), got)
		}
	}
	if !math.IsNaN(float64(Float16(0x7e00).Float32())) {
		t.Error("no NaN")
	}
}

// A file with a hole takes no room on the disk, and a view of it none in memory.
func TestAViewOfThreeGiB(t *testing.T) {
	closing(t)
	const count = 3 << 28
	header := `{"w":{"dtype":"F32","shape":[805306368],"data_offsets":[0,3221225472]}} `
	path := temporary(t, "large.safetensors")
	file := must(os.Create(path))(t)
	defer file.Close()
	if _, err := file.Write(append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)); err != nil {
		t.Fatal(err)
	}
	end := int64(8 + len(header) + 4*count)
	if _, err := file.WriteAt([]byte{0, 0, 0x80, 0x3f}, end-4); err != nil {
		t.Fatal(err)
	}
	checkpoint := must(Open(path))(t)
	defer checkpoint.Close()
	weights := must(checkpoint.StateDict(""))(t)
	defer weights.Close()
	tensor := must(weights.Tensor("w"))(t)
	defer tensor.Close()
	view := must(Data[float32](tensor))(t)
	if len(view) != count || view[count-1] != 1 || view[0] != 0 {
		t.Error(len(view), view[count-1])
	}
}
