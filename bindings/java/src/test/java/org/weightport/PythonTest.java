// SPDX-License-Identifier: MIT
package org.weightport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What Java saves, Python loads, and the other way round. */
@Tag("process")
@ExtendWith(NoLeaks.class)
class PythonTest {
  private static final String CHECK = String.join("\n",
      "import collections, sys, torch",
      "assert torch.equal(torch.load(sys.argv[4], weights_only=True)['w'], torch.tensor([[1.5, -2], [3, 4]]))",
      "new = {} if torch.__version__.startswith('1.') else {'weights_only': False}",
      "for path in sys.argv[1:3]:",
      "    got = torch.load(path, **new)",
      "    assert got['none'] is None and got['bool'] is True and got['int'] == -5 and got['large'] == -2 ** 100",
      "    assert got['float'] == 0.1 and got['complex'] == 1 - 2j and got['string'] == '\\U0001f680\\0\\u00fc'",
      "    assert got['list'] == [1, [], 'x'] and got['tuple'] == (1, (), None) and got['set'] == {3, 'y'}",
      "    assert got[7] == 'int key' and got['a', 1] == 'tuple key' and type(got['tuple']) is tuple",
      "    assert got['frozenset'] == {4, 'z'} and type(got['frozenset']) is frozenset",
      "    assert got[frozenset([1])] == 'frozenset key'",
      "    assert type(got['ordered']) is collections.OrderedDict and got['ordered'] == {'k': 2.5}",
      "    assert got['dtype'] is torch.bfloat16 and got['device'] == torch.device('cuda:1')",
      "    assert got['size'] == torch.Size([2, 3]) and type(got['size']) is torch.Size",
      "    assert torch.equal(got['weights']['w'], torch.tensor([[1.5, -2], [3, 4]]))",
      "    assert got['weights']['w'].data_ptr() == got['tied'].data_ptr()",
      "    assert got['half'].dtype is torch.bfloat16 and got['half'].tolist() == [1, 2]",
      "    assert list(got)[:3] == ['none', 'bool', 'int']",
      "torch.save({'back': torch.arange(6).reshape(2, 3).t(), 'text': '\\U0001f680'}, sys.argv[3])",
      "print('same')");

  @Test
  void bothWays(@TempDir Path folder) throws IOException, InterruptedException {
    Path zip = folder.resolve("a.pt");
    Path legacy = folder.resolve("a.pth");
    Path plain = folder.resolve("weights.pt");
    Path back = folder.resolve("back.pt");
    Map<Object, Object> all = new LinkedHashMap<>(ValueTest.everyKind());
    try (Tensor tensor = Tensor.of(new float[] {1.5f, -2, 3, 4}, 2, 2); Tensor numbers = Tensor.of(new int[] {1, 2});
        Tensor half = numbers.to(DType.BFLOAT16); StateDict weights = new StateDict();
        Checkpoint checkpoint = new Checkpoint()) {
      weights.set("w", tensor);
      all.put("tied", tensor);
      all.put("half", half);
      checkpoint.setRoot(all);
      checkpoint.setStateDict("weights", weights);
      checkpoint.save(zip);
      checkpoint.save(legacy, new SaveOptions().format(Format.TORCH_LEGACY));
      // PyTorch 1.13 knows no floats when it loads weights only.
      checkpoint.setStateDict(null, weights);
      checkpoint.save(plain);
    }
    assertEquals("same\n", Fixture.python(CHECK, zip, legacy, back, plain));
    try (Checkpoint checkpoint = Checkpoint.open(back); Tensor tensor = checkpoint.root().find("back").asTensor()) {
      assertEquals("\ud83d\ude80", checkpoint.root().find("text").asString());
      assertEquals("[0, 3, 1, 4, 2, 5]", java.util.Arrays.toString(tensor.toLongs()));
    }
  }
}
