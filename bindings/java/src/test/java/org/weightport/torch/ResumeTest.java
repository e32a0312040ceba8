// SPDX-License-Identifier: MIT
package org.weightport.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.weightport.Checkpoint;
import org.weightport.Fixture;
import org.weightport.NoLeaks;
import org.weightport.StateDict;
import org.weightport.Tensor;

/** Training goes on where Python left it. */
@Tag("torch")
@ExtendWith(NoLeaks.class)
class ResumeTest {
  private static final Map<String, String> NAMES = Map.of("sgd", "SGD", "adam", "Adam", "adamw", "AdamW", "rmsprop", "RMSprop",
      "adagrad", "Adagrad", "lbfgs", "LBFGS");

  /** Of one file of ../shared/fixtures/FOLDER/resume_*. */
  @TestFactory
  List<DynamicTest> withEachOptimizer() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path fixtures = Fixture.REPOSITORY.resolve("../shared/fixtures");
    if (!Files.exists(fixtures)) System.out.println("skipped: there is no " + fixtures);
    for (String torch : List.of("torch-1.13", "torch-2.6", "torch-2.14")) {
      if (!Files.exists(fixtures.resolve(torch))) continue;
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(fixtures.resolve(torch), "resume_*")) {
        folders.forEach(each -> tests.add(DynamicTest.dynamicTest(torch + "/" + each.getFileName(), () -> resume(each))));
      }
    }
    return tests;
  }

  private static void resume(Path folder) throws IOException {
    Map<?, ?> wanted = Fixture.json(folder.resolve("losses.json"));
    if (wanted.containsKey("groups") && (Long) wanted.get("groups") > 1) {
      System.out.println("skipped: " + folder + " has several parameter groups");
      return;
    }
    String name = NAMES.get(wanted.get("optimizer"));
    // LBFGS evaluates twenty times a step, each time on the rounding of the last.
    double tolerance = name.equals("LBFGS") ? 1e-2 : 1e-4;
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("ckpt.tar"));
        Model model = Model.load(folder.resolve("model.ts"));
        Optimizer optimizer = new Optimizer(name, model, Map.of("lr", 0.5));
        StateDict weights = checkpoint.stateDict("model_state_dict")) {
      model.loadStateDict(weights);
      model.train(true);
      optimizer.loadStateDict(checkpoint.root().find("optimizer_state_dict"));
      List<Double> losses = train(model, optimizer, folder.resolve("data.pt"), (Long) wanted.get("first_batch"));
      for (int i = 0; i < losses.size(); i++) {
        double expected = (Double) ((List<?>) wanted.get("losses")).get(i);
        assertEquals(expected, losses.get(i), tolerance * Math.max(1, Math.abs(expected)), "loss " + i);
      }
    }
  }

  private static List<Double> train(Model model, Optimizer optimizer, Path data, long first) {
    List<Double> losses = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoint.open(data); Tensor x = checkpoint.root().find("x").asTensor();
        Tensor y = checkpoint.root().find("y").asTensor(); Loss criterion = new Loss("cross_entropy", null)) {
      for (long i = first; i < first + 10; i++) {
        try (Tensor input = row(x, i); Tensor target = row(y, i)) {
          Tensor loss = optimizer.step(() -> {
            optimizer.zeroGrad();
            try (Tensor output = model.forward(input)) {
              Tensor computed = criterion.compute(output, target);
              Torch.backward(computed);
              return computed;
            }
          });
          losses.add(loss.item());
          loss.close();
        }
      }
    }
    return losses;
  }

  private static Tensor row(Tensor t, long i) {
    long[] shape = Arrays.copyOfRange(t.shape(), 1, t.dim());
    long[] strides = Arrays.copyOfRange(t.strides(), 1, t.dim());
    return t.view(t.storageOffset() + i * t.strides()[0], shape, strides);
  }

  /** Two epochs in Python are one in Python and one in Java. */
  private static final String BEFORE = String.join("\n",
      "import sys, torch",
      "folder = sys.argv[1]",
      "torch.manual_seed(0)",
      "net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))",
      "optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)",
      "x, y = torch.randn(5, 8, 4), torch.randint(3, (5, 8))",
      "torch.jit.script(net).save(folder + '/model.ts')",
      "torch.save({'x': x, 'y': y}, folder + '/data.pt')",
      "for epoch in range(2):",
      "    for i in range(5):",
      "        optimizer.zero_grad()",
      "        torch.nn.functional.cross_entropy(net(x[i]), y[i]).backward()",
      "        optimizer.step()",
      "    torch.save({'epoch': epoch, 'model_state_dict': net.state_dict(), 'optimizer_state_dict': optimizer.state_dict()},",
      "               folder + '/epoch%d.tar' % epoch)");

  private static final String AFTER = String.join("\n",
      "import sys, torch",
      "ours, theirs = (torch.load(sys.argv[1] + name) for name in ('/out.tar', '/epoch1.tar'))",
      "for name, tensor in theirs['model_state_dict'].items():",
      "    assert torch.allclose(ours['model_state_dict'][name], tensor, atol=1e-5), name",
      "net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))",
      "optimizer = torch.optim.AdamW(net.parameters())",
      "optimizer.load_state_dict(ours['optimizer_state_dict'])",
      "assert optimizer.state_dict()['param_groups'] == theirs['optimizer_state_dict']['param_groups']",
      "assert ours['epoch'] == 0");

  @Test
  @Tag("process")
  void theExample(@TempDir Path folder) throws IOException, InterruptedException {
    Fixture.python(BEFORE, folder);
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("classpath"), "-Dweightport.library.path=" + System.getProperty("weightport.library.path"),
        Fixture.REPOSITORY.resolve("examples/java/Resume.java").toString(), folder.resolve("model.ts").toString(),
        folder.resolve("epoch0.tar").toString(), folder.resolve("data.pt").toString(), folder.resolve("out.tar").toString())
        .redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    assertTrue(printed.contains("batch 4: loss "), printed);
    Fixture.python(AFTER, folder);
  }
}
