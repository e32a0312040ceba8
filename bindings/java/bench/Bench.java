// SPDX-License-Identifier: MIT

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.weightport.Checkpoint;
import org.weightport.DType;
import org.weightport.StateDict;
import org.weightport.Tensor;

/** Bench FILE NAME [make]: nanoseconds of a lookup and of a view, and a file of 20,000 tensors; see bench.sh. */
public class Bench {
  private interface Loop {
    double run(int count);
  }

  private static double sink;

  /** Median nanoseconds of one round, when the compiler is done. */
  private static double median(int count, Loop loop) {
    double[] times = new double[9];
    for (int i = -4; i < times.length; i++) {
      long start = System.nanoTime();
      sink += loop.run(count);
      if (i >= 0) times[i] = (double) (System.nanoTime() - start) / count;
    }
    Arrays.sort(times);
    return times[times.length / 2];
  }

  private static void say(String what, double nanoseconds) {
    System.out.printf(nanoseconds > 1e5 ? "Java: %s %.1f ms%n" : "Java: %s %.1f ns%n", what, nanoseconds > 1e5 ? nanoseconds / 1e6 : nanoseconds);
  }

  private static void make(Path path) {
    try (Tensor tensor = Tensor.zeros(DType.FLOAT32, 32, 32); StateDict weights = new StateDict(); Checkpoint checkpoint = new Checkpoint()) {
      for (int i = 0; i < 20000; i++) {
        try (Tensor own = tensor.contiguous()) {
          weights.set("layers." + i / 10 + ".block." + i % 10 + ".weight", own);
        }
      }
      checkpoint.setStateDict(null, weights);
      checkpoint.save(path);
    }
  }

  private static double openAndSum(Path path) {
    double sum = 0;
    try (Checkpoint checkpoint = Checkpoint.open(path); StateDict weights = checkpoint.stateDict()) {
      for (Map.Entry<String, Tensor> each : weights.asMap().entrySet()) {
        try (Tensor tensor = each.getValue()) {
          sum += tensor.floats().get(0);
        }
      }
    }
    return sum;
  }

  public static void main(String[] arguments) {
    Path path = Path.of(arguments[0]);
    String name = arguments[1];
    if (arguments.length > 2) {
      make(path);
      return;
    }
    try (Checkpoint checkpoint = Checkpoint.open(path); StateDict weights = checkpoint.stateDict()) {
      say("lookup and close", median(2_000_000, count -> {
        double sum = 0;
        for (int i = 0; i < count; i++) {
          try (Tensor tensor = weights.tensor(name)) {
            sum += tensor.numel();
          }
        }
        return sum;
      }));
      say("lookup, closed by the collector", median(2_000_000, count -> {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += weights.tensor(name).numel();
        return sum;
      }));
      try (Tensor tensor = weights.tensor(name)) {
        say("view of all elements", median(2_000_000, count -> {
          double sum = 0;
          for (int i = 0; i < count; i++) {
            FloatBuffer numbers = tensor.floats();
            sum += numbers.get(0);
          }
          return sum;
        }));
        say("view of some elements", median(20_000, count -> {
          double sum = 0;
          for (int i = 0; i < count; i++) sum += tensor.floats(i & 511, 8).get(0);
          return sum;
        }));
      }
    }
    say("open 20,000 tensors and read one number of each", median(1, count -> openAndSum(path)));
    if (Double.isNaN(sink)) throw new AssertionError();
  }
}
