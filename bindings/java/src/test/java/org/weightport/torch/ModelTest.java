// SPDX-License-Identifier: MIT
package org.weightport.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.weightport.Cancel;
import org.weightport.Checkpoint;
import org.weightport.Code;
import org.weightport.DType;
import org.weightport.Finding;
import org.weightport.Fixture;
import org.weightport.MemoryChannel;
import org.weightport.NoLeaks;
import org.weightport.OpenOptions;
import org.weightport.SaveOptions;
import org.weightport.StateDict;
import org.weightport.Tensor;
import org.weightport.Value;
import org.weightport.WeightportException;

@Tag("torch")
@ExtendWith(NoLeaks.class)
class ModelTest {
  /** TorchScript with a method of its own, another set of weights for it, and what it predicts with either. */
  private static final String MAKE = String.join("\n",
      "import sys, torch",
      "from typing import Dict, List, Tuple",
      "class Net(torch.nn.Module):",
      "    def __init__(self):",
      "        super().__init__()",
      "        self.fc = torch.nn.Linear(3, 2)",
      "        self.drop = torch.nn.Dropout(0.5)",
      "    def forward(self, x, scale: float = 1.0):",
      "        return self.drop(self.fc(x)) * scale",
      "    @torch.jit.export",
      "    def named(self, parts: List[torch.Tensor], n: int) -> Dict[str, Tuple[int, torch.Tensor]]:",
      "        return {'sum': (n + 1, parts[0] + parts[1])}",
      "torch.manual_seed(0)",
      "net = Net().eval()",
      "x = torch.tensor([[1.0, -2.0, 0.5]])",
      "torch.jit.script(net).save(sys.argv[1] + '/model.ts')",
      "first = net(x)",
      "other = Net().eval()",
      "torch.save({'model_state_dict': other.state_dict(), 'first': first, 'second': other(x)}, sys.argv[1] + '/ckpt.pt')",
      "");

  private static final String CHECK = String.join("\n",
      "import sys, torch",
      "model = torch.jit.load(sys.argv[1] + '/again.ts')",
      "assert torch.equal(model(torch.tensor([[1.0, -2.0, 0.5]])), torch.load(sys.argv[1] + '/ckpt.pt')['second'])");

  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  private static Model scripted() {
    return Model.load(Fixture.DATA.resolve("scripted.pt"));
  }

  private static float[] at(Value tree, String path) {
    try (Tensor tensor = tree.at(path).asTensor()) {
      return tensor.toFloats();
    }
  }

  private static float[] forward(Model model) {
    try (Tensor x = Tensor.of(new float[] {1, -2, 0.5f}, 1, 3); Tensor y = model.forward(x)) {
      return y.toFloats();
    }
  }

  @Test
  @Tag("process")
  void aModelPredictsWhatPythonPredicts(@TempDir Path folder) throws IOException, InterruptedException {
    // TorchScript reads the source of a class from its file.
    Path script = Files.writeString(folder.resolve("make.py"), MAKE);
    Fixture.python("import runpy, sys; runpy.run_path(sys.argv[2], run_name='__main__')", folder, script);
    try (Checkpoint ckpt = Checkpoint.open(folder.resolve("ckpt.pt"));
        StateDict weights = ckpt.stateDict("model_state_dict");
        Model model = Model.load(folder.resolve("model.ts"));
        Tensor x = Tensor.of(new float[] {1, -2, 0.5f}, 1, 3)) {
      model.train(true);
      assertTrue(model.isTraining());
      model.eval();
      assertFalse(model.isTraining());
      assertEquals(8, model.parameterCount());
      assertArrayEquals(at(ckpt.root(), "first"), forward(model));
      try (Model copy = model.copy()) {
        assertEquals(List.of(), model.loadStateDict(weights));
        assertArrayEquals(at(ckpt.root(), "second"), forward(model));
        assertArrayEquals(at(ckpt.root(), "first"), forward(copy));
      }
      try (Value scaled = model.forward(List.of(x), Map.of("scale", 2.0))) {
        assertEquals(2 * at(ckpt.root(), "second")[0], at(scaled, "")[0]);
      }
      try (Value called = model.call("named", List.of(List.of(x, x), 4), Map.of())) {
        assertEquals(5, called.at("sum.0").asLong());
        assertArrayEquals(new float[] {2, -4, 1}, at(called, "sum.1"));
      }
      model.save(folder.resolve("again.ts"));
      Fixture.python(CHECK, folder);
      try (Model read = Model.load(Files.readAllBytes(folder.resolve("again.ts")), "bytes", "cpu")) {
        assertArrayEquals(at(ckpt.root(), "second"), forward(read));
      }
    }
  }

  @Test
  void loadStateDictReports() {
    try (Model model = scripted(); StateDict weights = model.stateDict(); StateDict partial = new StateDict()) {
      weights.asMap().forEach((name, tensor) -> {
        if (!name.equals("conv.bias")) partial.set("module." + name, tensor);
        tensor.close();
      });
      partial.rename("module.conv.weight", "module.stem.weight");
      LoadStateDictOptions options = new LoadStateDictOptions().stripPrefix("module.");
      assertTrue(fails(Code.MISMATCH, () -> model.loadStateDict(partial, options)).getMessage().contains("conv.bias"));
      List<Finding> findings = model.loadStateDict(partial, options.rename("stem", "conv").strict(false).dryRun(true));
      assertEquals(1, findings.size());
      assertEquals(Finding.What.MISSING, findings.get(0).what());
      assertEquals("conv.bias", findings.get(0).key());
      fails(Code.INVALID_ARGUMENT, () -> model.loadStateDict(partial, options.rename("a\0", "b")));
    }
  }

  /** The channel is read while the state_dict is loaded. */
  @Test
  void aStateDictIsNotEditedWhileItIsLoaded() throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (Model model = scripted(); StateDict weights = model.stateDict(); Checkpoint checkpoint = new Checkpoint()) {
      checkpoint.setStateDict(null, weights);
      checkpoint.save(Channels.newChannel(file), new SaveOptions());
    }
    AtomicReference<StateDict> loaded = new AtomicReference<>();
    Thread editor = new Thread(() -> loaded.get().remove("conv.bias"));
    List<Object> seen = new ArrayList<>();
    MemoryChannel channel = new MemoryChannel(file.toByteArray()) {
      @Override
      public int read(ByteBuffer into) throws IOException {
        if (loaded.get() != null && editor.getState() == Thread.State.NEW) {
          seen.add(assertThrows(IllegalStateException.class, () -> loaded.get().remove("conv.bias")));
          editor.start();
          while (editor.getState() != Thread.State.BLOCKED && editor.isAlive()) Thread.onSpinWait();
          seen.add(editor.getState());
        }
        return super.read(into);
      }
    };
    try (Model model = scripted(); Checkpoint checkpoint = Checkpoint.open(channel, new OpenOptions());
        StateDict weights = checkpoint.stateDict()) {
      loaded.set(weights);
      assertEquals(List.of(), model.loadStateDict(weights));
      editor.join();
      assertEquals(Thread.State.BLOCKED, seen.get(1));
      assertFalse(weights.contains("conv.bias"));
    }
  }

  @Test
  void whatAChannelThrowsWhileItIsLoadedIsTheCause() throws IOException {
    IOException failure = new IOException("no network");
    boolean[] broken = new boolean[1];
    MemoryChannel channel = new MemoryChannel(Files.readAllBytes(Fixture.DATA.resolve("state_dict.pt"))) {
      @Override
      public int read(ByteBuffer into) throws IOException {
        if (broken[0]) throw failure;
        return super.read(into);
      }
    };
    try (Model model = Model.buildJson("{\"class\": \"Identity\"}");
        Checkpoint checkpoint = Checkpoint.open(channel, new OpenOptions());
        StateDict weights = checkpoint.stateDict(); Tensor tensor = weights.tensor("fc.weight")) {
      broken[0] = true;
      assertSame(failure, fails(Code.CALLBACK, () -> model.forward(tensor)).getCause());
    }
  }

  @Test
  void savingToAChannel() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (Model model = scripted(); StateDict weights = model.stateDict(); Cancel cancel = new Cancel();
        Model plain = Model.buildJson("{\"class\": \"ReLU\"}")) {
      WritableByteChannel channel = Channels.newChannel(file);
      model.save(channel, new SaveOptions());
      try (Model again = Model.load(file.toByteArray(), "bytes", null); StateDict same = again.stateDict()) {
        assertEquals(weights.names(), same.names());
        assertEquals(List.of(), again.loadStateDict(weights));
      }
      MemoryChannel source = new MemoryChannel(file.toByteArray());
      try (Model again = Model.load(source, null, null); StateDict same = again.stateDict()) {
        assertEquals(weights.names(), same.names());
        assertFalse(source.isOpen());
      }
      assertEquals("x.ts", fails(Code.UNSUPPORTED, () -> Model.load(new MemoryChannel(new byte[9]), "x.ts", null)).file());
      fails(Code.UNSUPPORTED, () -> plain.save(channel, new SaveOptions()));
      channel.close();
      WeightportException failure = fails(Code.CALLBACK, () -> model.save(channel, new SaveOptions()));
      assertEquals(ClosedChannelException.class, failure.getCause().getClass());
      cancel.request();
      fails(Code.CANCELLED, () -> model.save(Channels.newChannel(file), new SaveOptions().cancel(cancel)));
      fails(Code.CANCELLED, () -> model.save(Path.of("never.ts"), new SaveOptions().cancel(cancel)));
    }
  }

  @Test
  void weightsAreSharedWithTheModelAndOutliveIt() throws InterruptedException {
    Model model = scripted();
    try (StateDict parameters = model.namedParameters(); StateDict buffers = model.namedBuffers();
        StateDict all = model.stateDict();
        Tensor weight = parameters.tensor("conv.weight"); Tensor same = all.tensor("conv.weight")) {
      assertTrue(buffers.size() > 0 && parameters.size() > 0 && all.size() > parameters.size());
      weight.mutableBytes().putFloat(0, 42);
      assertEquals(2, model.setRequiresGrad("conv.*", false));
      fails(Code.NOT_FOUND, () -> model.setRequiresGrad("nothing.*", false));
      model.to(null, DType.UNDEFINED);
      model.to("cpu", null);
      model.close();
      model.close();
      for (int i = 0; i < 10; i++) System.gc();
      assertEquals(42, same.floats().get(0));
      for (Executable use : List.<Executable>of(model::eval, model::stateDict, model::copy, model::zeroGrad, model::isTraining,
          () -> model.forward(weight), () -> model.forward(List.of(), null), () -> model.loadStateDict(all),
          () -> model.save(Path.of("never")), () -> new Optimizer("SGD", model, null))) {
        assertThrows(IllegalStateException.class, use);
      }
    }
  }

  @Test
  void whatIsWrongThrows() {
    fails(Code.NOT_FOUND, () -> Model.load(Path.of("missing.ts")));
    fails(Code.NOT_FOUND, () -> Model.create("no such class", null));
    Tensor wrong = Tensor.of(new float[] {1});
    try (Model model = scripted()) {
      assertFalse(fails(Code.TORCH, () -> model.forward(wrong)).getMessage().isEmpty());
      fails(Code.NOT_FOUND, () -> model.call("no_such_method", List.of(), null));
      fails(Code.TORCH, () -> model.call("forward", null, null));
      fails(Code.UNSUPPORTED, () -> model.forward(List.of(new Object()), null));
      wrong.close();
      assertThrows(IllegalStateException.class, () -> model.forward(wrong));
    }
  }

  @Test
  void modelsAreBuiltOfDescriptions() {
    String json = "{\"class\": \"Sequential\", \"modules\": [{\"class\": \"Linear\", \"in_features\": 3, \"out_features\": 2}]}";
    try (Model model = Model.buildJson(json); StateDict weights = model.stateDict(); Value description = Value.fromJson(json);
        Model same = Model.build(description)) {
      assertEquals(List.of("0.weight", "0.bias"), weights.names());
      assertEquals(8, same.parameterCount());
    }
    fails(Code.CORRUPT, () -> Model.buildJson("{"));
    fails(Code.NOT_FOUND, () -> Model.build(Map.of("class", "Linear", "in_features", 1)));
    try (Model pickled = Model.load(Fixture.DATA.resolve("entire_sequential.pt"))) {
      assertTrue(pickled.parameterCount() > 0);
    }
  }

  @Test
  void theRuntime() {
    assertFalse(Torch.version().isEmpty());
    assertTrue(Torch.deviceAvailable("cpu"));
    assertFalse(Torch.deviceAvailable("abacus"));
    int threads = Torch.numThreads();
    Torch.setNumThreads(1);
    assertEquals(1, Torch.numThreads());
    Torch.setNumThreads(threads);
    fails(Code.INVALID_ARGUMENT, () -> Torch.setNumThreads(0));
    assertThrows(WeightportException.class, () -> Torch.loadPlugin("missing.so"));
    Torch.manualSeed(1);
  }
}
