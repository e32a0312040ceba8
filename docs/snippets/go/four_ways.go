// SPDX-License-Identifier: MIT

// The four ways to save and load: what four_ways.py does, in Go.
package main

import (
	"log"

	"github.com/weightport/weightport/bindings/go"
	"github.com/weightport/weightport/bindings/go/torch"
)

// [state_dict]
func stateDict(model *torch.Model) error {
	in, err := weightport.Open("weights.pt")
	if err != nil {
		return err
	}
	defer in.Close()
	weights, err := in.StateDict("")
	if err != nil {
		return err
	}
	defer weights.Close()
	if _, err := model.LoadStateDict(weights, torch.LoadStateDictOptions{}); err != nil {
		return err
	}
	if err := model.Eval(); err != nil {
		return err
	}

	now, err := model.StateDict()
	if err != nil {
		return err
	}
	defer now.Close()
	out, err := weightport.NewCheckpoint()
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.SetStateDict("", now); err != nil {
		return err
	}
	return out.Save("weights_again.pt")
}

// [end]

// [entire_model]
func entireModel() error {
	model, err := torch.Load("model.ts")
	if err != nil {
		return err
	}
	defer model.Close()
	if err := model.Eval(); err != nil {
		return err
	}

	return model.Save("model_again.ts")
}

// [end]

// [general_checkpoint]
func generalCheckpoint(model *torch.Model, optimizer *torch.Optimizer) error {
	ckpt, err := weightport.Open("ckpt.tar")
	if err != nil {
		return err
	}
	defer ckpt.Close()
	if err := load(ckpt, "model_state_dict", model, "optimizer_state_dict", optimizer); err != nil {
		return err
	}
	root, err := ckpt.Root()
	if err != nil {
		return err
	}
	saved, err := root.Find("epoch")
	if err != nil {
		return err
	}
	epoch, err := saved.Int()
	if err != nil {
		return err
	}
	if err := model.Train(true); err != nil {
		return err
	}

	// Everything else that is in the checkpoint, "loss" say, stays as it is.
	if err := ckpt.Set("epoch", epoch+1); err != nil {
		return err
	}
	if err := put(ckpt, "model_state_dict", model, "optimizer_state_dict", optimizer); err != nil {
		return err
	}
	return ckpt.Save("ckpt_again.tar")
}

func load(ckpt *weightport.Checkpoint, modelKey string, model *torch.Model, optimizerKey string, optimizer *torch.Optimizer) error {
	weights, err := ckpt.StateDict(modelKey)
	if err != nil {
		return err
	}
	defer weights.Close()
	if _, err := model.LoadStateDict(weights, torch.LoadStateDictOptions{}); err != nil {
		return err
	}
	root, err := ckpt.Root()
	if err != nil {
		return err
	}
	state, err := root.Find(optimizerKey)
	if err != nil {
		return err
	}
	return optimizer.LoadStateDict(state)
}

func put(ckpt *weightport.Checkpoint, modelKey string, model *torch.Model, optimizerKey string, optimizer *torch.Optimizer) error {
	weights, err := model.StateDict()
	if err != nil {
		return err
	}
	defer weights.Close()
	if err := ckpt.SetStateDict(modelKey, weights); err != nil {
		return err
	}
	state, err := optimizer.StateDict()
	if err != nil {
		return err
	}
	defer state.Close()
	return ckpt.Set(optimizerKey, state)
}

// [end]

// [several_models]
func severalModels(models []*torch.Model, optimizers []*torch.Optimizer) error {
	in, err := weightport.Open("several.tar")
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := weightport.NewCheckpoint()
	if err != nil {
		return err
	}
	defer out.Close()
	for i, name := range []string{"A", "B"} { // load and put are those of the general checkpoint
		modelKey, optimizerKey := "model"+name+"_state_dict", "optimizer"+name+"_state_dict"
		if err := load(in, modelKey, models[i], optimizerKey, optimizers[i]); err != nil {
			return err
		}
		if err := put(out, modelKey, models[i], optimizerKey, optimizers[i]); err != nil {
			return err
		}
	}
	return out.Save("several_again.tar")
}

// [end]

func main() {
	var models []*torch.Model
	var optimizers []*torch.Optimizer
	for i := 0; i < 2; i++ {
		model, err := torch.Load("model.ts")
		check(err)
		optimizer, err := torch.NewOptimizer("Adam", model, nil)
		check(err)
		models, optimizers = append(models, model), append(optimizers, optimizer)
	}
	check(stateDict(models[0]))
	check(entireModel())
	check(generalCheckpoint(models[0], optimizers[0]))
	check(severalModels(models, optimizers))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
