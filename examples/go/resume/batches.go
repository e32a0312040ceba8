// SPDX-License-Identifier: MIT

package main

import "github.com/weightport/weightport/bindings/go"

// batches are the first dimensions of two tensors.
type batches struct{ x, y *weightport.Tensor }

func openBatches(path string) (*batches, error) {
	data, err := weightport.Open(path)
	if err != nil {
		return nil, err
	}
	defer data.Close()
	root, err := data.Root()
	if err != nil {
		return nil, err
	}
	b := &batches{}
	for name, tensor := range map[string]**weightport.Tensor{"x": &b.x, "y": &b.y} {
		found, err := root.Find(name)
		if err != nil {
			return nil, err
		}
		if *tensor, err = found.Tensor(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *batches) Close() {
	b.x.Close()
	b.y.Close()
}

func (b *batches) at(i int64) (x, y *weightport.Tensor, err error) {
	if x, err = row(b.x, i); err != nil {
		return nil, nil, err
	}
	if y, err = row(b.y, i); err != nil {
		x.Close()
		return nil, nil, err
	}
	return x, y, nil
}

// row is t[i], a view.
func row(t *weightport.Tensor, i int64) (*weightport.Tensor, error) {
	return t.View(t.StorageOffset()+i*t.Strides()[0], t.Shape()[1:], t.Strides()[1:])
}
