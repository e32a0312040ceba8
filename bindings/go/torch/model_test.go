// SPDX-License-Identifier: MIT

package torch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weightport/weightport/bindings/go"
)

// TorchScript with a method of its own, another set of weights for it, and what it predicts with either.
const makeModel = `
import sys, torch
from typing import Dict, List, Tuple

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(3, 2)
        self.drop = torch.nn.Dropout(0.5)
    def forward(self, x, scale: float = 1.0):
        return self.drop(self.fc(x)) * scale
    @torch.jit.export
    def named(self, parts: List[torch.Tensor], n: int) -> Dict[str, Tuple[int, torch.Tensor]]:
        return {"sum": (n + 1, parts[0] + parts[1])}

torch.manual_seed(0)
net = Net().eval()
x = torch.tensor([[1.0, -2.0, 0.5]])
torch.jit.script(net).save(sys.argv[1] + "/model.ts")
first = net(x)
other = Net().eval()
torch.save({"model_state_dict": other.state_dict(), "first": first, "second": other(x)}, sys.argv[1] + "/ckpt.pt")
`

func TestAModelPredictsWhatPythonPredicts(t *testing.T) {
	closing(t)
	folder := t.TempDir()
	runPython(t, makeModel, folder)
	ckpt := must(weightport.Open(folder + "/ckpt.pt"))(t)
	defer ckpt.Close()
	predicted := func(name string) []float64 {
		tensor := must(must(must(ckpt.Root())(t).At(name))(t).Tensor())(t)
		defer tensor.Close()
		return numbers(t, tensor)
	}
	model := must(Load(folder + "/model.ts"))(t)
	defer model.Close()
	x := must(weightport.NewTensor([]float32{1, -2, 0.5}, 1, 3))(t)
	defer x.Close()
	forward := func(model *Model) []float64 {
		y := must(model.ForwardTensor(x))(t)
		defer y.Close()
		return numbers(t, y)
	}
	if !model.IsTraining() && !reflect.DeepEqual(forward(model), predicted("first")) {
		t.Error(forward(model))
	}
	for _, err := range []error{model.Train(true), model.Eval()} {
		if err != nil {
			t.Error(err)
		}
	}
	if model.IsTraining() || model.ParameterCount() != 8 || !reflect.DeepEqual(forward(model), predicted("first")) {
		t.Error(model.IsTraining(), model.ParameterCount(), forward(model))
	}

	weights := must(ckpt.StateDict("model_state_dict"))(t)
	defer weights.Close()
	clone := must(model.Clone())(t)
	defer clone.Close()
	if findings := must(model.LoadStateDict(weights, LoadStateDictOptions{}))(t); len(findings) != 0 {
		t.Error(findings)
	}
	if !reflect.DeepEqual(forward(model), predicted("second")) || !reflect.DeepEqual(forward(clone), predicted("first")) {
		t.Error(forward(model), forward(clone))
	}

	scaled := must(model.Forward([]any{x}, map[string]any{"scale": 2.0}))(t)
	defer scaled.Close()
	twice := must(scaled.Tensor())(t)
	defer twice.Close()
	if got := numbers(t, twice); got[0] != 2*predicted("second")[0] {
		t.Error(got)
	}
	called := must(model.Call("named", []any{[]any{x, x}, 4}, nil))(t)
	defer called.Close()
	if n := must(must(called.At("sum.0"))(t).Int())(t); n != 5 {
		t.Error(n)
	}
	sum := must(must(called.At("sum.1"))(t).Tensor())(t)
	defer sum.Close()
	if got := numbers(t, sum); !reflect.DeepEqual(got, []float64{2, -4, 1}) {
		t.Error(got)
	}

	if err := model.Save(folder + "/again.ts"); err != nil {
		t.Fatal(err)
	}
	runPython(t, `
import sys, torch
x = torch.tensor([[1.0, -2.0, 0.5]])
model = torch.jit.load(sys.argv[1] + "/again.ts")
assert torch.equal(model(x), torch.load(sys.argv[1] + "/ckpt.pt")["second"])
`, folder)
	content := must(os.Open(folder + "/again.ts"))(t)
	defer content.Close()
	read := must(LoadReader(content, Options{MapLocation: "cpu"}))(t)
	defer read.Close()
	if !reflect.DeepEqual(forward(read), predicted("second")) {
		t.Error(forward(read))
	}
}

// closer counts how often it is closed.
type closer struct {
	*bytes.Reader
	closes int
}

func (c *closer) Close() error {
	c.closes++
	return nil
}

// full is a disk that takes nothing.
type full struct{ err error }

func (f full) Write(p []byte) (int, error) { return 0, f.err }

func TestAModelIsSavedToAWriter(t *testing.T) {
	closing(t)
	model := must(Load(scripted))(t)
	defer model.Close()
	path := filepath.Join(t.TempDir(), "model.ts")
	if err := model.SaveContext(context.Background(), path, weightport.SaveOptions{Mode: 0o600, NotDurable: true}); err != nil {
		t.Fatal(err)
	}
	if info := must(os.Stat(path))(t); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	var file bytes.Buffer
	if err := model.SaveWriter(context.Background(), &file, weightport.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	content := file.Bytes()
	again := must(LoadReader(bytes.NewReader(content), Options{}))(t)
	defer again.Close()
	if again.ParameterCount() != model.ParameterCount() || again.ParameterCount() == 0 {
		t.Error(again.ParameterCount())
	}

	source := &closer{Reader: bytes.NewReader(content)}
	at := must(LoadReaderAt(source, int64(len(content)), Options{}))(t)
	defer at.Close()
	if at.ParameterCount() != model.ParameterCount() || source.closes != 1 {
		t.Error(at.ParameterCount(), source.closes)
	}
	if _, err := LoadReaderAt(source, -1, Options{}); !errors.Is(err, weightport.ErrInvalidArgument) || source.closes != 2 {
		t.Error(err, source.closes)
	}

	failure := errors.New("disk full")
	err := model.SaveWriter(context.Background(), full{failure}, weightport.SaveOptions{})
	if !errors.Is(err, weightport.ErrCallback) || !errors.Is(err, failure) {
		t.Error(err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	built := must(Build(perceptron))(t)
	defer built.Close()
	for name, c := range map[string]struct{ got, wanted error }{
		"path, done":   {model.SaveContext(done, path, weightport.SaveOptions{}), context.Canceled},
		"writer, done": {model.SaveWriter(done, &file, weightport.SaveOptions{}), context.Canceled},
		"path, built":  {built.Save(path), weightport.ErrUnsupported},
		"NUL":          {model.Save("a\x00b"), weightport.ErrInvalidArgument},
		"name":         {model.SaveWriter(done, &file, weightport.SaveOptions{Name: "\x00"}), weightport.ErrInvalidArgument},
	} {
		if !errors.Is(c.got, c.wanted) {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}

const scripted = "../../../tests/data/scripted.pt"

func TestLoadStateDictReports(t *testing.T) {
	closing(t)
	model := must(Load(scripted))(t)
	defer model.Close()
	weights := must(model.StateDict())(t)
	defer weights.Close()
	partial := must(weightport.NewStateDict())(t)
	defer partial.Close()
	weights.All(func(name string, tensor *weightport.Tensor) bool {
		if name != "conv.bias" {
			if err := partial.Set("module."+name, tensor); err != nil {
				t.Error(err)
			}
		}
		return true
	})
	if err := partial.Rename("module.conv.weight", "module.stem.weight"); err != nil {
		t.Fatal(err)
	}
	_, err := model.LoadStateDict(partial, LoadStateDictOptions{StripPrefix: "module."})
	if !errors.Is(err, weightport.ErrMismatch) {
		t.Error(err)
	}
	findings := must(model.LoadStateDict(partial, LoadStateDictOptions{
		StripPrefix: "module.", Rename: [][2]string{{"stem", "conv"}}, NotStrict: true, DryRun: true,
	}))(t)
	if len(findings) != 1 || findings[0].Kind != weightport.FindingMissing || findings[0].Key != "conv.bias" {
		t.Error(findings)
	}
}

// cable is a reader that fails once it has a failure.
type cable struct {
	io.ReaderAt
	failure error
}

func (c *cable) ReadAt(p []byte, offset int64) (int, error) {
	if c.failure != nil {
		return 0, c.failure
	}
	return c.ReaderAt.ReadAt(p, offset)
}

func TestWhatAReaderOfWeightsFailsWithComesBack(t *testing.T) {
	closing(t)
	model := must(Build(perceptron))(t)
	defer model.Close()
	weights := must(model.StateDict())(t)
	defer weights.Close()
	saved := must(weightport.NewCheckpoint())(t)
	defer saved.Close()
	if err := saved.SetStateDict("", weights); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	size := must(saved.WriteTo(&file))(t)
	source := &cable{ReaderAt: bytes.NewReader(file.Bytes())}
	opened := must(weightport.OpenReader(context.Background(), source, size, weightport.OpenOptions{}))(t)
	defer opened.Close()
	read := must(opened.StateDict(""))(t)
	defer read.Close()
	source.failure = errors.New("the cable was pulled")
	_, err := model.LoadStateDict(read, LoadStateDictOptions{})
	if !errors.Is(err, weightport.ErrCallback) || !errors.Is(err, source.failure) {
		t.Error(err)
	}
}

func TestWeightsAreSharedWithTheModelAndOutliveIt(t *testing.T) {
	closing(t)
	model := must(Load(scripted))(t)
	parameters := must(model.NamedParameters())(t)
	defer parameters.Close()
	buffers := must(model.NamedBuffers())(t)
	defer buffers.Close()
	all := must(model.StateDict())(t)
	defer all.Close()
	if buffers.Len() == 0 || parameters.Len() == 0 || all.Len() < parameters.Len() {
		t.Error(parameters.Names(), buffers.Names())
	}
	weight := must(parameters.Tensor("conv.weight"))(t)
	defer weight.Close()
	same := must(all.Tensor("conv.weight"))(t)
	defer same.Close()
	must(weightport.MutableData[float32](weight))(t)[0] = 42
	if fitting := must(model.SetRequiresGrad("conv.*", false))(t); fitting != 2 {
		t.Error(fitting)
	}
	if _, err := model.SetRequiresGrad("nothing.*", false); !errors.Is(err, weightport.ErrNotFound) {
		t.Error(err)
	}
	if err := model.To("", weightport.DTypeUndefined); err != nil {
		t.Error(err)
	}
	model.Close()
	model.Close()
	if got := must(weightport.Data[float32](same))(t)[0]; got != 42 {
		t.Error(got)
	}
	for name, err := range map[string]error{
		"Eval": model.Eval(), "StateDict": second(model.StateDict()), "Save": model.Save("x"), "Clone": second(model.Clone()),
		"ForwardTensor": second(model.ForwardTensor(weight)), "Forward": second(model.Forward(nil, nil)),
		"LoadStateDict": second(model.LoadStateDict(all, LoadStateDictOptions{})), "ZeroGrad": model.ZeroGrad(),
		"NewOptimizer": second(NewOptimizer("SGD", model, nil)),
		"SaveWriter":   model.SaveWriter(context.Background(), &bytes.Buffer{}, weightport.SaveOptions{}),
	} {
		if !errors.Is(err, weightport.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if model.IsTraining() || model.ParameterCount() != 0 {
		t.Error("a closed model still answers")
	}
}

func TestWhatIsWrongIsAnError(t *testing.T) {
	closing(t)
	if _, err := Load("missing.ts"); !errors.Is(err, weightport.ErrNotFound) {
		t.Error(err)
	}
	if _, err := Create("no such class", nil); !errors.Is(err, weightport.ErrNotFound) {
		t.Error(err)
	}
	model := must(Load(scripted))(t)
	defer model.Close()
	wrong := must(weightport.NewTensor([]float32{1}))(t)
	defer wrong.Close()
	var failure *weightport.Error
	_, err := model.ForwardTensor(wrong)
	if !errors.Is(err, weightport.ErrTorch) || !errors.As(err, &failure) || failure.Message == "" {
		t.Error(err)
	}
	if _, err := model.Call("no_such_method", nil, nil); !errors.Is(err, weightport.ErrNotFound) {
		t.Error(err)
	}
	if _, err := model.Forward([]any{make(chan int)}, nil); !errors.Is(err, weightport.ErrUnsupported) {
		t.Error(err)
	}
}

func TestTheRuntime(t *testing.T) {
	if Version() == "" || !DeviceAvailable("cpu") || DeviceAvailable("abacus") || DeviceAvailable("c\x00pu") {
		t.Error(Version())
	}
	threads := NumThreads()
	if err := SetNumThreads(1); err != nil || NumThreads() != 1 {
		t.Error(err, NumThreads())
	}
	if err := SetNumThreads(threads); err != nil {
		t.Error(err)
	}
	if err := SetNumThreads(0); !errors.Is(err, weightport.ErrInvalidArgument) {
		t.Error(err)
	}
	if err := LoadPlugin("missing.so"); err == nil {
		t.Error("loaded")
	}
	if err := ManualSeed(1); err != nil {
		t.Error(err)
	}
}

// perceptron is Linear(4, 8), ReLU, Linear(8, 2).
var perceptron = weightport.Dict{{Key: "class", Value: "Sequential"}, {Key: "modules", Value: []any{
	map[string]any{"class": "Linear", "in_features": 4, "out_features": 8},
	map[string]any{"class": "ReLU"},
	map[string]any{"class": "Linear", "in_features": 8, "out_features": 2},
}}}

const perceptronJSON = `{"class": "Sequential", "modules": [{"class": "Linear", "in_features": 4, "out_features": 8},
	{"class": "ReLU"}, {"class": "Linear", "in_features": 8, "out_features": 2}]}`

func TestAModelIsBuiltOfLayers(t *testing.T) {
	closing(t)
	model := must(Build(perceptron))(t)
	defer model.Close()
	same := must(BuildJSON(perceptronJSON))(t)
	defer same.Close()
	weights := must(model.StateDict())(t)
	defer weights.Close()
	if names := weights.Names(); !reflect.DeepEqual(names, []string{"0.weight", "0.bias", "2.weight", "2.bias"}) {
		t.Error(names)
	}
	must(same.LoadStateDict(weights, LoadStateDictOptions{}))(t)
	x := must(weightport.NewTensor([]float32{1, 2, 3, 4}, 1, 4))(t)
	defer x.Close()
	y := must(model.ForwardTensor(x))(t)
	defer y.Close()
	again := must(same.ForwardTensor(x))(t)
	defer again.Close()
	if got := numbers(t, y); len(got) != 2 || !reflect.DeepEqual(got, numbers(t, again)) {
		t.Error(got, numbers(t, again))
	}
	if _, err := Build(map[string]any{"class": "Magic"}); !errors.Is(err, weightport.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := BuildJSON("{"); !errors.Is(err, weightport.ErrCorrupt) {
		t.Error(err)
	}
}
