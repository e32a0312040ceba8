// SPDX-License-Identifier: MIT

package weightport

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

const data = "../../tests/data/"

var background = context.Background()

// TestMain fails if any reference is still held in C when all tests are over and the collector has run.
func TestMain(m *testing.M) {
	status := m.Run()
	if n := collect(0); n != 0 {
		fmt.Fprintf(os.Stderr, "%d references were never given up\n", n)
		status = 1
	}
	os.Exit(status)
}

// collect runs the collector until no more references than wanted are held; it returns how many there are in the end.
func collect(wanted int64) int64 {
	for i := 0; i < 1000 && live.Load() > wanted; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	return live.Load()
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

// collecting fails the test if the collector does not find what it leaves open.
func collecting(t *testing.T) {
	t.Helper()
	before := live.Load()
	t.Cleanup(func() {
		if n := collect(before) - before; n != 0 {
			t.Errorf("%d objects were not collected", n)
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

func opened(t testing.TB, path string) *Checkpoint {
	t.Helper()
	checkpoint := must(Open(path))(t)
	t.Cleanup(func() { checkpoint.Close() })
	return checkpoint
}

func weightsOf(t testing.TB, checkpoint *Checkpoint, key string) *StateDict {
	t.Helper()
	weights := must(checkpoint.StateDict(key))(t)
	t.Cleanup(func() { weights.Close() })
	return weights
}

func temporary(t testing.TB, name string) string { return filepath.Join(t.TempDir(), name) }
