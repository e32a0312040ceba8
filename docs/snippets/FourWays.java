// SPDX-License-Identifier: MIT
import java.nio.file.Path;
import org.weightport.Checkpoint;
import org.weightport.StateDict;
import org.weightport.Value;
import org.weightport.torch.Model;
import org.weightport.torch.Optimizer;

/** The four ways to save and load: what four_ways.py does, in Java. */
public class FourWays {
  // [state_dict]
  static void stateDict(Model model) {
    try (Checkpoint in = Checkpoint.open(Path.of("weights.pt")); StateDict weights = in.stateDict()) {
      model.loadStateDict(weights);
    }
    model.eval();

    try (Checkpoint out = new Checkpoint(); StateDict weights = model.stateDict()) {
      out.setStateDict(null, weights);
      out.save(Path.of("weights_again.pt"));
    }
  }
  // [end]

  // [entire_model]
  static void entireModel() {
    try (Model model = Model.load(Path.of("model.ts"))) {
      model.eval();

      model.save(Path.of("model_again.ts"));
    }
  }
  // [end]

  // [general_checkpoint]
  static void generalCheckpoint(Model model, Optimizer optimizer) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of("ckpt.tar"))) {
      try (StateDict weights = checkpoint.stateDict("model_state_dict")) {
        model.loadStateDict(weights);
      }
      optimizer.loadStateDict(checkpoint.root().find("optimizer_state_dict"));
      long epoch = checkpoint.root().find("epoch").asLong();
      model.train(true);

      // Everything else that is in the checkpoint, "loss" say, stays as it is.
      checkpoint.set("epoch", epoch + 1);
      try (StateDict weights = model.stateDict(); Value state = optimizer.stateDict()) {
        checkpoint.setStateDict("model_state_dict", weights);
        checkpoint.set("optimizer_state_dict", state);
      }
      checkpoint.save(Path.of("ckpt_again.tar"));
    }
  }
  // [end]

  // [several_models]
  static void severalModels(Model[] models, Optimizer[] optimizers) {
    String[] names = {"A", "B"};
    try (Checkpoint in = Checkpoint.open(Path.of("several.tar")); Checkpoint out = new Checkpoint()) {
      for (int i = 0; i < names.length; i++) {
        try (StateDict weights = in.stateDict("model" + names[i] + "_state_dict")) {
          models[i].loadStateDict(weights);
        }
        optimizers[i].loadStateDict(in.root().find("optimizer" + names[i] + "_state_dict"));
      }

      for (int i = 0; i < names.length; i++) {
        try (StateDict weights = models[i].stateDict(); Value state = optimizers[i].stateDict()) {
          out.setStateDict("model" + names[i] + "_state_dict", weights);
          out.set("optimizer" + names[i] + "_state_dict", state);
        }
      }
      out.save(Path.of("several_again.tar"));
    }
  }
  // [end]

  public static void main(String[] arguments) {
    try (Model a = Model.load(Path.of("model.ts")); Model b = Model.load(Path.of("model.ts"));
        Optimizer adamA = new Optimizer("Adam", a, null); Optimizer adamB = new Optimizer("Adam", b, null)) {
      stateDict(a);
      entireModel();
      generalCheckpoint(a, adamA);
      severalModels(new Model[] {a, b}, new Optimizer[] {adamA, adamB});
    }
  }
}
