// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/weightport/weightport/bindings/go"
)

// layer is y = W x + b over the file's own memory: its views are valid until they are closed.
type layer struct {
	weight, bias weightport.View[float32]
	inputs       int
}

// model is a torch.nn.Sequential of Linear layers with a ReLU between them.
type model struct {
	weights *weightport.StateDict
	layers  []layer
}

// load takes the "*.weight" and "*.bias" pairs of the state_dict under a key, "" for the only one, in their order.
func load(path, key string) (*model, error) {
	checkpoint, err := weightport.Open(path)
	if err != nil {
		return nil, err
	}
	defer checkpoint.Close()
	weights, err := checkpoint.StateDict(key)
	if err != nil {
		return nil, err
	}
	m := &model{weights: weights}
	for _, name := range weights.Names() {
		if !strings.HasSuffix(name, ".weight") {
			continue
		}
		l, err := newLayer(weights, strings.TrimSuffix(name, ".weight"))
		m.layers = append(m.layers, l)
		if err != nil {
			m.close()
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(m.layers) == 0 {
		m.close()
		return nil, errors.New("there is no layer in the state_dict")
	}
	return m, nil
}

// close gives the file up. Nobody may use the model any more.
func (m *model) close() {
	for _, l := range m.layers {
		l.weight.Close()
		l.bias.Close()
	}
	m.weights.Close()
}

func newLayer(weights *weightport.StateDict, name string) (l layer, err error) {
	if l.weight, err = view(weights, name+".weight"); err != nil {
		return l, err
	}
	if l.bias, err = view(weights, name+".bias"); err != nil {
		return l, err
	}
	shape := l.weight.Tensor.Shape()
	if len(shape) != 2 || shape[0] != int64(len(l.bias.Data)) {
		return l, fmt.Errorf("not the weight of a Linear: %v", shape)
	}
	l.inputs = int(shape[1])
	return l, nil
}

func view(weights *weightport.StateDict, name string) (weightport.View[float32], error) {
	tensor, err := weights.Tensor(name)
	if err != nil {
		return weightport.View[float32]{}, err
	}
	defer tensor.Close()
	return weightport.NewView[float32](tensor)
}

// forward may run in many goroutines at once.
func (m *model) forward(x []float32) ([]float32, error) {
	for i, l := range m.layers {
		if len(x) != l.inputs {
			return nil, fmt.Errorf("%d numbers, and the layer takes %d", len(x), l.inputs)
		}
		y := append([]float32{}, l.bias.Data...)
		for row := range y {
			for column, w := range l.weight.Data[row*l.inputs : (row+1)*l.inputs] {
				y[row] += w * x[column]
			}
			if i+1 < len(m.layers) && y[row] < 0 {
				y[row] = 0
			}
		}
		x = y
	}
	return x, nil
}
