// SPDX-License-Identifier: MIT

package torch

import (
	"github.com/weightport/weightport/bindings/go/internal/bridge"
	"github.com/weightport/weightport/bindings/go/internal/raw"
	"github.com/weightport/weightport/bindings/go/internal/rawtorch"
)

// Version is that of libtorch: "1.13.1".
func Version() string { return raw.Text(rawtorch.Wp_torch_version()) }

// DeviceAvailable is whether tensors and models can be on a device: "cpu", "cuda", "cuda:1".
func DeviceAvailable(device string) bool {
	name, err := bridge.Text(device)
	return err == nil && rawtorch.Wp_torch_device_available(name)
}

// ManualSeed is torch.manual_seed(): for initial weights, dropout and the like.
func ManualSeed(seed uint64) error { return bridge.Check(rawtorch.Wp_torch_manual_seed(seed)) }

// NumThreads is how many threads one operation may use.
func NumThreads() int { return rawtorch.Wp_torch_num_threads() }

// SetNumThreads is torch.set_num_threads().
func SetNumThreads(count int) error {
	return bridge.Check(rawtorch.Wp_torch_set_num_threads(count))
}

// LoadPlugin loads a shared library whose models register themselves. It runs its code: load only what you trust.
func LoadPlugin(path string) error {
	name, err := bridge.Text(path)
	if err != nil {
		return err
	}
	return bridge.Check(rawtorch.Wp_torch_load_plugin(name))
}
