// SPDX-License-Identifier: MIT

import java.nio.file.Path;
import java.util.Arrays;
import org.weightport.Checkpoint;
import org.weightport.StateDict;

/** Prints what a checkpoint's state_dict holds, and saves the checkpoint with another epoch. */
public class SetEpoch {
  public static void main(String[] arguments) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
        StateDict weights = checkpoint.stateDict("model_state_dict")) {
      weights.asMap().forEach((name, tensor) ->
          System.out.println(name + " " + tensor.dtype() + " " + Arrays.toString(tensor.shape())));
      checkpoint.set("epoch", 100);
      checkpoint.save(Path.of(arguments[1]));
    }
  }
}
