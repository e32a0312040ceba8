// SPDX-License-Identifier: MIT

import java.nio.file.Path;
import java.util.Arrays;
import org.weightport.Checkpoint;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.torch.Loss;
import org.weightport.torch.Model;
import org.weightport.torch.Optimizer;
import org.weightport.torch.Torch;

/**
 * Takes up a training that Python began, and saves what Python can take up again.
 *
 * <pre>java -cp weightport.jar Resume.java model.ts ckpt.tar data.pt out.tar</pre>
 *
 * The checkpoint holds "model_state_dict", "optimizer_state_dict" (of AdamW) and "epoch"; data.pt the batches "x" [n, ...] and
 * "y" [n, ...].
 */
public class Resume {
  public static void main(String[] arguments) {
    if (arguments.length != 4) {
      System.err.println("usage: Resume MODEL CHECKPOINT DATA OUT");
      System.exit(2);
    }
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[1]));
        Model model = Model.load(Path.of(arguments[0]));
        Optimizer optimizer = new Optimizer("AdamW", model, null)) {
      try (StateDict weights = checkpoint.stateDict("model_state_dict")) {
        model.loadStateDict(weights);
      }
      optimizer.loadStateDict(checkpoint.root().find("optimizer_state_dict"));
      train(model, optimizer, Path.of(arguments[2]));
      try (StateDict weights = model.stateDict(); Value state = optimizer.stateDict()) {
        checkpoint.setStateDict("model_state_dict", weights);
        checkpoint.set("optimizer_state_dict", state);
      }
      checkpoint.save(Path.of(arguments[3]));
    }
  }

  private static void train(Model model, Optimizer optimizer, Path data) {
    try (Checkpoint checkpoint = Checkpoint.open(data);
        Tensor x = checkpoint.root().find("x").asTensor();
        Tensor y = checkpoint.root().find("y").asTensor();
        Loss criterion = new Loss("cross_entropy", null)) {
      model.train(true);
      for (int i = 0; i < x.size(0); i++) {
        optimizer.zeroGrad();
        try (Tensor input = row(x, i); Tensor target = row(y, i); Tensor output = model.forward(input);
            Tensor loss = criterion.compute(output, target)) {
          Torch.backward(loss);
          optimizer.step();
          System.out.printf("batch %d: loss %.4f%n", i, loss.item());
        }
      }
    }
  }

  /** t[i], a view. */
  private static Tensor row(Tensor t, int i) {
    long[] shape = Arrays.copyOfRange(t.shape(), 1, t.dim());
    long[] strides = Arrays.copyOfRange(t.strides(), 1, t.dim());
    return t.view(t.storageOffset() + i * t.strides()[0], shape, strides);
  }
}
