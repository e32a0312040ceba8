// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

func TestTheCauseIsFoundThroughOtherObjects(t *testing.T) {
	closing(t)
	content := must(os.ReadFile(data + "checkpoint.tar"))(t)
	failing := &reader{Reader: bytes.NewReader(content)}
	checkpoint := must(OpenReader(background, failing, int64(len(content)), OpenOptions{}))(t)
	defer checkpoint.Close()
	sound := must(OpenReader(background, &reader{Reader: bytes.NewReader(content)}, int64(len(content)), OpenOptions{}))(t)
	defer sound.Close()
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	defer weights.Close()
	tensor := must(weights.Tensor("fc.weight"))(t)
	defer tensor.Close()
	failure := errors.New("the cable was pulled")
	failing.failAt, failing.failure = 1, failure

	other := must(NewCheckpoint())(t)
	defer other.Close()
	if err := other.Set("weight", tensor); err != nil {
		t.Fatal(err)
	}
	value := must(NewValue([]any{tensor}))(t)
	defer value.Close()
	item := must(must(value.Item(0))(t).Tensor())(t)
	defer item.Close()
	fresh := must(NewStateDict())(t)
	defer fresh.Close()
	if err := fresh.Set("weight", tensor); err != nil {
		t.Fatal(err)
	}
	member := must(fresh.Tensor("weight"))(t)
	defer member.Close()
	for name, err := range map[string]error{
		"saved in another checkpoint": other.Save(temporary(t, "a.pt")),
		"written":                     other.SaveWriter(background, &bytes.Buffer{}, SaveOptions{}),
		"second of Diff":              second(Diff(background, sound, checkpoint, DiffOptions{})),
		"first of Diff":               second(Diff(background, checkpoint, sound, DiffOptions{})),
		"through a value":             second(Data[float32](item)),
		"through a state_dict":        second(Copy[float64](member)),
		"view":                        second(NewView[float32](item)),
	} {
		if !errors.Is(err, ErrCallback) || !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLatestCausesAreKeptAndGivenOnce(t *testing.T) {
	all := causes{last: math.MaxInt32 - 100}
	var numbers []int32
	for i := 0; i < 200; i++ {
		number := all.keep(fmt.Errorf("failure %d", i))
		if number <= 0 {
			t.Fatal(number)
		}
		numbers = append(numbers, number)
	}
	for i, number := range numbers {
		cause := all.take(number)
		if kept := i >= 200-len(all.latest); kept != (cause != nil) || kept && cause.Error() != fmt.Sprintf("failure %d", i) {
			t.Errorf("%d, number %d: %v", i, number, cause)
		}
		if all.take(number) != nil {
			t.Errorf("%d twice", i)
		}
	}
	for _, none := range []int32{0, -1, math.MinInt32, math.MaxInt32} {
		if cause := all.take(none); cause != nil {
			t.Errorf("%d: %v", none, cause)
		}
	}
}

func TestGoexitInACallbackEndsTheProgramWithAWord(t *testing.T) {
	const child = "WEIGHTPORT_GOEXIT"
	if os.Getenv(child) != "" {
		checkpoint := opened(t, data+"checkpoint.tar")
		_ = checkpoint.SaveWriter(background, exiting{}, SaveOptions{})
		return
	}
	program := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	program.Env = append(os.Environ(), child+"=1")
	out, err := program.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("runtime.Goexit")) || bytes.Contains(out, []byte("terminate called")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// exiting is a writer that ends its goroutine.
type exiting struct{}

func (exiting) Write([]byte) (int, error) {
	runtime.Goexit()
	return 0, nil
}
