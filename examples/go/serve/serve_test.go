// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// PyTorch makes the checkpoint, and says what it predicts.
const script = `
import json, sys, torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
torch.save({"model_state_dict": model.state_dict(), "epoch": 3}, sys.argv[1])
print(json.dumps(model(torch.tensor([0.5, 1, -1])).tolist()))
`

func request(t *testing.T, url, body string) (int, string) {
	t.Helper()
	response, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short leaves Python out")
	}
	path := filepath.Join(t.TempDir(), "ckpt.pt")
	out, err := exec.Command("/usr/bin/python3", "-c", script, path).Output()
	if failure, ok := err.(*exec.ExitError); ok && strings.Contains(string(failure.Stderr), "No module named 'torch'") {
		t.Skip("skipped: no torch in /usr/bin/python3")
	}
	if err != nil {
		t.Fatal(err)
	}
	var wanted []float32
	if err := json.Unmarshal(out, &wanted); err != nil {
		t.Fatal(err)
	}
	m, err := load(path, "model_state_dict")
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	server := httptest.NewServer(m.handler())
	defer server.Close()
	for i := 0; i < 100; i++ {
		runtime.GC()
		status, body := request(t, server.URL+"/predict", `{"input": [0.5, 1, -1]}`)
		var got struct{ Output []float32 }
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK || len(got.Output) != len(wanted) {
			t.Fatal(status, body, err)
		}
		for j := range wanted {
			if math.Abs(float64(got.Output[j]-wanted[j])) > 1e-6 {
				t.Fatal(got.Output, wanted)
			}
		}
	}
	if status, body := request(t, server.URL+"/weights", ""); !strings.Contains(body, `{"name":"2.bias","dtype":"float32","shape":[2]}`) {
		t.Error(status, body)
	}
	for _, wrong := range []string{`{"input": [1]}`, `no JSON`} {
		if status, body := request(t, server.URL+"/predict", wrong); status != http.StatusBadRequest {
			t.Error(status, body)
		}
	}
}
