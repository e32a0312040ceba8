// SPDX-License-Identifier: MIT

// serve_model answers HTTP requests with what a TorchScript model predicts, and takes up a new file of it while it runs.
//
//	serve_model model.ts &
//	curl localhost:8080/predict -d '{"input": [0.5, 1, -1]}'
//	mv newer.ts model.ts && curl -X POST localhost:8080/reload
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: serve_model FILE")
	}
	s := &service{path: os.Args[1]}
	if err := s.reload(); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", s.handler()))
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/predict", func(w http.ResponseWriter, r *http.Request) {
		var question struct{ Input []float32 }
		err := json.NewDecoder(r.Body).Decode(&question)
		var output []float32
		if err == nil {
			output, err = s.predict(question.Input)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{"output": output}); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("/reload", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "POST it", http.StatusMethodNotAllowed)
		} else if err := s.reload(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}
