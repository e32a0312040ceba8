// SPDX-License-Identifier: MIT

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Two epochs in Python are one in Python and one in Go.
const before = `
import sys, torch
folder = sys.argv[1]
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
x, y = torch.randn(5, 8, 4), torch.randint(3, (5, 8))
torch.jit.script(net).save(folder + "/model.ts")
torch.save({"x": x, "y": y}, folder + "/data.pt")
for epoch in range(2):
    for i in range(5):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[i]), y[i]).backward()
        optimizer.step()
    torch.save({"epoch": epoch, "model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict()},
               folder + "/epoch%d.tar" % epoch)
`

const after = `
import sys, torch
ours, theirs = (torch.load(sys.argv[1] + name) for name in ("/out.tar", "/epoch1.tar"))
for name, tensor in theirs["model_state_dict"].items():
    assert torch.allclose(ours["model_state_dict"][name], tensor, atol=1e-5), name
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.AdamW(net.parameters())
optimizer.load_state_dict(ours["optimizer_state_dict"])
assert optimizer.state_dict()["param_groups"] == theirs["optimizer_state_dict"]["param_groups"]
assert ours["epoch"] == 0
`

func python(t *testing.T, script, folder string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/usr/bin/python3", "-B", "-W", "ignore", file, folder).CombinedOutput()
	if strings.Contains(string(out), "No module named 'torch'") {
		t.Skip("skipped: no torch in /usr/bin/python3")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestResume(t *testing.T) {
	folder := t.TempDir()
	python(t, before, folder)
	err := resume(folder+"/model.ts", folder+"/epoch0.tar", folder+"/data.pt", folder+"/out.tar")
	if err != nil {
		t.Fatal(err)
	}
	python(t, after, folder)
}
