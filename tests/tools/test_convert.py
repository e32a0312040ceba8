#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport convert: formats, dtypes, names, and how it fails.

    test_convert.py COMMAND
"""
import os
import struct
import unittest
import zipfile

from case import DATA, FLOATS, Case, main, read_safetensors, run, weights_of
from containers import Storages, safetensors, tensor, torch_zip
from pickling import ordered_dict

WEIGHTS = {"a.w": [1, 2, 3], "a.b": [4], "c.w": [5, 6]}


class Formats(Case):
    def test_the_ending_names_the_format(self):
        source = self.state_dict("in.pt", WEIGHTS)
        endings = {".pt": "torch_zip", ".pth": "torch_zip", ".bin": "torch_zip", ".tar": "torch_zip", ".ckpt": "torch_zip",
                   ".safetensors": "safetensors", ".safetensors.index.json": "safetensors_index",
                   ".bin.index.json": "torch_index"}
        for ending, format_name in endings.items():
            with self.subTest(ending):
                out = self.path("out" + ending)
                self.does("convert", source, out)
                self.assertEqual(self.report(out)["format"], format_name)
                self.assertEqual(self.tensors(out), self.tensors(source))

    def test_to_goes_before_the_ending(self):
        source = self.state_dict("in.pt", WEIGHTS)
        for to, format_name in {"torch": "torch_zip", "torch_zip": "torch_zip", "torch_legacy": "torch_legacy",
                                "safetensors": "safetensors"}.items():
            self.does("convert", source, self.path("out.x"), "--to", to)
            self.assertEqual(self.report(self.path("out.x"))["format"], format_name)

    def test_an_empty_safetensors_file(self):
        for ending in (".safetensors", ".pt", ".safetensors.index.json"):
            with self.subTest(ending):
                self.does("convert", DATA / "empty.safetensors", self.path("out" + ending))
                self.assertEqual(self.report(self.path("out" + ending))["tensors"], [])

    def test_torch_keeps_the_whole_tree(self):
        for name in ("checkpoint.tar", "multi.tar", "values.pt", "entire.pt", "tied.pt", "views.pt", "list.pt", "sparse.pt"):
            for to in ("torch", "torch_legacy"):
                with self.subTest(name, to=to):
                    out = self.path("out")
                    self.does("convert", DATA / name, out, "--to", to)
                    self.assertEqual(self.content(out), self.content(DATA / name))

    def test_safetensors_keeps_the_only_state_dict(self):
        source = self.checkpoint("in.tar", epoch=3, model=WEIGHTS)
        self.does("convert", source, self.path("out.safetensors"))
        floats = lambda *numbers: ("F32", [len(numbers)], struct.pack(f"<{len(numbers)}f", *numbers))
        self.assertEqual(read_safetensors(self.path("out.safetensors"))[0],
                         {"a.w": floats(1, 2, 3), "a.b": floats(4), "c.w": floats(5, 6)})

    def test_and_back(self):
        for name in ("state_dict.pt", "tied.pt", "model.safetensors"):
            source = str(DATA / name)
            for middle in ("m.safetensors", "m.safetensors.index.json", "m.bin.index.json", "m.pt"):
                with self.subTest(name, middle=middle):
                    self.does("convert", source, self.path(middle))
                    self.does("convert", self.path(middle), self.path("back.pt"))
                    self.assertEqual(run("diff", source, self.path("back.pt")), (0, "", ""))

    def test_shards(self):
        source = self.state_dict("in.pt", {f"w{i}": [i] * 100 for i in range(5)})
        self.does("convert", source, self.path("out.safetensors.index.json"), "--shard-size", "1KB")
        shards = [f"out-0000{i}-of-00003.safetensors" for i in (1, 2, 3)]
        self.assertEqual(self.names(), sorted(["in.pt", "out.safetensors.index.json", *shards]))
        self.assertEqual([list(read_safetensors(self.path(shard))[0]) for shard in shards], [["w0", "w1"], ["w2", "w3"], ["w4"]])
        self.assertEqual(self.tensors(self.path("out.safetensors.index.json")), self.tensors(source))

    def test_a_script_module_becomes_its_state_dict(self):
        self.does("convert", DATA / "scripted.pt", self.path("out.pt"))
        self.assertEqual(self.report(self.path("out.pt"))["objects"], [])
        self.assertEqual(self.tensors(self.path("out.pt")), {
            name: entry for name, entry in self.tensors(DATA / "scripted.pt").items() if name is not None})

    def test_metadata_stays(self):
        source = self.write("in.safetensors", safetensors({"w": ("F32", (6,), FLOATS)}, {"license": "MIT"}))
        self.does("convert", source, self.path("out.safetensors"), "--rename", "w=v")
        self.assertEqual(read_safetensors(self.path("out.safetensors")), ({"v": ("F32", [6], FLOATS)}, {"license": "MIT"}))

    def test_the_versions_of_modules_stay(self):
        storages = Storages()
        weights = weights_of(storages, WEIGHTS)
        weights.state = {"_metadata": ordered_dict([("", {"version": 1}), ("a", {"version": 7})])}
        source = self.write("in.pt", torch_zip({"model": weights}, storages))
        self.does("convert", source, self.path("out.pt"), "--key", "model")
        self.does("diff", source, self.path("out.pt"), "--key", "model", "--key", "")
        self.assertEqual(self.versions("out.pt"), {"": 1, "a": 7})
        self.does("convert", source, self.path("out.pt"), "--key", "model", "--rename", r"^a\.=head.", "--rename", "^head=b.c")
        self.assertEqual(self.versions("out.pt"), {"": 1, "b.c": 7})
        self.does("convert", source, self.path("out.pt"), "--key", "model", "--rename", r"^a\.=")
        self.assertEqual(self.versions("out.pt"), {"": 7})

    def versions(self, name):
        return {path: entry["version"] for path, entry in self.unpickled(name)._metadata.items()}

    def test_extra_states_that_are_no_tensors_stay(self):
        storages = Storages()
        pairs = [("m.w", tensor(storages.add("Float", FLOATS), (6,), (1,))), ("m._extra_state", {"x": 5})]
        source = self.write("in.pt", torch_zip({"model": ordered_dict(pairs)}, storages))
        extra = lambda: [(v["path"], v["value"]) for v in self.report(self.path("out.pt"))["values"]]
        self.does("convert", source, self.path("out.pt"), "--key", "model")
        self.assertEqual(extra(), [(["m._extra_state", "x"], 5)])
        self.does("convert", source, self.path("out.pt"), "--dtype", "float16", "--rename", r"^m\.=n.")
        self.assertEqual(extra(), [(["n._extra_state", "x"], 5)])
        self.assertIn("m._extra_state", self.fails("convert", source, self.path("out.safetensors")))
        self.does("convert", source, self.path("out.safetensors"), "--exclude", "*._extra_state")
        self.assertEqual(list(read_safetensors(self.path("out.safetensors"))[0]), ["m.w"])


class Dtypes(Case):
    def test_floating_tensors_only(self):
        storages = Storages()
        make = lambda kind, form, *numbers: storages.tensor(kind, struct.pack(form, *numbers), (2,), (1,))
        pairs = [("f", make("Float", "<2f", 1.5, -2)), ("d", make("Double", "<2d", 0.1, 3)), ("i", make("Long", "<2q", 7, 8)),
                 ("b", make("Bool", "<2?", True, False)), ("h", make("Half", "<2e", 1, 2))]
        source = self.write("in.pt", torch_zip(ordered_dict(pairs), storages))
        self.does("convert", source, self.path("out.safetensors"), "--dtype", "float16")
        half = lambda *numbers: ("F16", [2], struct.pack("<2e", *numbers))
        self.assertEqual(read_safetensors(self.path("out.safetensors"))[0], {
            "f": half(1.5, -2), "d": half(0.1, 3), "h": half(1, 2), "i": ("I64", [2], struct.pack("<2q", 7, 8)),
            "b": ("BOOL", [2], b"\1\0")})

    def test_storages_stay_shared_and_views_stay_views(self):
        storages = Storages()
        shared = storages.add("Float", FLOATS, "cuda:0")
        pairs = [("all", tensor(shared, (2, 3), (3, 1))), ("tied", tensor(shared, (2, 3), (3, 1))),
                 ("column", tensor(shared, (2,), (3,), 1)), ("turned", tensor(shared, (3, 2), (1, 3)))]
        source = self.write("in.pt", torch_zip(ordered_dict(pairs), storages))
        self.does("convert", source, self.path("out.pt"), "--dtype", "torch.float64")
        view = ("stride", "offset", "storage", "location", "dtype", "nbytes")
        self.assertEqual([[t[key] for key in view] for t in self.report(self.path("out.pt"))["tensors"]], [
            [[3, 1], 0, 0, "cuda:0", "float64", 48], [[3, 1], 0, 0, "cuda:0", "float64", 48],
            [[3], 1, 0, "cuda:0", "float64", 16], [[1, 3], 0, 0, "cuda:0", "float64", 48]])
        self.does("convert", self.path("out.pt"), self.path("back.pt"), "--dtype", "float32")
        self.assertEqual(self.content(self.path("back.pt")), self.content(source))

    def test_what_cannot_be_read_is_what_the_error_is_about(self):
        storages = Storages()
        weights = weights_of(storages, {"w": range(1000)})
        archive = torch_zip(weights, storages, method=zipfile.ZIP_DEFLATED)
        at = archive.index(b"archive/data/0") + len(b"archive/data/0")
        source = self.write("in.pt", archive[:at] + b"\xff" * 20 + archive[at + 20:])
        old = self.write("out.pt", b"old")
        error = self.fails("convert", source, old, "--dtype", "float16")
        self.assertIn("archive/data/0", error)
        self.assertNotIn("copy_to_host", error)
        self.assertEqual((self.read("out.pt"), self.names()), (b"old", ["in.pt", "out.pt"]))

    def test_sparse(self):
        error = self.fails("convert", DATA / "sparse.pt", self.path("out.pt"), "--dtype", "float16")
        self.assertRegex(error, r'sparse\.pt: "\w+": a sparse or meta tensor cannot be converted')

    def test_what_is_no_floating_dtype(self):
        for dtype in ("int8", "complex64", "nothing", "float4_e2m1fn_x2", "bool"):
            self.assertIn(f'"{dtype}"', self.fails("convert", "in.pt", "out.pt", "--dtype", dtype, status=2))


class Names(Case):
    def names_after(self, *options, weights=WEIGHTS):
        out = self.path("out.pt")
        self.does("convert", self.state_dict("in.pt", weights), out, *options)
        return list(self.tensors(out))

    def test_key(self):
        source = self.checkpoint("in.pt", model=WEIGHTS, ema={"x": [1]})
        self.does("convert", source, self.path("out.pt"), "--key", "ema")
        self.assertEqual(list(self.tensors(self.path("out.pt"))), ["x"])
        self.assertEqual([t["path"] for t in self.report(self.path("out.pt"))["tensors"]], [["x"]])
        error = self.fails("convert", source, self.path("other.safetensors"))
        self.assertIn(source + ": ", error)
        self.assertRegex(error, r'"model", "ema" \(with --key\)')
        self.assertIn('what is at --key "" is no state_dict: a dict is not a tensor (model)',
                      self.fails("convert", source, self.path("other.pt"), "--key", ""))
        self.assertIn('has no "nothing"', self.fails("convert", source, self.path("other.pt"), "--key", "nothing"))
        self.assertEqual(self.names(), ["in.pt", "out.pt"])

    def test_the_empty_key_is_the_root(self):
        storages = Storages()
        value = weights_of(storages, {"w": [1]})
        value.state = {"kept": "only with the whole tree"}
        source = self.write("in.pt", torch_zip(value, storages))
        for options, kept in (((), True), (("--key", ""), False)):
            self.does("convert", source, self.path("out.pt"), *options)
            self.assertEqual(list(self.tensors(self.path("out.pt"))), ["w"])
            self.assertEqual(b"only with the whole tree" in self.read("out.pt"), kept)

    def test_globs(self):
        self.assertEqual(self.names_after("--include", "*.w"), ["a.w", "c.w"])
        self.assertEqual(self.names_after("--include", "*.w", "--include", "a*"), ["a.w", "a.b", "c.w"])
        self.assertEqual(self.names_after("--exclude", "a.*"), ["c.w"])
        self.assertEqual(self.names_after("--include", "a*", "--exclude", "*w"), ["a.b"])
        self.assertEqual(self.names_after("--include", "[ac]?w"), ["a.w", "c.w"])
        self.assertEqual(self.names_after("--include", "[ab]*"), ["a.w", "a.b"])

    def test_rename(self):
        self.assertEqual(self.names_after("--rename", "^a\\.="), ["w", "b", "c.w"])
        self.assertEqual(self.names_after("--rename", r"^(\w)\.(\w)=$2.$1"), ["w.a", "b.a", "w.c"])
        self.assertEqual(self.names_after("--rename", "a=x", "--rename", "x=y"), ["y.w", "y.b", "c.w"])
        self.assertEqual(self.names_after("--rename", r"a(?=\.b)=z"), ["a.w", "z.b", "c.w"])
        self.assertEqual(self.names_after("--rename", "^=module."), ["module.a.w", "module.a.b", "module.c.w"])
        self.assertEqual(self.names_after("--include", "a.*", "--rename", "a=c"), ["c.w", "c.b"])

    def test_a_collision(self):
        error = self.fails("convert", self.state_dict("in.pt", WEIGHTS), self.path("out.pt"), "--rename", "c=a")
        self.assertIn('in.pt: --rename makes "a.w" of both "a.w" and "c.w"', error)

    def test_nothing_left(self):
        error = self.fails("convert", self.state_dict("in.pt", WEIGHTS), self.path("out.pt"), "--include", "b*")
        self.assertIn("leave no tensor", error)

    def test_regular_expressions_that_would_not_end(self):
        source = self.state_dict("in.pt", {"a" * 40 + "b": [1]})
        for regex in ("(a+)+c", "(a|a)*c", "((a|b)*)*c", "(a*)*$c"):
            with self.subTest(regex):
                error = self.fails("convert", source, self.path("out.pt"), "--rename", regex + "=y")
                self.assertIn('too complex for the name that begins with "' + "a" * 40 + '"', error)
        self.assertEqual(self.names(), ["in.pt"])

    def test_names_that_are_too_long_for_a_regular_expression(self):
        source = self.state_dict("in.pt", {"x" * 10**6: [1]})
        for regex in ("(.)*", "((((((((.))))))))*y"):
            error = self.fails("convert", source, self.path("out.pt"), "--rename", regex + "=y")
            self.assertIn("too complex", error)
            self.assertLess(len(error), 1000)
        self.does("convert", source, self.path("out.pt"), "--rename", "^x=y")
        self.assertEqual(list(self.tensors(self.path("out.pt"))), ["y" + "x" * (10**6 - 1)])

    def test_a_nul(self):
        error = self.fails("convert", self.state_dict("in.pt", {"a\0b": [1]}), self.path("out.pt"), "--exclude", "b")
        self.assertIn('begins with "a" holds a NUL', error)


class Files(Case):
    def test_in_place(self):
        path = self.state_dict("model.pt", WEIGHTS)
        self.does("convert", path, path, "--exclude", "c.w")
        self.assertEqual(list(self.tensors(path)), ["a.w", "a.b"])
        self.assertEqual(self.names(), ["model.pt"])

    def test_mode(self):
        source = self.state_dict("in.pt", WEIGHTS)
        self.does("convert", source, self.path("out.pt"), "--mode", "640", "--no-fsync")
        self.assertEqual(os.stat(self.path("out.pt")).st_mode & 0o7777, 0o640)
        self.assertIn("--mode", self.fails("convert", source, self.path("out.pt"), "--mode", "4755", status=2))

    def test_no_such_folder(self):
        source = self.state_dict("in.pt", WEIGHTS)
        self.assertIn("No such file or directory", self.fails("convert", source, self.path("none/out.pt")))

    def test_no_state_dict(self):
        storages = Storages()
        weight = storages.tensor("Float", FLOATS, (6,), (1,))
        source = self.write("in.pt", torch_zip({"w": weight, "epoch": 3}, storages))
        error = self.fails("convert", source, self.path("out.safetensors"))
        self.assertIn('in.pt: the checkpoint holds no state_dict: the root has tensors, but "epoch" is an int; --key KEY says',
                      error)
        error = self.fails("convert", source, self.path("out.safetensors"), "--key", "")
        self.assertIn('in.pt: what is at --key "" is no state_dict: an int is not a tensor (epoch)\n', error)

    def test_wrong_usage(self):
        for args, part in {
            ("out",): "--to",
            ("out.index.json",): "--to",
            ("out.pt", "--to", "torch_tar"): '"torch_tar" is none of',
            ("out.pt", "--to", "unknown"): '"unknown" is none of',
            ("out.pt", "--shard-size", "1GB"): "not an index",
            ("out.bin.index.json", "--shard-size", "1.5GB"): '"1.5GB" is no size',
            ("out.bin.index.json", "--shard-size", "0"): '"0" is no size',
            ("out.bin.index.json", "--shard-size", "99999999999TB"): "is no size",
            ("out.bin.index.json", "--shard-size", "-1"): "is no size",
            ("out.pt", "--mode", "8"): '"8" is no octal number',
            ("out.pt", "--mode", "10000"): "is no octal number",
            ("out.pt", "--rename", "abc"): '"abc" is not REGEX=TEXT',
            ("out.pt", "--rename", "(=x"): '"(" is no regular expression',
        }.items():
            with self.subTest(args):
                self.assertIn(part, self.fails("convert", "in.pt", *args, status=2))
        for args in ([], ["in.pt"], ["in.pt", "out.pt", "more.pt"], ["in.pt", "out.pt", "--key"]):
            status, out, err = run("convert", *args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertTrue(err)

    def test_help(self):
        status, out, err = run("convert", "--help")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("  weightport convert model.pt model.safetensors\n", out)


@unittest.skipUnless(__import__("importlib.util").util.find_spec("torch"), "skipped: this Python has no torch")
class Torch(Case):
    """Python reads what was written, and means the same."""

    def test_half(self):
        import torch
        net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.Flatten(), torch.nn.Linear(12, 5))
        torch.save({"model": net.state_dict(), "epoch": 1}, self.path("in.tar"))
        wanted = net.to(torch.bfloat16).state_dict()
        for to in ("torch", "torch_legacy"):
            self.does("convert", self.path("in.tar"), self.path("out"), "--dtype", "bfloat16", "--to", to)
            read = torch.load(self.path("out"), weights_only=True)
            self.assertEqual(list(read), list(wanted))
            for name, value in wanted.items():
                self.assertEqual((read[name].dtype, torch.equal(read[name], value)), (value.dtype, True), name)
            net.load_state_dict(read, strict=True)


if __name__ == "__main__":
    main(__doc__)
