// SPDX-License-Identifier: MIT

package weightport

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

const data = "../../tests/data/"

// TestMain fails if any reference is still held in C when all tests are over and the collector has run.
func TestMain(m *testing.M) {
	status := m.Run()
	for i := 0; i < 1000 && live.Load() != 0; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	if n := live.Load(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d references were never given up\n", n)
		status = 1
	}
	os.Exit(status)
}

// closing fails the test if it leaves an object open: what it made, it closes.
func closing(t *testing.T) {
	t.Helper()
	before := live.Load()
	t.Cleanup(func() {
		if n := live.Load() - before; n != 0 {
			t.Errorf("%d objects were left open", n)
		}
	})
}

func must[T any](t testing.TB, result T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func opened(t testing.TB, path string) *Checkpoint {
	t.Helper()
	checkpoint, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checkpoint.Close() })
	return checkpoint
}

func weightsOf(t testing.TB, checkpoint *Checkpoint, key string) *StateDict {
	t.Helper()
	weights, err := checkpoint.StateDict(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { weights.Close() })
	return weights
}

func temporary(t testing.TB, name string) string { return filepath.Join(t.TempDir(), name) }
