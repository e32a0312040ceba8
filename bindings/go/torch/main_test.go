// SPDX-License-Identifier: MIT

package torch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/internal/bridge"
)

// TestMain fails if any reference is still held in C when all tests are over and the collector has run.
func TestMain(m *testing.M) {
	status := m.Run()
	for i := 0; i < 1000 && bridge.Live() != 0; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if n := bridge.Live(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d references were never given up\n", n)
		status = 1
	}
	os.Exit(status)
}

// closing fails the test if it leaves an object open: what it made, it closes.
func closing(t *testing.T) {
	t.Helper()
	before := bridge.Live()
	t.Cleanup(func() {
		if n := bridge.Live() - before; n != 0 {
			t.Errorf("%d objects were left open", n)
		}
	})
}

// must(f())(t) is what f returned, unless that was an error.
func must[T any](result T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

func second[T any](_ T, err error) error { return err }

func numbers(t *testing.T, tensor *weightport.Tensor) []float64 {
	t.Helper()
	return must(weightport.Copy[float64](tensor))(t)
}

// Debian's Python has Debian's torch; another python3 may come first in PATH.
const python = "/usr/bin/python3"

// runPython runs a script with a folder in sys.argv[1].
func runPython(t *testing.T, script, folder string) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short leaves Python out")
	}
	// TorchScript reads the source of a class from its file.
	file := filepath.Join(t.TempDir(), "script.py")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-B", "-W", "ignore", file, folder).CombinedOutput()
	if strings.Contains(string(out), "No module named 'torch'") || errors.Is(err, fs.ErrNotExist) {
		t.Skipf("skipped: no torch in %s", python)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
