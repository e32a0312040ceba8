// SPDX-License-Identifier: MIT

import java.nio.file.Path;
import java.util.Arrays;
import org.weightport.Checkpoint;
import org.weightport.DType;
import org.weightport.StateDict;

/** Prints the dtype, shape and first number of every tensor of a state_dict. */
public class ReadWeights {
  public static void main(String[] arguments) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
        StateDict weights = checkpoint.stateDict("model_state_dict")) {
      weights.asMap().forEach((name, tensor) -> {
        System.out.print(name + ": " + tensor.dtype() + " " + Arrays.toString(tensor.shape()));
        if (tensor.dtype() == DType.FLOAT32 && tensor.isContiguous() && tensor.numel() > 0) {
          System.out.print(" begins with " + tensor.floats().get(0)); // the mapped file itself, not a copy
        }
        System.out.println();
        tensor.close();
      });
    }
  }
}
