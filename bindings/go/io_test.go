// SPDX-License-Identifier: MIT

package weightport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/weightport/weightport/bindings/go/internal/raw"
)

func TestEveryFormatIsSavedAndConverted(t *testing.T) {
	closing(t)
	original := must(Open(data + "state_dict.pt"))(t)
	defer original.Close()
	folder := t.TempDir()
	for name, format := range map[string]Format{
		"a.pt": FormatTorchZip, "a.pth": FormatTorchLegacy, "a.safetensors": FormatSafetensors,
		"a.safetensors.index.json": FormatSafetensorsIndex, "a.bin.index.json": FormatTorchIndex,
	} {
		path := filepath.Join(folder, name)
		if err := original.SaveContext(background, path, SaveOptions{Format: format, NotDurable: true}); err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(folder, "again_"+name)
		if err := Convert(background, path, again, SaveOptions{Format: format, Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if info := must(os.Stat(again))(t); info.Mode().Perm() != 0o600 {
			t.Error(info.Mode())
		}
		checkpoint := must(Open(again))(t)
		if checkpoint.Format() != format {
			t.Errorf("%v is %v", format, checkpoint.Format())
		}
		if findings := must(checkpoint.Verify(background, VerifyOptions{}))(t); len(findings) != 0 {
			t.Error(findings)
		}
		before, after := must(original.StateDict(""))(t), must(checkpoint.StateDict(""))(t)
		before.All(func(name string, tensor *Tensor) bool {
			other := must(after.Tensor(name))(t)
			defer other.Close()
			if checksum(tensor) != checksum(other) || tensor.DType() != other.DType() {
				t.Errorf("%v: %s differs", format, name)
			}
			return true
		})
		if before.Len() == 0 || before.Len() != after.Len() {
			t.Error(before.Len(), after.Len())
		}
		before.Close()
		after.Close()
		checkpoint.Close()
	}
	if err := original.Save(filepath.Join(folder, "missing", "a.pt")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(folder, "missing")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestVerifyAndDiffFindWhatIsWrong(t *testing.T) {
	closing(t)
	path := temporary(t, "a.pt")
	weights := must(NewStateDict())(t)
	defer weights.Close()
	for name, number := range map[string]float32{"a": 1, "b": 2} {
		tensor := must(NewTensor([]float32{number}))(t)
		if err := weights.Set(name, tensor); err != nil {
			t.Fatal(err)
		}
		tensor.Close()
	}
	save := func(path string) {
		checkpoint := must(NewCheckpoint())(t)
		defer checkpoint.Close()
		if err := checkpoint.SetStateDict("", weights); err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	save(path)
	changed := must(NewTensor([]float32{2.25}))(t)
	defer changed.Close()
	if err := weights.Set("b", changed); err != nil {
		t.Fatal(err)
	}
	if err := weights.Rename("a", "c"); err != nil {
		t.Fatal(err)
	}
	save(path + "2")
	first, other := must(Open(path))(t), must(Open(path+"2"))(t)
	defer first.Close()
	defer other.Close()
	found := map[string]FindingKind{}
	for _, finding := range must(Diff(background, first, other, DiffOptions{}))(t) {
		found[finding.Key] = finding.Kind
		if finding.Key == "b" && finding.Difference != 0.25 {
			t.Error(finding)
		}
	}
	if len(found) != 3 || found["a"] != FindingMissing || found["b"] != FindingChanged || found["c"] != FindingAdded {
		t.Error(found)
	}
	if found := must(Diff(background, first, other, DiffOptions{ATol: 0.5}))(t); len(found) != 2 {
		t.Error(found)
	}

	content := must(os.ReadFile(path))(t)
	place := bytes.Index(content, []byte{0, 0, 0x80, 0x3f})
	content[place] ^= 1
	broken := must(OpenReader(background, bytes.NewReader(content), int64(len(content)), OpenOptions{}))(t)
	defer broken.Close()
	findings := must(broken.Verify(background, VerifyOptions{}))(t)
	if len(findings) != 1 || findings[0].Kind != FindingCorrupt || findings[0].Message == "" {
		t.Error(findings)
	}
	checking := OpenOptions{VerifyChecksums: true}
	if _, err := OpenReader(background, bytes.NewReader(content), int64(len(content)), checking); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestMetadata(t *testing.T) {
	closing(t)
	checkpoint := must(NewCheckpoint())(t)
	defer checkpoint.Close()
	for _, err := range []error{
		checkpoint.SetMetadata("format", "pt"), checkpoint.SetMetadata("gone", ""), checkpoint.RemoveMetadata("gone"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	path := temporary(t, "a.safetensors")
	if err := checkpoint.Save(path); err != nil {
		t.Fatal(err)
	}
	again := must(Open(path))(t)
	defer again.Close()
	if texts := must(again.Metadata())(t); len(texts) != 1 || texts["format"] != "pt" {
		t.Error(texts)
	}
}

// reader counts what is open, and fails or panics from a call on.
type reader struct {
	*bytes.Reader
	calls, closed atomic.Int64
	failAt        int64
	failure       error
	panics        bool
}

func (r *reader) ReadAt(p []byte, offset int64) (int, error) {
	if n := r.calls.Add(1); r.failAt != 0 && n >= r.failAt {
		if r.panics {
			panic(r.failure)
		}
		return 0, r.failure
	}
	return r.Reader.ReadAt(p, offset)
}

func (r *reader) Close() error {
	r.closed.Add(1)
	return nil
}

func TestAReaderIsASource(t *testing.T) {
	closing(t)
	content := must(os.ReadFile(data + "checkpoint.tar"))(t)
	source := &reader{Reader: bytes.NewReader(content)}
	checkpoint := must(OpenReader(background, source, int64(len(content)), OpenOptions{}))(t)
	weights := must(checkpoint.StateDict("model_state_dict"))(t)
	tensor := must(weights.Tensor("fc.weight"))(t)
	checkpoint.Close()
	weights.Close()
	if source.closed.Load() != 0 {
		t.Error("closed although a tensor needs it")
	}
	direct := must(Open(data + "checkpoint.tar"))(t)
	defer direct.Close()
	same := must(must(must(direct.Root())(t).At("model_state_dict.fc.weight"))(t).Tensor())(t)
	defer same.Close()
	if checksum(tensor) != checksum(same) {
		t.Error("other numbers")
	}
	tensor.Close()
	if n := source.closed.Load(); n != 1 {
		t.Errorf("closed %d times", n)
	}
}

func TestWhatAReaderFailsWithComesBack(t *testing.T) {
	closing(t)
	content := must(os.ReadFile(data + "checkpoint.tar"))(t)
	failure := errors.New("the cable was pulled")
	for _, panics := range []bool{false, true} {
		source := &reader{Reader: bytes.NewReader(content), failAt: 1, failure: failure, panics: panics}
		_, err := OpenReader(background, source, int64(len(content)), OpenOptions{Name: "cable"})
		isFailure(t, err, failure, panics)
		if n := source.closed.Load(); n != 1 {
			t.Errorf("closed %d times", n)
		}

		source = &reader{Reader: bytes.NewReader(content)}
		checkpoint := must(OpenReader(background, source, int64(len(content)), OpenOptions{}))(t)
		weights := must(checkpoint.StateDict("model_state_dict"))(t)
		tensor := must(weights.Tensor("fc.weight"))(t)
		source.failAt, source.failure, source.panics = 1, failure, panics
		_, err = Data[float32](tensor)
		isFailure(t, err, failure, panics)
		isFailure(t, checkpoint.Save(temporary(t, "a.pt")), failure, panics)
		for _, object := range []io.Closer{tensor, weights, checkpoint} {
			object.Close()
		}
	}
	for _, short := range []io.ReaderAt{bytes.NewReader(content[:100]), lazy{bytes.NewReader(content)}} {
		_, err := OpenReader(background, short, int64(len(content)), OpenOptions{})
		if !errors.Is(err, ErrCallback) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(err)
		}
	}
}

// lazy reads less than it is asked for, and breaks its contract: it says nothing of it.
type lazy struct{ io.ReaderAt }

func (l lazy) ReadAt(p []byte, offset int64) (int, error) {
	return l.ReaderAt.ReadAt(p[:len(p)/2], offset)
}

func TestAReaderIsClosedWhereOpeningDoesNotBegin(t *testing.T) {
	closing(t)
	content := must(os.ReadFile(data + "checkpoint.tar"))(t)
	done, cancel := context.WithCancel(background)
	cancel()
	size := int64(len(content))
	for name, c := range map[string]struct {
		ctx    context.Context
		size   int64
		reader string
		code   Code
	}{
		"done":          {done, size, "", ErrCancelled},
		"NUL":           {background, size, "a\x00b", ErrInvalidArgument},
		"negative size": {background, -1, "", ErrInvalidArgument},
		"no checkpoint": {background, 3, "", ErrUnsupported},
	} {
		source := &reader{Reader: bytes.NewReader(content)}
		_, err := OpenReader(c.ctx, source, c.size, OpenOptions{Name: c.reader})
		if !errors.Is(err, c.code) || source.closed.Load() != 1 {
			t.Errorf("%s: %v, closed %d times", name, err, source.closed.Load())
		}
	}
}

func isFailure(t *testing.T, err, failure error, panicked bool) {
	t.Helper()
	if !errors.Is(err, ErrCallback) || panicked == errors.Is(err, failure) ||
		!bytes.Contains([]byte(err.Error()), []byte(failure.Error())) {
		t.Error(err)
	}
}

// writer fails once it has taken so many bytes.
type writer struct {
	bytes.Buffer
	failAt int
	err    error
}

func (w *writer) Write(p []byte) (int, error) {
	if w.Len()+len(p) > w.failAt {
		if w.err == nil {
			panic("no more")
		}
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func TestAWriterIsASink(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	var file bytes.Buffer
	if n := must(checkpoint.WriteTo(&file))(t); n != int64(file.Len()) || n == 0 {
		t.Error(n)
	}
	again := must(OpenReader(background, bytes.NewReader(file.Bytes()), int64(file.Len()), OpenOptions{Memory: MemoryRead}))(t)
	defer again.Close()
	if findings := must(Diff(background, checkpoint, again, DiffOptions{}))(t); len(findings) != 0 {
		t.Error(findings)
	}
	failure := errors.New("disk full")
	isFailure(t, checkpoint.SaveWriter(background, &writer{failAt: 100, err: failure}, SaveOptions{}), failure, false)
	isFailure(t, checkpoint.SaveWriter(background, &writer{failAt: 100}, SaveOptions{}), errors.New("no more"), true)
}

func TestProgressIsTold(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	var last, all uint64
	progress := func(done, total uint64) error {
		last, all = done, total
		return nil
	}
	if err := checkpoint.SaveContext(background, temporary(t, "a.pt"), SaveOptions{Progress: progress}); err != nil {
		t.Fatal(err)
	}
	if last == 0 || last != all {
		t.Error(last, all)
	}
	stop := errors.New("enough")
	isFailure(t, checkpoint.SaveContext(background, temporary(t, "a.pt"), SaveOptions{
		Progress: func(_, _ uint64) error { return stop },
	}), stop, false)
	isFailure(t, checkpoint.SaveContext(background, temporary(t, "a.pt"), SaveOptions{
		Progress: func(_, _ uint64) error { panic(stop) },
	}), stop, true)
}

func TestAMissingFileIsOneOfPackageFs(t *testing.T) {
	closing(t)
	for name, err := range map[string]error{
		"opened": second(Open(temporary(t, "none.pt"))),
		"saved":  opened(t, data+"checkpoint.tar").Save(temporary(t, "no/folder.pt")),
	} {
		if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	checkpoint := opened(t, data+"checkpoint.tar")
	if err := second(checkpoint.StateDict("none")); errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrNotFound) {
		t.Error("a missing key:", err)
	}
}

func TestAContextCancels(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	ctx, cancel := context.WithCancel(background)
	o := &operation{ctx: ctx}
	path := append([]byte(temporary(t, "a.pt")), 0)
	err := o.run(func(token, progress uintptr) uintptr {
		cancel()
		for raw.Wp_cancel_requested(token) == 0 {
			runtime.Gosched()
		}
		options := (&SaveOptions{}).create(token, progress)
		defer raw.Wpb_save_options_free(options)
		return raw.Wp_checkpoint_save(checkpoint.address, path, options)
	})
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"open":   second(OpenContext(ctx, data+"checkpoint.tar", OpenOptions{})),
		"save":   checkpoint.SaveContext(ctx, temporary(t, "a.pt"), SaveOptions{}),
		"verify": second(checkpoint.Verify(ctx, VerifyOptions{})),
	} {
		if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	closing(t)
	_, err := OpenContext(background, data+"checkpoint.tar", OpenOptions{Limits: Limits{MaxTensors: 1}})
	if !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
}

func TestWhatACheckpointHolds(t *testing.T) {
	closing(t)
	checkpoint := must(Open(data + "checkpoint.tar"))(t)
	defer checkpoint.Close()
	if keys := checkpoint.StateDictKeys(); len(keys) != 1 || keys[0] != "model_state_dict" {
		t.Error(keys)
	}
	if globals := checkpoint.Globals(); len(globals) == 0 || !globals[0].Allowed || globals[0].Name == "" {
		t.Error(globals)
	}
	if _, err := checkpoint.StateDict("optimizer"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
