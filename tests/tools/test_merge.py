#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport merge: several state_dicts as one, and how it fails.

    test_merge.py COMMAND
"""
from case import FLOATS, Case, main, read_safetensors, run
from containers import Storages, safetensors, tensor, torch_zip
from pickling import ordered_dict


class Merge(Case):
    def test_shards_without_an_index(self):
        one, two = self.state_dict("1.bin", {"a": [1], "b": [2]}), self.state_dict("2.bin", {"c": [3]})
        three = self.write("3.safetensors", safetensors({"d": ("F32", (6,), FLOATS)}, {"license": "MIT"}))
        for out in ("out.pt", "out.safetensors", "out.safetensors.index.json"):
            self.does("merge", one, two, three, self.path(out))
            self.assertEqual(sorted(self.tensors(self.path(out))), ["a", "b", "c", "d"])
            self.assertEqual(self.tensors(self.path(out))["d"], self.tensors(three)["d"])
        self.assertEqual(read_safetensors(self.path("out.safetensors"))[1], {"license": "MIT"})

    def test_one_file_is_enough(self):
        one = self.state_dict("1.bin", {"a": [1]})
        self.does("merge", one, one)
        self.assertEqual(list(self.tensors(one)), ["a"])

    def test_options_may_stand_anywhere(self):
        one, two = self.state_dict("1.bin", {"a": [1]}), self.state_dict("2.bin", {"b": [2]})
        self.does("merge", "--to", "safetensors", one, "--no-fsync", two, self.path("out"), "--mode", "600")
        self.assertEqual(self.report(self.path("out"))["format"], "safetensors")

    def test_names_that_collide(self):
        one, two = self.state_dict("1.pt", {"a": [1], "b": [1]}), self.state_dict("2.pt", {"c": [2], "a": [2]})
        error = self.fails("merge", one, two, self.path("out.pt"))
        self.assertIn(f'"a" is in both {one} and {two}', error)
        self.assertEqual(self.names(), ["1.pt", "2.pt"])
        self.does("merge", one, two, self.path("out.pt"), "--overwrite")
        tensors = self.tensors(self.path("out.pt"))
        self.assertEqual(list(tensors), ["a", "b", "c"])
        self.assertEqual(tensors["a"], self.tensors(two)["a"])

    def test_prefixes(self):
        one, two = self.state_dict("1.pt", {"a": [1]}), self.state_dict("2.pt", {"a": [2]})
        self.does("merge", "--prefix", "x.", "--prefix", "", one, two, self.path("out.pt"))
        self.assertEqual(list(self.tensors(self.path("out.pt"))), ["x.a", "a"])
        self.assertIn("once for each IN", self.fails("merge", one, two, self.path("out.pt"), "--prefix", "x.", status=2))

    def test_versions_and_extra_states(self):
        def make(name, version):
            storages = Storages()
            weights = ordered_dict([("w", tensor(storages.add("Float", FLOATS), (6,), (1,))), ("_extra_state", version)])
            weights.state = {"_metadata": ordered_dict([("", version), ("w", version)])}
            return self.write(name, torch_zip(weights, storages))
        self.does("merge", "--prefix", "x.", "--prefix", "y.", make("1.pt", 7), make("2.pt", 8), self.path("out.pt"))
        merged = self.unpickled("out.pt")
        self.assertEqual(dict(merged), {"x.w": None, "y.w": None, "x._extra_state": 7, "y._extra_state": 8})
        self.assertEqual(dict(merged._metadata), {"x": 7, "x.w": 7, "y": 8, "y.w": 8})

    def test_key(self):
        one = self.checkpoint("1.pt", model={"a": [1]}, ema={"a": [3]})
        two = self.checkpoint("2.pt", model={"b": [2]}, epoch=4)
        self.assertIn("1.pt: the checkpoint holds 2 state_dicts", self.fails("merge", one, two, self.path("out.pt")))
        self.assertIn('1.pt: what is at --key "" is no state_dict', self.fails("merge", one, two, self.path("out.pt"), "--key", ""))
        self.does("merge", one, two, self.path("out.pt"), "--key", "model")
        self.assertEqual(list(self.tensors(self.path("out.pt"))), ["a", "b"])

    def test_storages_stay_shared(self):
        storages = Storages()
        shared = storages.add("Float", FLOATS)
        one = self.write("1.pt", torch_zip(ordered_dict([("a", tensor(shared, (6,), (1,))), ("b", tensor(shared, (6,), (1,)))]),
                                           storages))
        two = self.state_dict("2.pt", {"c": [2]})
        self.does("merge", one, two, self.path("out.pt"))
        self.assertEqual([t["storage"] for t in self.report(self.path("out.pt"))["tensors"]], [0, 0, 1])

    def test_wrong_usage(self):
        self.assertIn("OUT", self.fails("merge", "1.pt", status=2))
        self.assertIn("--to", self.fails("merge", "1.pt", "2.pt", "out", status=2))
        status, out, err = run("merge")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("No such file", self.fails("merge", self.path("1.pt"), self.path("out.pt")))


if __name__ == "__main__":
    main(__doc__)
