// SPDX-License-Identifier: MIT

// resume takes up a training that Python began, and saves what Python can take up again.
//
//	resume model.ts ckpt.tar data.pt out.tar
//
// The checkpoint holds "model_state_dict", "optimizer_state_dict" (of AdamW) and "epoch"; data.pt the batches "x" [n, ...] and
// "y" [n, ...].
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/torch"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: resume MODEL CHECKPOINT DATA OUT")
	}
	if err := resume(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		log.Fatal(err)
	}
}

func resume(modelPath, checkpointPath, dataPath, out string) error {
	ckpt, err := weightport.Open(checkpointPath)
	if err != nil {
		return err
	}
	defer ckpt.Close()
	model, optimizer, err := restore(modelPath, ckpt)
	if err != nil {
		return err
	}
	defer model.Close()
	defer optimizer.Close()
	batches, err := openBatches(dataPath)
	if err != nil {
		return err
	}
	defer batches.Close()
	if err := train(model, optimizer, batches); err != nil {
		return err
	}
	return save(ckpt, model, optimizer, out)
}

// restore makes the model and the optimizer what they were in Python.
func restore(path string, ckpt *weightport.Checkpoint) (*torch.Model, *torch.Optimizer, error) {
	weights, err := ckpt.StateDict("model_state_dict")
	if err != nil {
		return nil, nil, err
	}
	defer weights.Close()
	root, err := ckpt.Root()
	if err != nil {
		return nil, nil, err
	}
	state, err := root.Find("optimizer_state_dict")
	if err != nil {
		return nil, nil, err
	}
	model, err := torch.Load(path)
	if err != nil {
		return nil, nil, err
	}
	if _, err := model.LoadStateDict(weights, torch.LoadStateDictOptions{}); err != nil {
		return nil, nil, err
	}
	optimizer, err := torch.NewOptimizer("AdamW", model, nil)
	if err != nil {
		return nil, nil, err
	}
	return model, optimizer, optimizer.LoadStateDict(state)
}

func train(model *torch.Model, optimizer *torch.Optimizer, batches *batches) error {
	criterion, err := torch.NewLoss("cross_entropy", nil)
	if err != nil {
		return err
	}
	defer criterion.Close()
	if err := model.Train(true); err != nil {
		return err
	}
	for i := int64(0); i < batches.x.Shape()[0]; i++ {
		loss, err := step(model, optimizer, criterion, batches, i)
		if err != nil {
			return fmt.Errorf("batch %d: %w", i, err)
		}
		fmt.Printf("batch %d: loss %.4f\n", i, loss)
	}
	return nil
}

func step(model *torch.Model, optimizer *torch.Optimizer, criterion *torch.Loss, batches *batches, i int64) (float64, error) {
	x, y, err := batches.at(i)
	if err != nil {
		return 0, err
	}
	defer x.Close()
	defer y.Close()
	if err := optimizer.ZeroGrad(); err != nil {
		return 0, err
	}
	output, err := model.ForwardTensor(x)
	if err != nil {
		return 0, err
	}
	defer output.Close()
	loss, err := criterion.Compute(output, y)
	if err != nil {
		return 0, err
	}
	defer loss.Close()
	if err := torch.Backward(loss); err != nil {
		return 0, err
	}
	if err := optimizer.Step(); err != nil {
		return 0, err
	}
	return loss.Item()
}

// save writes the checkpoint with all that was in it, and with the new weights and state.
func save(ckpt *weightport.Checkpoint, model *torch.Model, optimizer *torch.Optimizer, out string) error {
	weights, err := model.StateDict()
	if err != nil {
		return err
	}
	defer weights.Close()
	state, err := optimizer.StateDict()
	if err != nil {
		return err
	}
	defer state.Close()
	if err := ckpt.SetStateDict("model_state_dict", weights); err != nil {
		return err
	}
	if err := ckpt.Set("optimizer_state_dict", state); err != nil {
		return err
	}
	return ckpt.Save(out)
}
