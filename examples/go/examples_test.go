// SPDX-License-Identifier: MIT

package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weightport/weightport/bindings/go"
)

const data = "../../tests/data/"

// run builds and runs one of the examples.
func run(t *testing.T, arguments ...string) (string, error) {
	t.Helper()
	out, err := exec.Command("go", append([]string{"run"}, arguments...)...).CombinedOutput()
	return string(out), err
}

func TestReadWeights(t *testing.T) {
	out, err := run(t, "./read_weights", data+"checkpoint.tar")
	if err != nil || !strings.Contains(out, "fc.weight: float32 [3 8] begins with 0.12841664\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheREADMEShowsReadWeights(t *testing.T) {
	program, err := os.ReadFile("read_weights/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../bindings/go/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(program), "// read_weights prints the dtype, shape and first number of every tensor of a state_dict.\n")
	if code == "" || !strings.Contains(string(readme), "```go\n"+code+"```") {
		t.Error("bindings/go/README.md does not show read_weights/main.go as it is")
	}
}

func TestSetEpoch(t *testing.T) {
	again := filepath.Join(t.TempDir(), "again.tar")
	out, err := run(t, "./set_epoch", data+"checkpoint.tar", again)
	if err != nil || !strings.Contains(out, "fc.weight float32 [3 8]\n") {
		t.Errorf("%v\n%s", err, out)
	}
	ckpt, err := weightport.Open(again)
	if err != nil {
		t.Fatal(err)
	}
	defer ckpt.Close()
	root, err := ckpt.Root()
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := root.At("epoch")
	if err != nil {
		t.Fatal(err)
	}
	if number, err := epoch.Int(); err != nil || number != 100 {
		t.Error(number, err)
	}
}

func TestConvert(t *testing.T) {
	to := filepath.Join(t.TempDir(), "model.safetensors")
	if out, err := run(t, "./convert", data+"state_dict.pt", to); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if content, err := os.ReadFile(to); err != nil || !strings.Contains(string(content), `"fc.weight"`) {
		t.Error(err)
	}
	out, err := run(t, "./convert", data+"values.pt", to)
	if err == nil || !strings.Contains(out, "Only .pt and .pth") {
		t.Errorf("%v\n%s", err, out)
	}
}
