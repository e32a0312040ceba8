// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
class StateDictTest {
  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code());
    return failure;
  }

  @Test
  void aMapInOrder() {
    try (Checkpoint checkpoint = Fixture.open("state_dict.pt"); StateDict weights = checkpoint.stateDict()) {
      Map<String, Tensor> map = weights.asMap();
      assertEquals(weights.names(), new ArrayList<>(map.keySet()));
      assertEquals(weights.size(), map.size());
      map.forEach((name, tensor) -> {
        try (tensor; Tensor same = map.get(name)) {
          assertEquals(same.storageId(), tensor.storageId());
        }
      });
      assertTrue(map.containsKey("fc.weight"));
      assertFalse(map.containsKey("fc.weigh"));
      assertFalse(map.containsKey((Object) 5));
      assertNull(map.get("fc.weigh"));
      assertThrows(UnsupportedOperationException.class, () -> map.remove("fc.weight"));
      assertThrows(UnsupportedOperationException.class, () -> map.put("fc.weight", null));
      Iterator<String> names = map.keySet().iterator();
      for (int i = 0; i < map.size(); i++) names.next();
      assertThrows(NoSuchElementException.class, names::next);
      assertEquals("no", fails(Code.NOT_FOUND, () -> weights.tensor("no")).key());
      fails(Code.NOT_FOUND, () -> weights.name(weights.size()));
    }
  }

  @Test
  void editsAreSeenByLookups() {
    try (StateDict weights = new StateDict(); Tensor one = Tensor.of(new float[] {1});
        Tensor two = Tensor.of(new float[] {2})) {
      weights.set("a", one);
      assertEquals(1, item(weights, "a"));
      weights.set("a", two);
      assertEquals(2, item(weights, "a"));
      weights.set("b", one);
      weights.rename("a", "c");
      assertNull(weights.find("a"));
      assertEquals(List.of("c", "b"), weights.names());
      weights.addPrefix("module.");
      assertEquals(2, item(weights, "module.c"));
      weights.stripPrefix("module.");
      fails(Code.MISMATCH, () -> weights.rename("c", "b"));
      weights.remove("c");
      fails(Code.NOT_FOUND, () -> weights.remove("c"));
      assertEquals(List.of("b"), weights.names());
      try (Value value = weights.toValue(); StateDict again = value.asStateDict()) {
        assertEquals("collections.OrderedDict", value.className());
        assertEquals(weights.names(), again.names());
      }
    }
  }

  private static double item(StateDict weights, String name) {
    try (Tensor tensor = weights.tensor(name)) {
      return tensor.item();
    }
  }

  @Test
  void unicodeKeys(@TempDir Path folder) throws IOException, InterruptedException {
    List<String> names = List.of("größe.β", "重み", "\ud83d\ude80.weight", "a\ud800\udc00b", "");
    Path path = folder.resolve("schl\u00fcssel-\ud83d\ude80.pt");
    try (StateDict weights = new StateDict(); Tensor tensor = Tensor.of(new float[] {5});
        Checkpoint checkpoint = new Checkpoint()) {
      for (String name : names) weights.set(name, tensor);
      for (String name : names) assertEquals(5, item(weights, name));
      assertEquals(names, weights.names());
      checkpoint.setStateDict(null, weights);
      checkpoint.save(path);
    }
    try (Checkpoint checkpoint = Checkpoint.open(path); StateDict weights = checkpoint.stateDict()) {
      assertEquals(names, weights.names());
      assertEquals(5, item(weights, "\ud83d\ude80.weight"));
      assertEquals("\ud83d\ude80.weight", checkpoint.root().key(2).asString());
      fails(Code.NOT_FOUND, () -> weights.tensor("\ud83d\ude81"));
    }
    String script = "import sys, json, torch\nprint(json.dumps(list(torch.load(sys.argv[1], weights_only=True))))";
    String printed = Fixture.python(script, path);
    assertEquals(names, Json.read(printed));
  }

  /** Python can hold half a character, and so can Java. */
  @Test
  void halvesOfCharacters() {
    try (Checkpoint checkpoint = Fixture.open("surrogates.pt")) {
      Value root = checkpoint.root();
      assertTrue(root.size() > 0);
      boolean half = false;
      for (int i = 0; i < root.size(); i++) {
        String key = root.key(i).asString();
        half |= key.chars().anyMatch(c -> Character.isSurrogate((char) c));
        assertEquals(root.item(i).kind(), root.find(key).kind());
      }
      assertTrue(half);
    }
    try (Value value = Value.of("a\udc80\ud83d\ude80\ud800")) {
      assertEquals("a\udc80\ud83d\ude80\ud800", value.asString());
    }
  }

  @Test
  void aNulIsRefused() {
    try (StateDict weights = new StateDict(); Tensor tensor = Tensor.zeros(DType.FLOAT32);
        Checkpoint checkpoint = new Checkpoint()) {
      weights.set("a", tensor);
      fails(Code.INVALID_ARGUMENT, () -> weights.set("a\0b", tensor));
      fails(Code.INVALID_ARGUMENT, () -> weights.rename("a", "a\0b"));
      fails(Code.INVALID_ARGUMENT, () -> weights.rename("a\0b", "b"));
      assertTrue(fails(Code.INVALID_ARGUMENT, () -> weights.remove("a\0b")).getMessage().contains("NUL"));
      fails(Code.INVALID_ARGUMENT, () -> weights.addPrefix("\0"));
      fails(Code.INVALID_ARGUMENT, () -> checkpoint.set("\0", 1));
      fails(Code.INVALID_ARGUMENT, () -> checkpoint.root().set("\0", 1));
      fails(Code.INVALID_ARGUMENT, () -> checkpoint.root().at("\0"));
      fails(Code.INVALID_ARGUMENT, () -> checkpoint.stateDict("a\0"));
      fails(Code.NOT_FOUND, () -> weights.tensor("a\0b"));
      assertNull(checkpoint.root().find("a\0"));
      assertEquals(List.of("a"), weights.names());
    }
  }
}
