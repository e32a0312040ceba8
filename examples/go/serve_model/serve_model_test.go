// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// PyTorch makes two models that are in train mode, where dropout is, and says what they predict in eval mode.
const script = `
import json, sys, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Dropout(0.9), torch.nn.Linear(8, 2))
    def forward(self, x):
        return self.net(x)
torch.manual_seed(0)
outputs = []
for name in ("model.ts", "newer.ts"):
    model = Net()
    torch.jit.script(model).save(sys.argv[1] + "/" + name)
    outputs.append(model.eval()(torch.tensor([[0.5, 1, -1]]))[0].tolist())
print(json.dumps(outputs))
`

func predictions(t *testing.T, folder string) (wanted [][]float32) {
	t.Helper()
	// TorchScript reads the source of a class from its file.
	file := filepath.Join(folder, "script.py")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/usr/bin/python3", "-B", "-W", "ignore", file, folder).Output()
	if failure, ok := err.(*exec.ExitError); ok && strings.Contains(string(failure.Stderr), "No module named 'torch'") {
		t.Skip("skipped: no torch in /usr/bin/python3")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &wanted); err != nil {
		t.Fatal(err)
	}
	return wanted
}

func post(url, body string) (int, string, error) {
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// predicts is which of the outputs a service gives, by number.
func predicts(url string, wanted [][]float32) (int, error) {
	status, body, err := post(url+"/predict", `{"input": [0.5, 1, -1]}`)
	if err != nil {
		return 0, err
	}
	var got struct{ Output []float32 }
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
		return 0, fmt.Errorf("%d: %s", status, body)
	}
	for i, outputs := range wanted {
		equal := len(got.Output) == len(outputs)
		for j := 0; equal && j < len(outputs); j++ {
			equal = math.Abs(float64(got.Output[j]-outputs[j])) < 1e-6
		}
		if equal {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%v is none of %v", got.Output, wanted)
}

func TestAModelIsServedAndReplacedMeanwhile(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short leaves Python out")
	}
	folder := t.TempDir()
	wanted := predictions(t, folder)
	s := &service{path: folder + "/model.ts"}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	defer func() { s.model.Close() }()
	server := httptest.NewServer(s.handler())
	defer server.Close()

	if which, err := predicts(server.URL, wanted); err != nil || which != 0 {
		t.Fatal(which, err)
	}
	var clients sync.WaitGroup
	for client := 0; client < 4; client++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			for i := 0; i < 50; i++ {
				if _, err := predicts(server.URL, wanted); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	if err := os.Rename(folder+"/newer.ts", folder+"/model.ts"); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 5; i++ {
		if status, body, err := post(server.URL+"/reload", ""); err != nil || status != http.StatusOK {
			t.Fatal(status, body, err)
		}
	}
	clients.Wait()
	if which, err := predicts(server.URL, wanted); err != nil || which != 1 {
		t.Error(which, err)
	}

	if err := os.WriteFile(folder+"/model.ts", []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, body, err := post(server.URL+"/reload", ""); err != nil || status != http.StatusInternalServerError {
		t.Error(status, body, err)
	}
	if status, body, err := post(server.URL+"/predict", `{"input": [1]}`); err != nil || status != http.StatusBadRequest {
		t.Error(status, body, err)
	}
	if which, err := predicts(server.URL, wanted); err != nil || which != 1 {
		t.Error("after a reload that failed:", which, err)
	}
}
