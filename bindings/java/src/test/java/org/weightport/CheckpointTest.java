// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
class CheckpointTest {
  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  @Test
  void whatAFileHolds() {
    try (Checkpoint checkpoint = Fixture.open("multi.tar")) {
      assertTrue(checkpoint.stateDictKeys().size() > 1);
      WeightportException several = fails(Code.MISMATCH, checkpoint::stateDict);
      for (String key : checkpoint.stateDictKeys()) {
        assertTrue(several.getMessage().contains(key));
        try (StateDict weights = checkpoint.stateDict(key)) {
          assertFalse(weights.names().isEmpty());
        }
      }
      assertEquals("nothing", fails(Code.NOT_FOUND, () -> checkpoint.stateDict("nothing")).key());
    }
    try (Checkpoint foreign = Fixture.open("foreign.pt")) {
      assertTrue(foreign.globals().containsValue(false));
      assertTrue(foreign.globals().get("torch._utils._rebuild_tensor_v2"));
    }
    assertTrue(Weightport.version().startsWith("0."));
  }

  @Test
  void errorsSayWhatAndWhere() {
    Path missing = Path.of("no", "such.pt");
    WeightportException failure = fails(Code.NOT_FOUND, () -> Checkpoint.open(missing));
    assertEquals(missing.toString(), failure.file());
    assertEquals(-1, failure.offset());
    assertEquals(20, failure.code().number());
    assertTrue(fails(Code.CORRUPT, () -> Fixture.open("bad_opcode.pt")).offset() >= 0);
    OpenOptions tight = new OpenOptions().limits(new Limits().maxSteps(3));
    fails(Code.LIMIT, () -> Checkpoint.open(Fixture.DATA.resolve("state_dict.pt"), tight));
  }

  @Test
  void numbersBelowZeroAreRefused() {
    for (Executable each : List.<Executable>of(() -> new Limits().maxDepth(-1), () -> new Limits().maxTensors(-1),
        () -> new Limits().maxBytes(-1), () -> new Limits().maxSteps(-1), () -> new Limits().maxString(-1),
        () -> new Limits().maxInflateRatio(-1), () -> new SaveOptions().maxShardSize(-1))) {
      assertTrue(fails(Code.INVALID_ARGUMENT, each).getMessage().contains("-1"));
    }
    OpenOptions threads = new OpenOptions().threads(-1);
    fails(Code.INVALID_ARGUMENT, () -> Checkpoint.open(Fixture.DATA.resolve("state_dict.pt"), threads));
  }

  @Test
  void everyFormat(@TempDir Path folder) {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt")) {
      Map<String, String> formats = Map.of("a.pt", "torch_zip", "a.safetensors", "safetensors", "a.safetensors.index.json",
          "safetensors_index", "a.bin.index.json", "torch_index");
      formats.forEach((name, format) -> {
        Path path = folder.resolve(name);
        checkpoint.save(path, new SaveOptions().durable(false).maxShardSize(100));
        compare(checkpoint, path, format);
      });
      Path legacy = folder.resolve("a.pth");
      checkpoint.save(legacy, new SaveOptions().format(Format.TORCH_LEGACY));
      compare(checkpoint, legacy, "torch_legacy");
      fails(Code.UNSUPPORTED, () -> checkpoint.save(legacy, new SaveOptions().format(Format.TORCH_TAR)));
    }
    Path converted = folder.resolve("b.safetensors");
    Checkpoint.convert(Fixture.DATA.resolve("state_dict.pt"), converted, new SaveOptions());
    try (Checkpoint first = Fixture.open("state_dict.pt")) {
      compare(first, converted, "safetensors");
    }
  }

  /** Other formats keep the order of names, or not, and no class of the dict. */
  private static void compare(Checkpoint checkpoint, Path path, String format) {
    try (Checkpoint again = Checkpoint.open(path)) {
      assertEquals(format, again.format().toString());
      assertEquals(List.of(), checkpoint.diff(again, new DiffOptions()), format);
    }
  }

  @Test
  void metadataAndMode(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("m.safetensors");
    try (Checkpoint checkpoint = new Checkpoint(); Tensor tensor = Tensor.of(new float[] {1})) {
      checkpoint.set("t", tensor);
      checkpoint.setMetadata("author", "me \ud83d\ude80");
      checkpoint.setMetadata("gone", "x");
      checkpoint.setMetadata("gone", null);
      checkpoint.save(path, new SaveOptions().mode(0600));
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      assertEquals(Map.of("author", "me \ud83d\ude80"), checkpoint.metadata());
    }
  }

  @Test
  void savingOverTheMappedFile(@TempDir Path folder) throws IOException {
    Path path = Files.copy(Fixture.DATA.resolve("state_dict.pt"), folder.resolve("x.pt"));
    try (Checkpoint checkpoint = Checkpoint.open(path); Checkpoint original = Fixture.open("state_dict.pt")) {
      checkpoint.save(path);
      compare(original, path, "torch_zip");
      compare(checkpoint, path, "torch_zip");
    }
  }

  @Test
  void verifyAndDiff(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("x.pt");
    try (Checkpoint checkpoint = new Checkpoint(); Tensor tensor = Tensor.of(new float[64])) {
      checkpoint.set("t", tensor);
      checkpoint.set("epoch", 3);
      checkpoint.save(path);
      checkpoint.set("epoch", 3.5);
      checkpoint.set("more", "x");
      checkpoint.root().remove("t");
      try (Checkpoint saved = Checkpoint.open(path)) {
        assertEquals(List.of(), saved.verify());
        List<Finding> findings = saved.diff(checkpoint, new DiffOptions());
        assertEquals(Map.of("epoch", Finding.What.CHANGED, "t", Finding.What.MISSING, "more", Finding.What.ADDED),
            findings.stream().collect(Collectors.toMap(Finding::key, Finding::what)));
        assertEquals(0.5, findings.stream().filter(each -> each.key().equals("epoch")).findFirst().get().difference());
        assertEquals(2, saved.diff(checkpoint, new DiffOptions().atol(1)).size());
      }
    }
    byte[] bytes = Files.readAllBytes(path);
    int zeros = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\0".repeat(256));
    bytes[zeros + 128] ^= 1;
    Files.write(path, bytes);
    try (Checkpoint damaged = Checkpoint.open(path)) {
      List<Finding> findings = damaged.verify();
      assertEquals(1, findings.size());
      assertEquals(Finding.What.CORRUPT, findings.get(0).what());
      assertTrue(findings.get(0).toString().contains("t"));
    }
    fails(Code.CORRUPT, () -> Checkpoint.open(path, new OpenOptions().verifyChecksums(true)));
  }
}
