// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples, each run as its comment says. */
@Tag("process")
class ExamplesTest {
  private static final Path FOLDER = Fixture.REPOSITORY.resolve("examples/java");

  private static Process start(Path program, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("classpath"), program.toString()));
    for (Object each : arguments) command.add(each.toString());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String run(int status, Path program, Object... arguments) throws IOException, InterruptedException {
    Process process = start(program, arguments);
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(status, process.waitFor(), printed);
    return printed;
  }

  @Test
  void theProgramOfTheReadme(@TempDir Path folder) throws IOException, InterruptedException {
    String readme = Files.readString(Fixture.REPOSITORY.resolve("bindings/java/README.md"));
    String code = readme.substring(readme.indexOf("```java\n") + 8);
    code = code.substring(0, code.indexOf("```"));
    assertTrue(Files.readString(FOLDER.resolve("ReadWeights.java")).endsWith("\n\n" + code), "it is ReadWeights.java");
    Path program = Files.writeString(folder.resolve("ReadWeights.java"), code);
    String printed = run(0, program, Fixture.DATA.resolve("checkpoint.tar"));
    assertTrue(printed.contains("fc.weight: float32 [3, 8] begins with 0.12841664\n"), printed);
  }

  @Test
  void setEpoch(@TempDir Path folder) throws IOException, InterruptedException {
    Path again = folder.resolve("again.tar");
    String printed = run(0, FOLDER.resolve("SetEpoch.java"), Fixture.DATA.resolve("checkpoint.tar"), again);
    assertTrue(printed.contains("fc.weight float32 [3, 8]\n"), printed);
    try (Checkpoint checkpoint = Checkpoint.open(again)) {
      assertEquals(100, checkpoint.root().at("epoch").asLong());
    }
  }

  @Test
  void convert(@TempDir Path folder) throws IOException, InterruptedException {
    Path to = folder.resolve("model.safetensors");
    run(0, FOLDER.resolve("Convert.java"), Fixture.DATA.resolve("state_dict.pt"), to);
    assertTrue(Files.readString(to, StandardCharsets.ISO_8859_1).contains("\"fc.weight\""));
    String refused = run(1, FOLDER.resolve("Convert.java"), Fixture.DATA.resolve("values.pt"), to);
    assertTrue(refused.contains("Only .pt and .pth"), refused);
    assertTrue(run(2, FOLDER.resolve("Convert.java")).startsWith("usage:"));
  }

  private static final String SAVE = String.join("\n",
      "import json, sys, torch",
      "torch.manual_seed(0)",
      "model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))",
      "torch.save({'model_state_dict': model.state_dict(), 'epoch': 3}, sys.argv[1])",
      "print(json.dumps(model(torch.tensor([0.5, 1, -1])).tolist()))");

  @Test
  void serve(@TempDir Path folder) throws IOException, InterruptedException {
    Path path = folder.resolve("ckpt.pt");
    List<?> wanted = (List<?>) Json.read(Fixture.python(SAVE, path));
    Process server = start(FOLDER.resolve("Serve.java"), 0, path, "model_state_dict");
    try {
      InputStreamReader printed = new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8);
      URI address = URI.create(new BufferedReader(printed).readLine());
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = ask(address, "[0.5, 1, -1]");
        assertEquals(200, answer.statusCode(), answer.body());
        List<?> got = (List<?>) Json.read(answer.body());
        assertEquals(wanted.size(), got.size());
        for (int j = 0; j < got.size(); j++) assertEquals((Double) wanted.get(j), (Double) got.get(j), 1e-6);
      }
      assertEquals(400, ask(address, "[1]").statusCode());
      assertEquals(400, ask(address, "no numbers").statusCode());
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  /** Two models in train mode, where dropout is, and what they predict in eval mode. */
  private static final String SAVE_MODELS = String.join("\n",
      "import json, sys, torch",
      "torch.manual_seed(0)",
      "outputs = []",
      "for name in ('model.ts', 'newer.ts'):",
      "    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Dropout(0.9), torch.nn.Linear(8, 2))",
      "    torch.jit.script(model).save(sys.argv[1] + '/' + name)",
      "    outputs.append(model.eval()(torch.tensor([[0.5, 1, -1]]))[0].tolist())",
      "print(json.dumps(outputs))");

  @Test
  @Tag("torch")
  void serveModel(@TempDir Path folder) throws IOException, InterruptedException {
    List<?> wanted = (List<?>) Json.read(Fixture.python(SAVE_MODELS, folder));
    Process server = start(FOLDER.resolve("ServeModel.java"), 0, folder.resolve("model.ts"));
    try {
      InputStreamReader printed = new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8);
      URI address = URI.create(new BufferedReader(printed).readLine());
      predicts((List<?>) wanted.get(0), address);
      Files.move(folder.resolve("newer.ts"), folder.resolve("model.ts"), StandardCopyOption.REPLACE_EXISTING);
      predicts((List<?>) wanted.get(0), address);
      assertEquals("reloaded\n", ask(address.resolve("reload"), "").body());
      predicts((List<?>) wanted.get(1), address);
      Files.writeString(folder.resolve("model.ts"), "no model");
      assertEquals(400, ask(address.resolve("reload"), "").statusCode());
      assertEquals(400, ask(address.resolve("predict"), "[1]").statusCode());
      predicts((List<?>) wanted.get(1), address);
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void predicts(List<?> wanted, URI address) throws IOException, InterruptedException {
    List<?> got = (List<?>) Json.read(ask(address.resolve("predict"), "[0.5, 1, -1]").body());
    assertEquals(wanted.size(), got.size());
    for (int i = 0; i < got.size(); i++) assertEquals((Double) wanted.get(i), (Double) got.get(i), 1e-6);
  }

  private static HttpResponse<String> ask(URI address, String body) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
