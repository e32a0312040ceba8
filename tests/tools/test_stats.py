#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport stats beside what PyTorch and numpy compute.

    test_stats.py COMMAND
"""
import json
import math
import struct

import numpy
import torch

from case import Case, main, run
from containers import safetensors

BINS = 32


def expected(tensor):
    """Of a strided tensor of numbers, in float64."""
    numbers = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_complex():
        parts = torch.view_as_real(numbers).to(torch.float64).numpy()
        magnitudes = numpy.where(numpy.isnan(parts).any(-1), math.nan, numpy.hypot(parts[..., 0], parts[..., 1]))
        numbers = torch.from_numpy(magnitudes)
    exact = numbers.reshape(-1)
    real = exact.to(torch.float64).numpy()
    finite = numpy.isfinite(real)
    rest = real[finite]
    out = {"of": "magnitudes" if tensor.is_complex() else "elements", "count": real.size, "nan": int(numpy.isnan(real).sum()),
           "inf": int((real == math.inf).sum()), "-inf": int((real == -math.inf).sum()), "zeros": int((rest == 0).sum()),
           "min": None, "max": None, "mean": None, "std": None, "low": None, "high": None, "histogram": []}
    if not rest.size:
        return out
    kept = exact[torch.from_numpy(finite)]
    out.update(min=kept.min().item(), max=kept.max().item(), mean=math.fsum(rest) / rest.size)
    if rest.size > 1:
        out["std"] = math.sqrt(math.fsum((rest - out["mean"]) ** 2) / (rest.size - 1))
    low, high = rest.min(), rest.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    bins = numpy.minimum((rest - low) / (high - low) * BINS, BINS - 1).astype(int)
    out.update(low=low, high=high, histogram=numpy.bincount(bins, minlength=BINS).tolist())
    return out


class Stats(Case):
    def stats(self, path, *options):
        status, out, err = run("stats", path, "--json", *options)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)["tensors"]

    def saved(self, value):
        path = self.path("file.pt")
        torch.save(value, path)
        return {".".join(map(str, entry["path"])): entry for entry in self.stats(path)}

    def assert_same(self, shown, tensor):
        wanted = expected(tensor)
        self.assertEqual(list(shown), list(wanted))
        for name, number in wanted.items():
            if name in ("mean", "std") and number is not None:
                self.assertAlmostEqual(shown[name], number, delta=1e-13 * max(abs(number), wanted["high"] - wanted["low"]))
            else:
                self.assertEqual(shown[name], number, name)

    def test_every_dtype_of_pytorch(self):
        torch.manual_seed(0)
        value = {}
        for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128):
            value[str(dtype)[6:]] = torch.randn(70, 1001, dtype=torch.complex128 if dtype.is_complex else torch.float64).to(dtype)
        for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
            info = torch.iinfo(dtype)
            value[str(dtype)[6:]] = torch.randint(info.min, info.max, (999,), dtype=dtype)
        value["bool"] = torch.randn(1000) > 0.5
        shown = self.saved(value)
        self.assertEqual(list(shown), list(value))
        for name, tensor in value.items():
            with self.subTest(name):
                self.assertEqual(shown[name]["dtype"], name)
                self.assert_same(shown[name]["statistics"], tensor)

    def test_numbers_that_are_hard(self):
        inf, nan = math.inf, math.nan
        value = {"strange": torch.tensor([nan, 1, inf, -inf, -2, nan, 0, -0.0]), "none": torch.tensor([nan, inf]),
                 "empty": torch.empty(0, 3), "scalar": torch.tensor(3.5), "same": torch.full((100,), 0.1),
                 "tiny": torch.tensor([5e-324, 1e-323, 0], dtype=torch.float64),
                 "offset": 1e9 + torch.arange(200000, dtype=torch.float64) % 7,
                 "long": torch.tensor([2**63 - 1, -2**63, 2**53 + 1]), "complex": torch.tensor([complex(nan, inf), 3 + 4j])}
        shown = self.saved(value)
        for name, tensor in value.items():
            with self.subTest(name):
                self.assert_same(shown[name]["statistics"], tensor)

    def test_numbers_whose_sum_is_too_large(self):
        most = 1.7e308
        shown = self.saved({"w": torch.tensor([most, most, -most, most], dtype=torch.float64)})["w"]["statistics"]
        self.assertAlmostEqual(shown["mean"] / most, 0.5)
        self.assertEqual((shown["std"], shown["histogram"][0], shown["histogram"][-1]), ("inf", 1, 3))

    def test_views_are_what_they_show(self):
        base = torch.arange(12.0).reshape(3, 4)
        pair = torch.tensor([1 + 2j, 3 - 4j])
        value = {"t": base.t(), "row": base[1], "column": base[:, 2], "tied": base, "again": base, "expanded": base[:1].expand(5, 4),
                 "conj": pair.conj()}
        shown = self.saved(value)
        for name, tensor in value.items():
            with self.subTest(name):
                self.assert_same(shown[name]["statistics"], tensor)

    def test_many_pieces(self):
        tensor = torch.arange(9_000_001, dtype=torch.int32)
        shown = self.saved({"w": tensor})["w"]["statistics"]
        self.assert_same(shown, tensor)
        self.assertEqual(self.saved({"w": tensor})["w"]["statistics"], shown)

    def test_quantized(self):
        numbers = torch.tensor([-1.0, 0.0, 0.5, 2.0])
        value = {str(dtype)[6:]: torch.quantize_per_tensor(numbers, 0.25, 3, dtype) for dtype in (torch.qint8, torch.qint32)}
        value["quint8"] = torch.quantize_per_tensor(numbers, 0.25, 9, torch.quint8)
        value["channels"] = torch.quantize_per_channel(numbers.reshape(2, 2), torch.ones(2), torch.zeros(2), 0, torch.qint8)
        shown = self.saved(value)
        self.assertEqual((shown.pop("channels")["statistics"]), None)
        for name, entry in shown.items():
            with self.subTest(name):
                wanted = {**expected(value[name].dequantize()), "of": "dequantized"}
                self.assertEqual(entry["statistics"], wanted)

    def test_sparse(self):
        sparse = torch.tensor([[0, 2.0, 0], [0, 0, -5.0]]).to_sparse()
        shown = self.saved({"w": sparse})["w"]["statistics"]
        self.assertEqual(shown, {**expected(sparse.coalesce().values()), "of": "values"})

    def test_what_is_not_computed_says_why(self):
        shown = self.saved({"meta": torch.empty(3, device="meta"), "wide": torch.zeros(1).expand(1 << 28, 5)})
        self.assertEqual({name: (entry["statistics"], entry["missing"]) for name, entry in shown.items()}, {
            "meta": (None, "the file has no bytes of it"), "wide": (None, "it expands a small storage to more than 1 GiB")})

    def test_dtypes_that_this_pytorch_lacks(self):
        codes = bytes(range(256))
        path = self.write("a.safetensors", safetensors({
            "e4m3": ("F8_E4M3", (256,), codes), "e5m2": ("F8_E5M2", (256,), codes),
            "u16": ("U16", (2,), struct.pack("<2H", 0, 65535)), "u64": ("U64", (2,), struct.pack("<2Q", 1, 2**64 - 1))}))
        shown = {entry["name"]: entry["statistics"] for entry in self.stats(path)}
        facts = {name: [s[key] for key in ("nan", "inf", "-inf", "zeros", "min", "max")] for name, s in shown.items()}
        self.assertEqual(facts, {"e4m3": [2, 0, 0, 2, -448, 448], "e5m2": [6, 1, 1, 2, -57344, 57344],
                                 "u16": [0, 0, 0, 1, 0, 65535], "u64": [0, 0, 0, 0, 1, 2**64 - 1]})

    def test_the_text(self):
        path = self.path("file.pt")
        torch.save({"a": {"w": torch.tensor([1.0, 2, 2, math.nan])}, "m": torch.empty(2, device="meta")}, path)
        self.assertEqual(run("stats", path), (0, (
            "tensor               min  max   mean     std\n"
            "a.w     float32 [4]    1    2  1.667  0.5774  ▄              █  1 NaN\n"
            "m       float32 [2]  not computed: the file has no bytes of it\n"), ""))
        status, out, _ = run("stats", path, "--key", "m")
        self.assertEqual((status, [line.split()[0] for line in out.splitlines()]), (0, ["tensor", "m"]))
        self.fails("stats", path, "--key", "missing")

    def test_a_bad_file(self):
        self.assertIn("bad.pt", self.fails("stats", self.write("bad.pt", b"nothing")))


if __name__ == "__main__":
    main(__doc__)
