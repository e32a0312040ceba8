// SPDX-License-Identifier: MIT
package org.weightport.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.weightport.Code;
import org.weightport.DType;
import org.weightport.Fixture;
import org.weightport.Kind;
import org.weightport.NoLeaks;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.WeightportException;

@Tag("torch")
@ExtendWith(NoLeaks.class)
class TrainTest {
  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  @TempDir
  static Path folder;

  @BeforeAll
  static void make() throws IOException, InterruptedException {
    Fixture.python(String.join("\n",
        "import sys, torch",
        "torch.manual_seed(3)",
        "torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1, 1)).save(sys.argv[1])"), folder.resolve("line.ts"));
  }

  private static Model line() {
    return Model.load(folder.resolve("line.ts"));
  }

  /** Two points of y = 2 x + 1. */
  private static Callable<Tensor> closure(Model model, Optimizer optimizer) {
    return () -> {
      optimizer.zeroGrad();
      try (Tensor x = Tensor.of(new float[] {0, 1}, 2, 1); Tensor y = Tensor.of(new float[] {1, 3}, 2, 1);
          Loss criterion = new Loss("mse_loss", Map.of("reduction", "sum")); Tensor output = model.forward(x)) {
        Tensor loss = criterion.compute(output, y);
        Torch.backward(loss);
        return loss;
      }
    };
  }

  @Test
  void everyOptimizerLearnsALine() throws Exception {
    Map<String, Map<String, ?>> all = Map.of("SGD", Map.of("lr", 0.1, "momentum", 0.5), "Adam", Map.of("lr", 0.1),
        "AdamW", Map.of("lr", 0.1, "weight_decay", 0.0), "RMSprop", Map.of("lr", 0.05), "Adagrad", Map.of("lr", 0.5),
        "LBFGS", Map.of("lr", 0.5));
    for (Map.Entry<String, Map<String, ?>> each : all.entrySet()) {
      try (Model model = line(); Optimizer optimizer = new Optimizer(each.getKey(), model, each.getValue())) {
        assertEquals(each.getKey(), optimizer.name());
        double last = 0;
        for (int i = 0; i < 300; i++) {
          try (Tensor loss = optimizer.step(closure(model, optimizer))) {
            last = loss.item();
          }
        }
        assertTrue(last < 0.01, each.getKey() + " " + last);
      }
    }
  }

  @Test
  void stateGoesFromOneOptimizerToAnother() throws Exception {
    try (Model model = line(); Optimizer first = new Optimizer("Adam", model, Map.of("lr", 0.25)); Model copy = line();
        Optimizer second = new Optimizer("Adam", copy, null)) {
      first.step(closure(model, first)).close();
      try (Value state = first.stateDict(); StateDict weights = model.stateDict()) {
        assertEquals(1, state.at("state.0.step").kind() == Kind.TENSOR ? 1 : state.at("state.0.step").asLong());
        second.loadStateDict(state);
        copy.loadStateDict(weights);
      }
      assertEquals(0.25, second.lr(0));
      first.step(closure(model, first)).close();
      second.step(closure(copy, second)).close();
      try (StateDict a = model.stateDict(); StateDict b = copy.stateDict(); Tensor x = a.tensor("weight");
          Tensor y = b.tensor("weight")) {
        assertArrayEquals(x.toFloats(), y.toFloats());
      }
      fails(Code.MISMATCH, () -> second.loadStateDict(Map.of("state", Map.of(), "param_groups", List.of())));
    }
  }

  @Test
  void groupsBelowZeroAreNotThere() {
    try (Model model = line(); Optimizer optimizer = new Optimizer("SGD", model, Map.of("lr", 0.1));
        Scheduler scheduler = new Scheduler("StepLR", optimizer, Map.of("step_size", 1))) {
      for (Executable each : List.<Executable>of(() -> optimizer.lr(-2), () -> optimizer.paramGroup(-2),
          () -> optimizer.setLr(-2, 1), () -> optimizer.set(-2, "lr", 1), () -> scheduler.lastLr(-2))) {
        assertEquals("there is no parameter group -2", fails(Code.NOT_FOUND, each).getMessage());
      }
      fails(Code.NOT_FOUND, () -> optimizer.lr(Optimizer.ALL_GROUPS));
    }
  }

  @Test
  void parameterGroups() {
    try (Model model = line(); StateDict parameters = model.namedParameters(); Tensor weight = parameters.tensor("weight");
        Tensor bias = parameters.tensor("bias");
        Optimizer optimizer = new Optimizer("SGD",
            List.of(Map.of("params", List.of(weight), "lr", 0.5), Map.of("params", List.of(bias))), Map.of("lr", 0.1))) {
      assertEquals(2, optimizer.paramGroupCount());
      assertEquals(0.5, optimizer.lr(0));
      optimizer.setLr(Optimizer.ALL_GROUPS, 0.25);
      optimizer.set(1, "momentum", 0.75);
      try (Value group = optimizer.paramGroup(1)) {
        assertEquals(0.75, group.find("momentum").asDouble());
        assertEquals(0.25, group.find("lr").asDouble());
        assertNull(group.find("params"));
      }
      fails(Code.NOT_FOUND, () -> optimizer.lr(2));
      fails(Code.NOT_FOUND, () -> new Optimizer("SGDX", model, null));
      fails(Code.UNSUPPORTED, () -> new Optimizer("SGD", model, Map.of("lr", 0.1, "maximize", true)));
    }
  }

  @Test
  void devices() {
    String device = Torch.deviceAvailable("cuda") ? "cuda:0" : "cpu";
    try (Tensor here = Tensor.of(new float[] {1, 2}, 2); Tensor there = Torch.toDevice(here, device)) {
      assertEquals(device, there.device());
      assertEquals(2, there.toFloats()[1]);
      fails(Code.INVALID_ARGUMENT, () -> Torch.toDevice(here, "nowhere"));
      fails(Code.TORCH, () -> Torch.toDevice(here, "cuda:99"));
    }
  }

  /** The gradient of w^2 is 2, of two such losses with the weights 1 and 2 it is 6. */
  @Test
  void severalLosses() {
    try (Tensor one = Tensor.of(new float[] {1}, 1); Tensor weight = Torch.track(one);
        Tensor wide = Torch.reshape(weight, -1, 1); Tensor precise = Torch.toDType(wide, DType.FLOAT64);
        Tensor zeros = Tensor.of(new double[] {0}, 1, 1); Tensor two = Tensor.of(new double[] {2});
        Loss mse = new Loss("mse_loss", null); Tensor first = mse.compute(precise, zeros);
        Tensor second = mse.compute(precise, zeros)) {
      Torch.backward(List.of(first, second), Arrays.asList(null, two), true);
      try (Tensor gradient = Torch.grad(weight)) {
        assertEquals(6, gradient.item());
        Torch.backward(List.of(first, second), null, false);
        assertEquals(10, gradient.item());
      }
      fails(Code.TORCH, () -> Torch.backward(List.of(first), null, false));
      fails(Code.MISMATCH, () -> Torch.backward(List.of(zeros), null, false));
      fails(Code.TORCH, () -> Torch.reshape(weight, 2));
    }
  }

  @Test
  void gradients() throws Exception {
    try (Model model = line(); Optimizer optimizer = new Optimizer("SGD", model, Map.of("lr", 0.0));
        StateDict parameters = model.namedParameters();
        Tensor weight = parameters.tensor("weight")) {
      assertNull(Torch.grad(weight));
      optimizer.step(closure(model, optimizer)).close();
      double norm = Torch.clipGradNorm(parameters, 0.5, 2);
      assertTrue(norm > 0);
      try (Tensor grad = Torch.grad(weight); Tensor plain = Torch.detach(weight); Tensor leaf = Torch.track(plain)) {
        assertTrue(Math.abs(grad.item()) <= 0.5);
        assertEquals(weight.item(), plain.item());
        assertTrue(leaf.requiresGrad());
        fails(Code.MISMATCH, () -> Torch.backward(plain));
      }
      try (Tensor x = Tensor.of(new float[] {1}, 1, 1); Tensor y = Torch.noGrad(() -> model.forward(x))) {
        fails(Code.MISMATCH, () -> Torch.backward(y));
      }
      model.zeroGrad();
      assertNull(Torch.grad(weight));
    }
  }

  @Test
  void whatAClosureThrowsIsTheCause() {
    try (Model model = line(); Optimizer optimizer = new Optimizer("LBFGS", model, null)) {
      IOException broken = new IOException("no data");
      assertSame(broken, fails(Code.CALLBACK, () -> optimizer.step(() -> {
        throw broken;
      })).getCause());
      assertEquals(NullPointerException.class, fails(Code.CALLBACK, () -> optimizer.step(() -> null)).getCause().getClass());
      fails(Code.UNSUPPORTED, optimizer::step);
    }
  }

  @Test
  void schedulers() {
    try (Model model = line(); Optimizer optimizer = new Optimizer("SGD", model, Map.of("lr", 1.0));
        Scheduler scheduler = new Scheduler("StepLR", optimizer, Map.of("step_size", 2, "gamma", 0.1))) {
      optimizer.zeroGrad();
      for (int i = 0; i < 2; i++) scheduler.step();
      assertEquals(0.1, scheduler.lastLr(0), 1e-9);
      assertEquals(0.1, optimizer.lr(0), 1e-9);
      try (Value state = scheduler.stateDict(); Scheduler other = new Scheduler("StepLR", optimizer, Map.of("step_size", 5))) {
        assertEquals(2, state.find("last_epoch").asLong());
        other.loadStateDict(state);
        assertEquals(0.1, other.lastLr(0), 1e-9);
      }
      try (Scheduler plateau = new Scheduler("ReduceLROnPlateau", optimizer, Map.of("patience", 0, "factor", 0.5))) {
        plateau.step(1);
        plateau.step(2);
        assertEquals(0.05, optimizer.lr(0), 1e-9);
        fails(Code.UNSUPPORTED, plateau::step);
      }
      fails(Code.UNSUPPORTED, () -> scheduler.step(1));
      fails(Code.NOT_FOUND, () -> new Scheduler("NoLR", optimizer, null));
    }
  }

  /** Whoever trains, and whom the factor refers to. */
  private static final class Trainer {
    private final Scheduler scheduler;

    Trainer(Optimizer optimizer) {
      scheduler = Scheduler.lambda(optimizer, this::factor);
      scheduler.step();
    }

    private double factor(long epoch, int group) {
      return scheduler == null ? 1 : 0.5;
    }
  }

  @Test
  void aSchedulerWhoseFactorRefersToItsOwnerIsCollected() {
    try (Model model = line(); Optimizer optimizer = new Optimizer("SGD", model, Map.of("lr", 1.0))) {
      new Trainer(optimizer);
      assertEquals(0.5, optimizer.lr(0));
    }
  }

  @Test
  void aFactorOfOnesOwn() {
    try (Model model = line(); Optimizer optimizer = new Optimizer("SGD", model, Map.of("lr", 1.0))) {
      IllegalArgumentException broken = new IllegalArgumentException("epoch 2");
      try (Scheduler scheduler = Scheduler.lambda(optimizer, (epoch, group) -> {
        if (epoch == 2) throw broken;
        return 1.0 / (epoch + 1);
      })) {
        for (int i = 0; i < 10; i++) System.gc();
        scheduler.step();
        assertEquals(0.5, optimizer.lr(0));
        assertSame(broken, fails(Code.CALLBACK, scheduler::step).getCause());
        scheduler.step();
        assertEquals(0.25, scheduler.lastLr(0));
      }
      assertSame(broken, fails(Code.CALLBACK, () -> Scheduler.lambda(optimizer, (epoch, group) -> {
        throw broken;
      })).getCause());
    }
  }
}
