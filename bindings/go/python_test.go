// SPDX-License-Identifier: MIT

package weightport

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"testing"
)

// Debian's Python has Debian's torch; another python3 may come first in PATH.
const python = "/usr/bin/python3"

// runPython runs a script with the path of a file in sys.argv[1].
func runPython(t *testing.T, script, path string) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short leaves Python out")
	}
	out, err := exec.Command(python, "-B", "-W", "ignore", "-c", script, path).CombinedOutput()
	if strings.Contains(string(out), "No module named 'torch'") || errors.Is(err, fs.ErrNotExist) {
		t.Skipf("skipped: no torch in %s", python)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestPythonReadsWhatGoWrote(t *testing.T) {
	closing(t)
	checkpoint := must(NewCheckpoint())(t)
	defer checkpoint.Close()
	weights := must(NewStateDict())(t)
	defer weights.Close()
	tied := must(NewTensor([]float32{1, 2, 3, 4, 5, 6}, 2, 3))(t)
	defer tied.Close()
	turned := must(tied.View(0, []int64{3, 2}, []int64{1, 3}))(t)
	defer turned.Close()
	mask := must(NewTensor([]bool{true, false}))(t)
	defer mask.Close()
	for _, err := range []error{
		weights.Set("layer.🔥.weight", tied), weights.Set("turned", turned), weights.Set("mask", mask),
		checkpoint.SetStateDict("model_state_dict", weights), checkpoint.Set("epoch", 7),
		checkpoint.Set("optimizer", Dict{{"state", Dict{{0, Dict{{"exp_avg", turned}}}}}, {"param_groups", []any{
			Dict{{"lr", 1e-3}, {"betas", Tuple{0.9, 0.999}}, {"params", []int{0}}}}}}),
		checkpoint.Set("big", googol()), checkpoint.Set("size", Size{2, 3}), checkpoint.Set("dtype", DTypeFloat16),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []Format{FormatTorchZip, FormatTorchLegacy} {
		path := temporary(t, "go.pt")
		if err := checkpoint.SaveContext(background, path, SaveOptions{Format: format}); err != nil {
			t.Fatal(err)
		}
		runPython(t, `
import collections, sys, torch
ckpt = torch.load(sys.argv[1])
sd = ckpt["model_state_dict"]
assert type(sd) is collections.OrderedDict and list(sd) == ["layer.🔥.weight", "turned", "mask"], sd
assert torch.equal(sd["layer.🔥.weight"], torch.tensor([[1., 2, 3], [4, 5, 6]]))
assert sd["turned"].stride() == (1, 3) and sd["turned"].data_ptr() == sd["layer.🔥.weight"].data_ptr()
assert sd["mask"].tolist() == [True, False]
assert ckpt["epoch"] == 7 and type(ckpt["epoch"]) is int and ckpt["big"] == 10 ** 100
assert ckpt["optimizer"]["param_groups"] == [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}]
assert torch.equal(ckpt["optimizer"]["state"][0]["exp_avg"], sd["turned"])
assert ckpt["size"] == torch.Size([2, 3]) and ckpt["dtype"] is torch.float16
`, path)
	}
}

func TestPythonReadsFrozensets(t *testing.T) {
	closing(t)
	checkpoint := must(NewCheckpoint())(t)
	defer checkpoint.Close()
	if err := checkpoint.SetRoot(Dict{{FrozenSet{1, 2}, Set{FrozenSet{}, FrozenSet{FrozenSet{"a"}}}}}); err != nil {
		t.Fatal(err)
	}
	path := temporary(t, "frozen.pt")
	if err := checkpoint.Save(path); err != nil {
		t.Fatal(err)
	}
	runPython(t, `
import sys, torch
(key, value), = torch.load(sys.argv[1], weights_only=False).items()
assert type(key) is frozenset and key == {1, 2}, key
assert type(value) is set and value == {frozenset(), frozenset([frozenset(["a"])])}, value
`, path)
}

func TestGoReadsAndSavesAgainWhatPythonWrote(t *testing.T) {
	closing(t)
	path := temporary(t, "python.pt")
	runPython(t, `
import sys, torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
optimizer = torch.optim.AdamW(model.parameters())
model(torch.randn(8, 6)).sum().backward()
optimizer.step()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5}, sys.argv[1])
`, path)
	checkpoint := must(Open(path))(t)
	defer checkpoint.Close()
	root := must(checkpoint.Root())(t)
	if lr := must(must(root.At("optimizer.param_groups.0.lr"))(t).Float())(t); lr != 1e-3 {
		t.Error(lr)
	}
	weights := must(checkpoint.StateDict("model"))(t)
	defer weights.Close()
	wanted := "0.weight 0.bias 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked"
	if names := strings.Join(weights.Names(), " "); names != wanted {
		t.Error(names)
	}
	again := path + ".again"
	if err := checkpoint.Set("loss", 0.25); err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Save(again); err != nil {
		t.Fatal(err)
	}
	runPython(t, `
import sys, torch
old, new = torch.load(sys.argv[1][:-len(".again")]), torch.load(sys.argv[1])
model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
model.load_state_dict(new["model"])
optimizer = torch.optim.AdamW(model.parameters())
optimizer.load_state_dict(new["optimizer"])
assert new["loss"] == 0.25 and list(new) == list(old)
assert all(torch.equal(old["model"][name], new["model"][name]) for name in old["model"])
assert old["model"]._metadata == new["model"]._metadata
assert torch.equal(old["optimizer"]["state"][0]["exp_avg"], new["optimizer"]["state"][0]["exp_avg"])
`, again)
}
