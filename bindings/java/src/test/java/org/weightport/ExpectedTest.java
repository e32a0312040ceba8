// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every golden file reads as PyTorch reads it: see tests/data/README.md. */
@ExtendWith(NoLeaks.class)
class ExpectedTest {
  private Map<String, Object> wanted;

  @TestFactory
  List<DynamicTest> everyFile() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : List.of(Fixture.DATA, Fixture.REPOSITORY.resolve("../shared/fixtures"))) {
      Path expected = folder.resolve("expected.json");
      if (!Files.exists(expected)) {
        System.out.println("skipped: there is no " + expected);
        continue;
      }
      object(Json.read(Files.readString(expected))).forEach((name, entry) -> {
        Path path = Files.exists(folder.resolve(name)) ? folder.resolve(name) : folder.resolve("torch-2.6").resolve(name);
        tests.add(DynamicTest.dynamicTest(name, () -> compare(path, object(entry))));
      });
    }
    assertTrue(tests.size() > 50);
    return tests;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  private List<?> list(String key) {
    return (List<?>) wanted.getOrDefault(key, List.of());
  }

  private void compare(Path path, Map<String, Object> entry) {
    wanted = entry;
    if (wanted.containsKey("error")) {
      WeightportException failure = assertThrows(WeightportException.class, () -> Checkpoint.open(path).close());
      assertFalse(failure.getMessage().isEmpty() || failure.getMessage().contains("\n"), failure.getMessage());
      return;
    }
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      assertEquals(wanted.get("format"), checkpoint.format().toString());
      boolean scripted = wanted.get("format").equals("torchscript") && !list("tensors").isEmpty();
      try (StateDict weights = scripted || wanted.containsKey("state_dict") ? checkpoint.stateDict() : null) {
        if (wanted.containsKey("state_dict")) assertEquals(list("state_dict"), weights.names());
        for (Object each : list("tensors")) compareTensor(checkpoint, scripted ? weights : null, object(each));
      }
      for (Object each : list("scalars")) compareScalar(checkpoint, object(each));
    }
  }

  private void compareTensor(Checkpoint checkpoint, StateDict byName, Map<String, Object> expected) {
    List<?> path = (List<?>) expected.get("path");
    try (Tensor tensor = byName != null ? byName.tensor((String) path.get(0)) : Walk.to(checkpoint, path).asTensor()) {
      assertEquals(expected.get("dtype"), tensor.dtype().toString(), () -> "dtype of " + path);
      assertEquals(String.valueOf(expected.get("shape")), Arrays.toString(tensor.shape()), () -> "shape of " + path);
      assertEquals(strides(expected.get("stride")), Arrays.toString(tensor.strides()), () -> "strides of " + path);
      assertEquals(String.valueOf(expected.get("crc32")), checksum(tensor), () -> "elements of " + path);
      Object device = object(wanted.getOrDefault("locations", Map.of())).get(path.isEmpty() ? "" : path.get(0));
      if (path.size() == 1 && device != null) assertEquals(device, tensor.device());
    }
  }

  private static String strides(Object expected) {
    return expected == null ? "null" : expected.toString();
  }

  /** Of the contiguous elements; "null" if the tensor has no bytes. */
  private static String checksum(Tensor tensor) {
    CRC32 sum = new CRC32();
    try (Tensor row = tensor.contiguous()) {
      sum.update(row.toBytes());
      CRC32 seen = new CRC32();
      row.chunks().forEach(seen::update);
      assertEquals(sum.getValue(), seen.getValue());
    } catch (WeightportException none) {
      assertEquals(Code.UNSUPPORTED, none.code());
      return "null";
    }
    return Long.toString(sum.getValue());
  }

  private void compareScalar(Checkpoint checkpoint, Map<String, Object> expected) {
    List<?> path = (List<?>) expected.get("path");
    assertEquals(Walk.form(expected.get("value")), Walk.form(Walk.to(checkpoint, path).toJava()), () -> "value of " + path);
  }
}
