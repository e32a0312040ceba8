#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport diff: what it finds, and its exit status.

    test_diff.py COMMAND
"""
import json
import struct

from case import DATA, Case, main, run
from containers import Storages, torch_zip
from pickling import ordered_dict


class Diff(Case):
    def differ(self, a, b, *options):
        status, out, err = run("diff", a, b, *options)
        self.assertEqual((status, err), (1, ""))
        return out

    def pair(self):
        return (self.checkpoint("a.pt", epoch=3, model={"w": [1, 2, 3], "old": [1]}),
                self.checkpoint("b.pt", epoch=4, model={"w": [1, 2.5, 3], "new": [1, 2]}))

    def test_equal(self):
        for name in ("checkpoint.tar", "values.pt", "model.safetensors", "sparse.pt", "recursive.pt"):
            self.does("diff", DATA / name, DATA / name)
        self.does("convert", DATA / "state_dict.pt", self.path("out.safetensors"))
        self.does("diff", DATA / "state_dict.pt", self.path("out.safetensors"))
        self.assertEqual(json.loads(run("diff", "--json", DATA / "tied.pt", DATA / "tied.pt")[1]), {
            "a": str(DATA / "tied.pt"), "b": str(DATA / "tied.pt"), "missing": 0, "added": 0, "changed": 0, "findings": []})

    def test_text(self):
        lines = self.differ(*self.pair()).splitlines()
        self.assertEqual(lines[-1], "1 missing, 1 added, 2 changed")
        self.assertEqual(sorted(lines[:-1]), [
            "added    model.new: float32 [2]", "changed  epoch: 3 became 4",
            "changed  model.w: 1 of 3 elements differ, by at most 0.5", "missing  model.old: float32 [1]"])

    def test_json(self):
        a, b = self.pair()
        report = json.loads(self.differ(a, b, "--json"))
        findings = {f.pop("key"): f for f in report.pop("findings")}
        self.assertEqual(report, {"a": a, "b": b, "missing": 1, "added": 1, "changed": 2})
        self.assertEqual((findings["model.w"]["finding"], findings["model.w"]["difference"]), ("changed", 0.5))
        self.assertEqual(findings["model.old"], {"finding": "missing", "message": "float32 [1]", "difference": None})

    def test_a_difference_without_end(self):
        a, b = self.state_dict("a.pt", {"w": [1]}), self.state_dict("b.pt", {"w": [float("inf")]})
        self.assertEqual(json.loads(self.differ(a, b, "--json"))["findings"][0]["difference"], "inf")

    def test_max(self):
        a, b = self.pair()
        self.assertEqual(len(self.differ(a, b, "--max", "1").splitlines()), 2)
        self.assertEqual(self.differ(a, b, "--max", "0"), "1 missing, 1 added, 2 changed\n")
        report = json.loads(self.differ(a, b, "--json", "--max", "1"))
        self.assertEqual((len(report["findings"]), report["changed"]), (1, 2))

    def test_max_is_a_number(self):
        for text in ("-1", "1.5", "x", "", "99999999999999999999"):
            status, out, err = run("diff", *self.pair(), "--max", text)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(f'--max: "{text}" is no whole number from 0 on', err)

    def test_tolerances(self):
        a, b = self.state_dict("a.pt", {"w": [1, 100]}), self.state_dict("b.pt", {"w": [1.125, 101]})
        self.differ(a, b)
        self.differ(a, b, "--atol", "0.5")
        self.differ(a, b, "--rtol", "0.05")
        self.does("diff", a, b, "--atol", "1")
        self.does("diff", a, b, "--rtol", "0.12")
        self.does("diff", a, b, "--rtol", "0.01", "--atol", "0.12")

    def test_key(self):
        a, b = self.pair()
        self.assertIn("\n0 missing, 0 added, 1 changed", self.differ(a, b, "--key", "epoch"))
        self.assertTrue(self.differ(a, b, "--key", "model").endswith("1 missing, 1 added, 1 changed\n"))
        weights = self.state_dict("w.pt", {"w": [1, 2, 3], "old": [1]})
        self.does("diff", a, weights, "--key", "model", "--key", "")
        self.does("diff", weights, a, "--key", "", "--key", "model")

    def test_nothing_in_a_file_steers_the_terminal(self):
        storages = Storages()
        tensor = storages.tensor("Float", struct.pack("<f", 1), (1,), (1,))
        a = self.write("a.pt", torch_zip(ordered_dict([("\x1b[2J", tensor)]), storages))
        self.assertIn("missing  \\x1b[2J: ", self.differ(a, self.state_dict("b.pt", {"w": [1]})))

    def test_trouble(self):
        a, b = self.pair()
        self.assertIn("none.pt: cannot open", self.fails("diff", a, self.path("none.pt"), status=2))
        self.assertIn('a.pt: the dict has no "nothing"', self.fails("diff", a, b, "--key", "nothing", status=2))
        self.assertIn("--key", self.fails("diff", a, b, "--key", "a", "--key", "b", "--key", "c", status=2))
        for bad in ("-1", "nan"):
            self.assertIn("--rtol", self.fails("diff", a, b, "--rtol", bad, status=2))
        for args in ([], [a], [a, b, a], [a, b, "--max", "-1"], [a, b, "--atol", "x"]):
            status, out, err = run("diff", *args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertTrue(err)


if __name__ == "__main__":
    main(__doc__)
