// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

@ExtendWith(NoLeaks.class)
class ValueTest {
  private static WeightportException fails(Code code, Executable call) {
    WeightportException failure = assertThrows(WeightportException.class, call);
    assertEquals(code, failure.code());
    return failure;
  }

  @Test
  void arraysAreLists() {
    int[] shared = {1, 2};
    try (Value list = Value.of(new Object[] {shared, new long[] {3}, new double[] {0.5}, new float[] {1.5f}, new boolean[] {true},
        new short[] {-4}, new String[] {"a", null}, new int[][] {{5}, {}}, new int[0], shared})) {
      assertEquals(List.of(List.of(1L, 2L), List.of(3L), List.of(0.5), List.of(1.5), List.of(true), List.of(-4L),
          Arrays.asList("a", null), List.of(List.of(5L), List.of()), List.of(), List.of(1L, 2L)), list.toJava());
      list.item(0).setItem(0, 7);
      assertEquals(7, list.item(9).item(0).asLong(), "one array is one list");
    }
    fails(Code.UNSUPPORTED, () -> Value.of(new char[] {'a'}));
  }

  @Test
  void aValueSaysWhatItIs() {
    List<String> said = new ArrayList<>();
    try (Tensor tensor = Tensor.zeros(DType.FLOAT32, 2, 3); Value list = Value.of(Arrays.asList(null, true, -5, 0.5, "a\nb", "x".repeat(99),
        new byte[3], tensor, DType.INT64, new Python.Device("cuda:0"), new Python.Size(4), new Python.Tuple(1, 2),
        new Python.FrozenSet(1), new Python.OrderedDict(Map.of()), Map.of("lr", 1),
        new Python.Instance("torch.nn.Linear", new Python.Tuple(), null), new Python.Instance("torch.nn.ReLU", null, null)))) {
      list.forEach(item -> said.add(item.toString()));
    }
    Value closed = Value.of(1);
    closed.close();
    said.add(closed.toString());
    assertEquals(List.of("Value(none)", "Value(bool True)", "Value(int -5)", "Value(float 0.5)", "Value(string \"a\\nb\")",
        "Value(string \"" + "x".repeat(60) + "\"...)", "Value(bytes of 3)", "Value(tensor Tensor(float32 [2, 3]))",
        "Value(dtype int64)", "Value(device cuda:0)", "Value(size of 1)", "Value(tuple of 2)",
        "Value(set builtins.frozenset of 1)", "Value(dict collections.OrderedDict of 0)", "Value(dict of 1)",
        "Value(object torch.nn.Linear)", "Value(object torch.nn.ReLU itself)", "Value(closed)"), said);
  }

  /** One of every kind, but for tensors. */
  static Map<Object, Object> everyKind() {
    Map<Object, Object> all = new LinkedHashMap<>();
    all.put("none", null);
    all.put("bool", true);
    all.put("int", -5L);
    all.put("large", BigInteger.TWO.pow(100).negate());
    all.put("float", 0.1);
    all.put("complex", new Python.Complex(1, -2));
    all.put("string", "\ud83d\ude80\0ü");
    all.put("list", new ArrayList<>(List.of(1L, List.of(), "x")));
    all.put("tuple", new Python.Tuple(1L, new Python.Tuple(), null));
    all.put("set", new LinkedHashSet<>(List.of(3L, "y")));
    all.put("frozenset", new Python.FrozenSet(4L, "z"));
    all.put(7L, "int key");
    all.put(new Python.Tuple("a", 1L), "tuple key");
    all.put(new Python.FrozenSet(1L), "frozenset key");
    all.put("ordered", new Python.OrderedDict(Map.of("k", 2.5)));
    all.put("dtype", DType.BFLOAT16);
    all.put("device", new Python.Device("cuda:1"));
    all.put("size", new Python.Size(2, 3));
    return all;
  }

  @Test
  void javaToPythonAndBack() {
    Map<Object, Object> all = everyKind();
    try (Value value = Value.of(all)) {
      assertEquals(all, value.toJava());
      assertEquals(new ArrayList<>(all.keySet()), new ArrayList<>(((Map<?, ?>) value.toJava()).keySet()));
      assertEquals(Python.OrderedDict.class, ((Map<?, ?>) value.toJava()).get("ordered").getClass());
      EnumSet<Kind> kinds = EnumSet.of(value.kind());
      value.forEach(each -> kinds.add(each.kind()));
      assertEquals(EnumSet.complementOf(EnumSet.of(Kind.BYTES, Kind.TENSOR, Kind.OBJECT)), kinds);
      try (Value copy = value.copy()) {
        assertEquals(all, copy.toJava());
      }
    }
    try (Value bytes = Value.of(new byte[] {0, -1})) {
      assertArrayEquals(new byte[] {0, -1}, bytes.asBytes());
    }
  }

  @Test
  void scalars() {
    try (Value all = Value.of(everyKind())) {
      assertNull(all.find("none").toJava());
      assertEquals(Kind.NONE, all.find("none").kind());
      assertTrue(all.find("bool").asBoolean());
      assertEquals(1, all.find("bool").asLong());
      assertEquals(-5, all.find("int").asLong());
      assertEquals(-5.0, all.find("int").asDouble());
      assertEquals(BigInteger.valueOf(-5), all.find("int").asBigInteger());
      assertEquals(BigInteger.TWO.pow(100).negate(), all.find("large").asBigInteger());
      fails(Code.LIMIT, all.find("large")::asLong);
      assertEquals(new Python.Complex(0.1, 0), all.find("float").asComplex());
      assertEquals("\ud83d\ude80\0ü", all.find("string").asString());
      assertEquals(DType.BFLOAT16, all.find("dtype").asDType());
      assertEquals("bfloat16", all.find("dtype").dtypeName());
      assertEquals("cuda:1", all.find("device").asDevice());
      assertEquals("int key", all.find(7).asString());
      assertEquals(3, all.at("size.1").asLong());
      assertTrue(fails(Code.MISMATCH, all.find("float")::asString).getMessage().contains("float"));
      fails(Code.MISMATCH, all.find("float")::asTensor);
      fails(Code.MISMATCH, all.find("float")::asStateDict);
      fails(Code.MISMATCH, all.find("float")::asBytes);
      assertEquals("list.9", fails(Code.NOT_FOUND, () -> all.at("list.9")).key());
      assertNull(all.find("no"));
      assertNull(all.find(8));
      assertNull(all.item(99));
      assertNull(all.key(99));
    }
  }

  @Test
  void objects() {
    Python.Instance made = new Python.Instance("my.Class", new Python.Tuple(1L, "x"), Map.of("weight", 2.5));
    try (Value object = Value.of(made); Value plain = Value.of(new Python.Instance("my.function", null, null))) {
      assertEquals(Kind.OBJECT, object.kind());
      assertEquals("my.Class", object.className());
      assertEquals("x", object.args().item(1).asString());
      assertEquals(2.5, object.attributes().find("weight").asDouble());
      Python.Instance back = (Python.Instance) object.toJava();
      assertEquals(made.args(), back.args());
      assertEquals(made.attributes(), back.attributes());
      object.setAttributes(Map.of("bias", 1));
      assertEquals(1, object.at("bias").asLong());
      object.setAttributes(null);
      assertNull(object.attributes());
      assertEquals("my.function", plain.className());
      assertNull(plain.args());
    }
  }

  @Test
  void editing() {
    try (Value list = Value.of(List.of(1, 2, 3)); Value dict = Value.of(Map.of("a", 1))) {
      list.append("four");
      list.setItem(0, List.of());
      list.removeItem(1);
      assertEquals(Arrays.asList(List.of(), 3L, "four"), list.toJava());
      dict.set("b", list);
      dict.set(5, null);
      dict.setKey(new Python.Tuple(1), 2);
      dict.rename("a", "c");
      dict.remove("b");
      fails(Code.NOT_FOUND, () -> dict.remove("b"));
      fails(Code.MISMATCH, () -> dict.append(1));
      fails(Code.MISMATCH, () -> dict.setKey(List.of(), 1));
      Map<Object, Object> wanted = new LinkedHashMap<>(Map.of("c", 1L));
      wanted.put(5L, null);
      wanted.put(new Python.Tuple(1L), 2L);
      assertEquals(wanted, dict.toJava());
      dict.set("shared", dict.find("c"));
      try (Value clone = Value.of(dict)) {
        assertEquals(1, clone.find("shared").asLong());
      }
    }
    try (Value list = Value.of(List.of(1))) {
      for (Executable each : List.<Executable>of(() -> list.setItem(-1, 0), () -> list.removeItem(-1))) {
        assertEquals("there is no item -1", fails(Code.NOT_FOUND, each).getMessage());
      }
      assertNull(list.item(-1));
      assertNull(list.key(-1));
    }
    fails(Code.UNSUPPORTED, () -> Value.of(new Object()));
    fails(Code.UNSUPPORTED, () -> Value.of(List.of(1, Map.of("x", new StringBuilder()))));
    fails(Code.MISMATCH, () -> Value.of(Set.of(List.of())));
  }

  @Test
  void whatIsSharedStaysSharedAndCyclesAreRefused() {
    try (Value list = Value.of(List.of())) {
      try (Value inner = Value.of(List.of(1))) {
        list.append(inner);
      }
      list.append(list.item(0));
      List<?> unfolded = (List<?>) list.toJava();
      assertSame(unfolded.get(0), unfolded.get(1));
      list.append(list);
      fails(Code.UNSUPPORTED, list::toJava);
    }
    try (Checkpoint recursive = Fixture.open("recursive.pt")) {
      assertTrue(recursive.root().size() > 0);
    }
  }

  @Test
  void containersInEachOtherWithoutEnd() {
    List<Object> list = new ArrayList<>();
    list.add(list);
    Map<Object, Object> dict = new LinkedHashMap<>();
    for (int i = 0; i < 100000; i++) dict.put(i, i);
    dict.put("self", dict);
    List<Object> inTuple = new ArrayList<>();
    inTuple.add(new Python.Tuple(inTuple));
    Map<Object, Object> attributes = new LinkedHashMap<>();
    Python.Instance object = new Python.Instance("my.Class", new Python.Tuple(), attributes);
    attributes.put("self", object);
    for (Object each : List.<Object>of(list, dict, inTuple, object)) fails(Code.LIMIT, () -> Value.of(each));
    try (Value value = Value.of(List.of())) {
      fails(Code.LIMIT, () -> value.append(dict));
    }
  }

  @Test
  void aThousandContainersInEachOther() throws Exception {
    Object deep = "end";
    for (int i = 0; i < 200; i++) {
      Object object = new Python.Instance("my.Class", null, Map.of("self", deep));
      deep = Map.of("key", List.of(new Python.Tuple(object)));
    }
    Object allowed = deep;
    List<Object> deeper = List.of(deep);
    Throwable[] failure = {null};
    // As small as the stacks of threads are in some services.
    Thread thread = new Thread(null, () -> {
      try (Value value = Value.of(allowed)) {
        assertEquals(1, value.size());
        assertEquals(1, ((Map<?, ?>) value.toJava()).size());
        fails(Code.LIMIT, () -> Value.of(deeper));
      }
    }, "small stack", 1 << 17);
    thread.setUncaughtExceptionHandler((in, thrown) -> failure[0] = thrown);
    thread.start();
    thread.join();
    assertNull(failure[0]);
  }

  @Test
  void whatIsInSeveralPlacesIsOneNode() {
    List<Object> list = new ArrayList<>(List.of(1L));
    Object shared = list;
    for (int i = 0; i < 100; i++) shared = List.of(shared, shared);
    try (Value root = Value.of(new Python.Tuple(list, shared, list))) {
      root.item(0).append("more");
      assertEquals(2, root.item(2).size());
      List<?> back = (List<?>) root.toJava();
      assertEquals(List.of(1L, "more"), back.get(0));
      assertSame(back.get(0), back.get(2));
      Object at = back.get(1);
      for (int i = 0; i < 100; i++) at = ((List<?>) at).get(i % 2);
      assertSame(back.get(0), at);
    }
  }

  @Test
  void emptyContainersAreApart() {
    try (Value root = Value.of(Map.of("a", List.of(), "b", List.of(), "c", Map.of()))) {
      root.find("a").append(1);
      assertEquals(0, root.find("b").size());
      assertEquals(Map.of("a", List.of(1L), "b", List.of(), "c", Map.of()), root.toJava());
    }
  }

  @Test
  void anObjectOfNothingIsNotItsClass() {
    Python.Instance object = new Python.Instance("my.Class", new Python.Tuple(), null);
    Python.Instance itself = new Python.Instance("my.Class", null, null);
    try (Value root = Value.of(List.of(object, itself))) {
      assertFalse(root.item(0).isClass());
      assertTrue(root.item(1).isClass());
      List<?> back = (List<?>) root.toJava();
      assertEquals(List.of(), ((Python.Instance) back.get(0)).args());
      assertNull(((Python.Instance) back.get(1)).args());
    }
  }

  /** Many have the same hash by Set's rule. */
  @Test
  void manyFrozenSets() {
    List<Object> sets = new ArrayList<>();
    for (long i = 0; i < 20000; i++) sets.add(new Python.FrozenSet(i, 100000 - i));
    sets.add(new Python.FrozenSet(1L, 99999L));
    try (Value root = Value.of(sets)) {
      List<?> back = (List<?>) root.toJava();
      assertEquals(sets, back);
      assertSame(back.get(1), back.get(20000));
    }
  }

  @Test
  void frozenSetsAsKeysAndMembers() {
    Set<Object> frozen = new Python.FrozenSet(1L, 2L);
    Map<Object, Object> all = Map.of(frozen, "key", "member", Set.of(frozen), "empty", new Python.FrozenSet());
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (Checkpoint checkpoint = new Checkpoint()) {
      checkpoint.setRoot(all);
      fails(Code.MISMATCH, () -> checkpoint.root().setKey(Set.of(1L, 2L), "set"));
      fails(Code.MISMATCH, () -> checkpoint.root().set("list inside", new Python.FrozenSet(List.of())));
      fails(Code.MISMATCH, () -> checkpoint.root().find("empty").append(1));
      checkpoint.save(Channels.newChannel(file), new SaveOptions());
    }
    try (Checkpoint checkpoint = Checkpoint.open(ByteBuffer.wrap(file.toByteArray()), new OpenOptions())) {
      Value root = checkpoint.root();
      assertEquals(all, root.toJava());
      assertEquals("", root.find("member").className());
      assertEquals("builtins.frozenset", root.find("member").item(0).className());
      assertEquals("builtins.frozenset", root.find("empty").className());
      assertEquals(LinkedHashSet.class, ((Map<?, ?>) root.toJava()).get("member").getClass());
      assertEquals(Python.FrozenSet.class, ((Map<?, ?>) root.toJava()).get("empty").getClass());
    }
  }

  @Test
  void aFileWithAFrozenSetAsAKeyThereAndBack() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (Checkpoint keys = Fixture.open("keys.pt"); Checkpoint again = new Checkpoint()) {
      Map<?, ?> all = (Map<?, ?>) keys.root().toJava();
      assertEquals("set", all.get(new Python.FrozenSet(1L)));
      again.setRoot(all);
      again.save(Channels.newChannel(file), new SaveOptions());
      all.values().stream().filter(Tensor.class::isInstance).forEach(tensor -> ((Tensor) tensor).close());
    }
    try (Checkpoint keys = Fixture.open("keys.pt");
        Checkpoint again = Checkpoint.open(ByteBuffer.wrap(file.toByteArray()), new OpenOptions())) {
      assertEquals(keys.root().size(), again.root().size());
      for (int i = 0; i < keys.root().size(); i++) {
        assertEquals(keys.root().key(i).kind(), again.root().key(i).kind());
        assertEquals(keys.root().key(i).className(), again.root().key(i).className());
      }
    }
  }

  @Test
  void frozenSetsInEachOtherAreHashedAndComparedInTime() {
    Python.FrozenSet nested = new Python.FrozenSet();
    for (int i = 0; i < 60; i++) nested = new Python.FrozenSet(nested, new Python.Tuple(nested));
    assertEquals(2, nested.size());
    try (Value value = Value.of(List.of(new Python.FrozenSet(1L, "a"), new Python.FrozenSet("a", 1L)))) {
      List<?> both = (List<?>) value.toJava();
      assertSame(both.get(0), both.get(1));
    }
  }

  @Test
  void aFrozenSetIsASetThatCannotBeChanged() {
    Set<Object> frozen = new Python.FrozenSet("b", "a", "b", null);
    assertEquals(new LinkedHashSet<>(Arrays.asList("a", "b", null)), frozen);
    assertEquals(frozen, new Python.FrozenSet(null, "a", "b"));
    assertEquals(frozen.hashCode(), new Python.FrozenSet(null, "a", "b").hashCode());
    assertEquals(Arrays.asList("b", "a", null), new ArrayList<>(frozen));
    assertThrows(UnsupportedOperationException.class, () -> frozen.add("c"));
    assertThrows(UnsupportedOperationException.class, () -> frozen.remove("a"));
    assertThrows(UnsupportedOperationException.class, frozen::clear);
  }

  @Test
  void tensorsInTrees() {
    try (Tensor tensor = Tensor.of(new float[] {1, 2}); Value value = Value.of(Map.of("t", tensor));
        StateDict weights = value.asStateDict();
        Value dict = Value.of(weights)) {
      try (Tensor inside = (Tensor) ((Map<?, ?>) value.toJava()).get("t"); Tensor same = dict.find("t").asTensor()) {
        assertEquals(tensor.storageId(), inside.storageId());
        assertEquals(tensor.storageId(), same.storageId());
      }
    }
  }
}
