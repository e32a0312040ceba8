// SPDX-License-Identifier: MIT

// serve answers HTTP requests with the predictions of a checkpoint that it loads at start.
//
//	serve ckpt.pt model_state_dict &
//	curl localhost:8080/weights
//	curl localhost:8080/predict -d '{"input": [0.5, 1, -1]}'
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: serve FILE [KEY]")
	}
	key := ""
	if len(os.Args) > 2 {
		key = os.Args[2]
	}
	m, err := load(os.Args[1], key)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", m.handler()))
}

type weight struct {
	Name  string  `json:"name"`
	DType string  `json:"dtype"`
	Shape []int64 `json:"shape"`
}

func (m *model) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/weights", func(w http.ResponseWriter, r *http.Request) {
		list := []weight{}
		for it := m.weights.Iterator(); it.Next(); {
			list = append(list, weight{it.Name(), it.Tensor().DType().String(), it.Tensor().Shape()})
		}
		answer(w, list)
	})
	mux.HandleFunc("/predict", func(w http.ResponseWriter, r *http.Request) {
		var question struct{ Input []float32 }
		if err := json.NewDecoder(r.Body).Decode(&question); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		output, err := m.forward(question.Input)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, map[string]any{"output": output})
	})
	return mux
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}
