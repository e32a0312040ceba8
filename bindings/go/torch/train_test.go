// SPDX-License-Identifier: MIT

package torch

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
)

// Ten steps of training in Python, the checkpoint after them, and the losses of the next ten. No bias before the batch norm, which
// subtracts it: only rounding would move it.
const makeResume = `
import json, sys, torch
folder = sys.argv[1]
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(6, 9, bias=False), torch.nn.BatchNorm1d(9), torch.nn.ReLU(), torch.nn.Linear(9, 3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.02)
x, y = torch.randn(20, 8, 6), torch.randint(3, (20, 8))
torch.jit.script(net).save(folder + "/model.ts")
def step(i):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(x[i]), y[i])
    loss.backward()
    optimizer.step()
    return loss.item()
for i in range(10):
    step(i)
def save(name):
    torch.save({"model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict()}, folder + "/" + name)
save("ckpt.tar")
torch.save({"x": x, "y": y}, folder + "/data.pt")
losses = [step(i) for i in range(10, 20)]
json.dump({"optimizer": "adamw", "first_batch": 10, "losses": losses}, open(folder + "/losses.json", "w"))
save("after.pt")
`

// The other way round: what Go saved, Python takes up as its own.
const checkResume = `
import sys, torch
ours, theirs = torch.load(sys.argv[1] + "/go.pt"), torch.load(sys.argv[1] + "/after.pt")
assert list(ours["model_state_dict"]) == list(theirs["model_state_dict"])
for name, tensor in theirs["model_state_dict"].items():
    assert torch.allclose(ours["model_state_dict"][name], tensor, atol=1e-5), name
net = torch.nn.Sequential(torch.nn.Linear(6, 9, bias=False), torch.nn.BatchNorm1d(9), torch.nn.ReLU(), torch.nn.Linear(9, 3))
net.load_state_dict(ours["model_state_dict"])
optimizer = torch.optim.AdamW(net.parameters())
optimizer.load_state_dict(ours["optimizer_state_dict"])
assert optimizer.state_dict()["param_groups"] == theirs["optimizer_state_dict"]["param_groups"]
for i, state in theirs["optimizer_state_dict"]["state"].items():
    for name, tensor in state.items():
        assert torch.allclose(ours["optimizer_state_dict"]["state"][i][name], tensor, atol=1e-5), (i, name)
`

func TestTrainingResumesFromPythonAndBack(t *testing.T) {
	closing(t)
	folder := t.TempDir()
	runPython(t, makeResume, folder)
	resume(t, folder, 1e-5)
	runPython(t, checkResume, folder)
}

func TestTrainingResumesWithEachOptimizer(t *testing.T) {
	folders, err := filepath.Glob("../../../../shared/fixtures/torch-*/resume_*")
	if err != nil || len(folders) == 0 {
		t.Skip("skipped: there is no ../shared/fixtures")
	}
	for _, folder := range folders {
		t.Run(strings.TrimPrefix(folder, "../../../../shared/fixtures/"), func(t *testing.T) {
			closing(t)
			tolerance := 1e-4
			if strings.HasSuffix(folder, "lbfgs") {
				tolerance = 1e-2 // twenty evaluations a step, each on the rounding of the last
			}
			resume(t, folder, tolerance)
		})
	}
}

var classes = map[string]string{
	"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad", "lbfgs": "LBFGS",
}

// resume trains on from a folder's checkpoint, compares each loss with Python's, and saves go.pt if it can.
func resume(t *testing.T, folder string, tolerance float64) {
	var wanted struct {
		Optimizer  string
		Groups     int
		FirstBatch int64 `json:"first_batch"`
		Losses     []float64
	}
	if err := json.Unmarshal(must(os.ReadFile(folder+"/losses.json"))(t), &wanted); err != nil {
		t.Fatal(err)
	}
	if wanted.Groups > 1 {
		t.Skipf("skipped: %d parameter groups", wanted.Groups)
	}
	ckpt := must(weightport.Open(folder + "/ckpt.tar"))(t)
	defer ckpt.Close()
	weights := must(ckpt.StateDict("model_state_dict"))(t)
	defer weights.Close()
	model := must(Load(folder + "/model.ts"))(t)
	defer model.Close()
	must(model.LoadStateDict(weights, LoadStateDictOptions{}))(t)
	if err := model.Train(true); err != nil {
		t.Fatal(err)
	}
	optimizer := must(NewOptimizer(classes[wanted.Optimizer], model, map[string]any{"lr": 0.5}))(t)
	defer optimizer.Close()
	state := must(must(ckpt.Root())(t).Find("optimizer_state_dict"))(t)
	if err := optimizer.LoadStateDict(state); err != nil {
		t.Fatal(err)
	}
	criterion := must(NewLoss("cross_entropy", nil))(t)
	defer criterion.Close()
	batches := openBatches(t, folder+"/data.pt")
	for i, wanted := range wanted.Losses {
		x, y := batches(int64(i) + 10)
		loss, err := optimizer.StepClosure(func() (*weightport.Tensor, error) {
			if err := optimizer.ZeroGrad(); err != nil {
				return nil, err
			}
			output, err := model.ForwardTensor(x)
			if err != nil {
				return nil, err
			}
			defer output.Close()
			loss, err := criterion.Compute(output, y)
			if err != nil {
				return nil, err
			}
			return loss, Backward(loss)
		})
		x.Close()
		y.Close()
		got := must(must(loss, err)(t).Item())(t)
		loss.Close()
		if math.Abs(got-wanted) > tolerance*math.Max(1, math.Abs(wanted)) {
			t.Errorf("loss %d is %v, expected %v", i, got, wanted)
		}
	}
	saved := must(weightport.NewCheckpoint())(t)
	defer saved.Close()
	trained := must(model.StateDict())(t)
	defer trained.Close()
	trainedState := must(optimizer.StateDict())(t)
	defer trainedState.Close()
	for _, err := range []error{
		saved.SetStateDict("model_state_dict", trained), saved.Set("optimizer_state_dict", trainedState),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	path := filepath.Join(t.TempDir(), "go.pt")
	if strings.HasPrefix(folder, os.TempDir()) {
		path = folder + "/go.pt"
	}
	if err := saved.Save(path); err != nil {
		t.Error(err)
	}
}

// openBatches is a function that gives batch i of x [20, 8, 6] and y [20, 8].
func openBatches(t *testing.T, path string) func(i int64) (x, y *weightport.Tensor) {
	data := must(weightport.Open(path))(t)
	defer data.Close()
	root := must(data.Root())(t)
	x := must(must(root.Find("x"))(t).Tensor())(t)
	y := must(must(root.Find("y"))(t).Tensor())(t)
	t.Cleanup(func() { x.Close(); y.Close() })
	return func(i int64) (*weightport.Tensor, *weightport.Tensor) {
		return must(x.View(x.StorageOffset()+i*48, []int64{8, 6}, nil))(t), must(y.View(y.StorageOffset()+i*8, []int64{8}, nil))(t)
	}
}

// linear is a Linear(1, 1) as a parameter list of an optimizer: one number, with a gradient.
func linear(t *testing.T) *weightport.Tensor {
	plain := must(weightport.NewTensor([]float32{1}))(t)
	defer plain.Close()
	tracked := must(Track(plain))(t)
	t.Cleanup(func() { tracked.Close() })
	return tracked
}

func TestATensorGoesToADevice(t *testing.T) {
	closing(t)
	weight := linear(t)
	device := "cpu"
	if DeviceAvailable("cuda") {
		device = "cuda:0"
	}
	moved := must(ToDevice(weight, device))(t)
	defer moved.Close()
	if moved.Device() != device || must(moved.Item())(t) != 1 {
		t.Error(moved.Device())
	}
	if _, err := ToDevice(weight, "nowhere"); !errors.Is(err, weightport.ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := ToDevice(weight, "cuda:99"); !errors.Is(err, weightport.ErrTorch) {
		t.Error(err)
	}
}

// The gradient of w^2 is 2, of two such losses with the weights 1 and 2 it is 6.
func TestBackwardFromSeveralLosses(t *testing.T) {
	closing(t)
	weight := linear(t)
	wide := must(Reshape(weight, -1, 1))(t)
	defer wide.Close()
	precise := must(ToDType(wide, weightport.DTypeFloat64))(t)
	defer precise.Close()
	zeros := must(weightport.NewTensor([]float64{0}, 1, 1))(t)
	defer zeros.Close()
	two := must(weightport.NewTensor([]float64{2}, []int64{}...))(t)
	defer two.Close()
	mse := must(NewLoss("mse_loss", nil))(t)
	defer mse.Close()
	var losses []*weightport.Tensor
	for range [2]int{} {
		loss := must(mse.Compute(precise, zeros))(t)
		defer loss.Close()
		losses = append(losses, loss)
	}
	if err := BackwardAll(losses, []*weightport.Tensor{nil, two}, true); err != nil {
		t.Fatal(err)
	}
	gradient := must(Grad(weight))(t)
	defer gradient.Close()
	if must(gradient.Item())(t) != 6 {
		t.Error(gradient.Item())
	}
	if err := BackwardAll(losses, nil, false); err != nil {
		t.Fatal(err)
	}
	if must(gradient.Item())(t) != 10 {
		t.Error(gradient.Item())
	}
	if err := BackwardAll(losses, nil, false); !errors.Is(err, weightport.ErrTorch) {
		t.Error(err)
	}
	if err := BackwardAll([]*weightport.Tensor{zeros}, nil, false); !errors.Is(err, weightport.ErrMismatch) {
		t.Error(err)
	}
	if _, err := Reshape(weight, 2); !errors.Is(err, weightport.ErrTorch) {
		t.Error(err)
	}
}

func TestWhatAClosureFailsWithComesBack(t *testing.T) {
	closing(t)
	weight := linear(t)
	optimizer := must(NewOptimizerOf("LBFGS", []any{weight}, nil))(t)
	defer optimizer.Close()
	failure := errors.New("no data")
	_, err := optimizer.StepClosure(func() (*weightport.Tensor, error) { return nil, failure })
	if !errors.Is(err, weightport.ErrCallback) || !errors.Is(err, failure) {
		t.Error(err)
	}
	_, err = optimizer.StepClosure(func() (*weightport.Tensor, error) { panic("no data") })
	if !errors.Is(err, weightport.ErrCallback) || !strings.Contains(err.Error(), "no data") {
		t.Error(err)
	}
	if err := optimizer.Step(); !errors.Is(err, weightport.ErrUnsupported) {
		t.Error(err)
	}
}

func TestHyperparametersAndSchedules(t *testing.T) {
	closing(t)
	weight := linear(t)
	optimizer := must(NewOptimizerOf("SGD", []any{weight}, map[string]any{"lr": 0.1, "momentum": 0.9}))(t)
	defer optimizer.Close()
	if optimizer.Class() != "SGD" || optimizer.ParamGroupCount() != 1 {
		t.Error(optimizer.Class(), optimizer.ParamGroupCount())
	}
	for _, err := range []error{optimizer.Set(AllGroups, "momentum", 0.5), optimizer.SetLR(0, 0.2)} {
		if err != nil {
			t.Error(err)
		}
	}
	group := must(optimizer.ParamGroup(0))(t)
	defer group.Close()
	if momentum := must(must(group.Find("momentum"))(t).Float())(t); momentum != 0.5 || must(optimizer.LR(0))(t) != 0.2 {
		t.Error(momentum)
	}
	for name, err := range map[string]error{
		"class": second(NewOptimizerOf("Magic", []any{weight}, nil)), "group": second(optimizer.LR(1)),
		"loss": second(NewLoss("magic", nil)), "scheduler": second(NewScheduler("MagicLR", optimizer, nil)),
	} {
		if !errors.Is(err, weightport.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}

	scheduler := must(NewScheduler("StepLR", optimizer, map[string]any{"step_size": 1, "gamma": 0.5}))(t)
	defer scheduler.Close()
	for name, err := range map[string]error{
		"LR": second(optimizer.LR(-2)), "LR of all": second(optimizer.LR(AllGroups)), "SetLR": optimizer.SetLR(-2, 0.1),
		"Set": optimizer.Set(-2, "momentum", 0.5), "ParamGroup": second(optimizer.ParamGroup(-2)),
		"LastLR": second(scheduler.LastLR(-2)),
	} {
		if !errors.Is(err, weightport.ErrNotFound) || !strings.Contains(err.Error(), "group -") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := scheduler.Step(); err != nil || must(scheduler.LastLR(0))(t) != 0.1 {
		t.Error(err)
	}
	state := must(scheduler.StateDict())(t)
	defer state.Close()
	if epoch := must(must(state.Find("last_epoch"))(t).Int())(t); epoch != 1 {
		t.Error(epoch)
	}
	if err := scheduler.LoadStateDict(state); err != nil {
		t.Error(err)
	}
}

func TestALearningRateIsAFunction(t *testing.T) {
	closing(t)
	optimizer := must(NewOptimizerOf("SGD", []any{linear(t)}, map[string]any{"lr": 1.0}))(t)
	defer optimizer.Close()
	var asked []int64
	scheduler := must(NewLambdaLR(optimizer, func(epoch int64, group int) float64 {
		if epoch == 2 {
			panic("too far")
		}
		asked = append(asked, epoch)
		return 1 / float64(epoch+1)
	}))(t)
	defer scheduler.Close()
	if err := scheduler.Step(); err != nil || must(optimizer.LR(0))(t) != 0.5 {
		t.Error(err)
	}
	if err := scheduler.Step(); !errors.Is(err, weightport.ErrCallback) || !strings.Contains(err.Error(), "too far") {
		t.Error(err)
	}
	if lr := must(optimizer.LR(0))(t); lr != 0.5 || !reflect.DeepEqual(asked, []int64{0, 1}) {
		t.Error(lr, asked)
	}
}

// trainer is what the function of its scheduler refers to.
type trainer struct{ scheduler *Scheduler }

func (r *trainer) factor(epoch int64, group int) float64 {
	if r.scheduler == nil {
		return 1
	}
	return 0.5
}

func TestASchedulerWhoseFunctionRefersToItsOwnerIsCollected(t *testing.T) {
	optimizer := must(NewOptimizerOf("SGD", []any{linear(t)}, map[string]any{"lr": 1.0}))(t)
	defer optimizer.Close()
	before := bridge.Live()
	func() {
		var r trainer
		r.scheduler = must(NewLambdaLR(optimizer, r.factor))(t)
		if err := r.scheduler.Step(); err != nil || must(optimizer.LR(0))(t) != 0.5 {
			t.Error(err)
		}
	}()
	for i := 0; i < 1000 && bridge.Live() != before; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if n := bridge.Live() - before; n != 0 {
		t.Errorf("%d objects were not collected", n)
	}
}

func TestGradients(t *testing.T) {
	closing(t)
	weight := linear(t)
	target := must(weightport.NewTensor([]float32{4}))(t)
	defer target.Close()
	criterion := must(NewLoss("MSELoss", map[string]any{"reduction": "sum"}))(t)
	defer criterion.Close()
	loss := must(criterion.Compute(weight, target))(t)
	defer loss.Close()
	if got := must(loss.Item())(t); got != 9 {
		t.Error(got)
	}
	if grad := must(Grad(weight))(t); grad != nil {
		t.Error("a gradient before Backward")
	}
	if err := Backward(loss); err != nil {
		t.Fatal(err)
	}
	grad := must(Grad(weight))(t)
	defer grad.Close()
	if got := numbers(t, grad); got[0] != -6 {
		t.Error(got)
	}
	parameters := must(weightport.NewStateDict())(t)
	defer parameters.Close()
	if err := parameters.Set("weight", weight); err != nil {
		t.Fatal(err)
	}
	if norm := must(ClipGradNorm(parameters, 1, 2))(t); norm != 6 || math.Abs(numbers(t, grad)[0]+1) > 1e-5 {
		t.Error(norm, numbers(t, grad))
	}
	plain := must(Detach(weight))(t)
	defer plain.Close()
	if plain.RequiresGrad() {
		t.Error("detached, and it requires a gradient")
	}
	err := NoGrad(func() error {
		silent := must(criterion.Compute(weight, target))(t)
		defer silent.Close()
		return Backward(silent)
	})
	if !errors.Is(err, weightport.ErrMismatch) {
		t.Error(err)
	}
}
