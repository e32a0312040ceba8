// SPDX-License-Identifier: MIT

package weightport

import (
	"os"
	"strconv"
	"testing"

	"github.com/weightport/weightport/bindings/go/internal/loop"
)

// many is the path of a torch zip with 20,000 tensors.
func many(b *testing.B) string {
	if path := os.Getenv("WEIGHTPORT_BENCH_FILE"); path != "" {
		return path
	}
	weights := must(NewStateDict())(b)
	defer weights.Close()
	tensor := must(Zeros(DTypeFloat32, 32, 32))(b)
	defer tensor.Close()
	for i := 0; i < 20000; i++ {
		if err := weights.Set("layers."+strconv.Itoa(i/10)+".block."+strconv.Itoa(i%10)+".weight", tensor); err != nil {
			b.Fatal(err)
		}
	}
	checkpoint := must(NewCheckpoint())(b)
	defer checkpoint.Close()
	path := temporary(b, "many.pt")
	if err := checkpoint.SetStateDict("", weights); err != nil {
		b.Fatal(err)
	}
	if err := checkpoint.Save(path); err != nil {
		b.Fatal(err)
	}
	return path
}

const name = "layers.1234.block.5.weight"

func BenchmarkLookup(b *testing.B) {
	weights := weightsOf(b, opened(b, many(b)), "")
	b.Run("C", func(b *testing.B) {
		if loop.Lookups(weights.address, name, b.N) != b.N {
			b.Error("not found")
		}
	})
	b.Run("Go", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i++ {
			tensor, err := weights.Tensor(name)
			if err != nil {
				b.Fatal(err)
			}
			tensor.Close()
		}
	})
	b.Run("Go, closed by the collector", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			if _, err := weights.Tensor(name); err != nil {
				b.Fatal(err)
			}
		}
	})
	names := weights.Names()
	b.Run("Go, each of 20000 for the first time", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			if i%len(names) == 0 {
				weights.mutex.Lock()
				weights.forget()
				weights.mutex.Unlock()
			}
			tensor, err := weights.Tensor(names[i%len(names)])
			if err != nil {
				b.Fatal(err)
			}
			tensor.Close()
		}
	})
}

func BenchmarkView(b *testing.B) {
	weights := weightsOf(b, opened(b, many(b)), "")
	tensor := must(weights.Tensor(name))(b)
	defer tensor.Close()
	b.Run("C", func(b *testing.B) {
		if loop.Views(tensor.core.address, b.N) != b.N {
			b.Error("no bytes")
		}
	})
	b.Run("Go", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; i < b.N; i++ {
			if data, err := Data[float32](tensor); err != nil || len(data) != 1024 {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen opens the file with 20,000 tensors and reads one number of each.
func BenchmarkOpen(b *testing.B) {
	path := many(b)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		checkpoint := must(Open(path))(b)
		weights := must(checkpoint.StateDict(""))(b)
		var sum float32
		for it := weights.Iterator(); it.Next(); {
			data, err := Data[float32](it.Tensor())
			if err != nil {
				b.Fatal(err)
			}
			sum += data[0]
		}
		weights.Close()
		checkpoint.Close()
	}
}
