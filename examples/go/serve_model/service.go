// SPDX-License-Identifier: MIT

package main

import (
	"sync"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/torch"
)

// service is the model of a file, in eval mode, in which any number of goroutines may run it.
type service struct {
	path  string
	mutex sync.RWMutex // of the pointer, and read-locked while the model runs
	model *torch.Model
}

// reload takes up what is in the file now. Requests go on with the old model meanwhile, and also where this fails.
func (s *service) reload() error {
	model, err := torch.Load(s.path)
	if err != nil {
		return err
	}
	if err := model.Eval(); err != nil {
		model.Close()
		return err
	}
	s.mutex.Lock()
	old := s.model
	s.model = model
	s.mutex.Unlock()
	if old != nil {
		old.Close()
	}
	return nil
}

// predict runs the model on one row. Nothing is recorded for gradients, which would cost time and memory.
func (s *service) predict(row []float32) (output []float32, err error) {
	x, err := weightport.NewTensor(row, 1, int64(len(row)))
	if err != nil {
		return nil, err
	}
	defer x.Close()
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	err = torch.NoGrad(func() error {
		y, err := s.model.ForwardTensor(x)
		if err != nil {
			return err
		}
		defer y.Close()
		output, err = weightport.Copy[float32](y)
		return err
	})
	return output, err
}
