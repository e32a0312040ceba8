#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport inspect: what it prints for small files made here, and how it fails.

    test_inspect.py COMMAND
"""
import base64
import json
import resource
import struct
import unicodedata
import zlib

import torch

from case import FLOATS, Case as Base, main, run
from containers import Storages, safetensors, tensor, torch_zip
from pickling import Call, Global, Raw, ordered_dict


class Case(Base):
    def file(self, value, storages=None):
        """A torch zip of the value."""
        return self.write("file.pt", value if isinstance(value, bytes) else torch_zip(value, storages or Storages()))

    def inspect(self, value, *options, storages=None):
        status, out, err = run("inspect", self.file(value, storages), *options)
        self.assertEqual((status, err), (0, ""))
        return out

    def report(self, value, *options, storages=None):
        return json.loads(self.inspect(value, "--json", *options, storages=storages))

    def refused(self, value, *options):
        """The one line of the error."""
        status, out, err = run("inspect", self.file(value), *options)
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, r"\Aweightport: [^\n]+\n\Z")
        return err


def module(storages_of, names, children=None, **attributes):
    """A pickled torch.nn.Module."""
    state = {"training": True, "_parameters": {name: storages_of(name) for name in names}, "_buffers": {},
             "_modules": children or {}, **attributes}
    return Call(Global("models", "Net"), (), state, how="newobj")


class Json(Case):
    def test_the_whole_contract(self):
        storages = Storages()
        value = {"epoch": 3, "sd": ordered_dict({"w": storages.tensor("Float", FLOATS, (2, 2), (3, 1), 1)}.items())}
        path = self.file(value, storages)
        status, out, _ = run("inspect", path, "--json", "--checksum")
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(out), {
            "file": path, "format": "torch_zip",
            "tensors": [{"path": ["sd", "w"], "name": "w", "dtype": "float32", "shape": [2, 2], "stride": [3, 1], "offset": 1,
                         "nbytes": 16, "storage": 0, "location": "cpu", "crc32": zlib.crc32(struct.pack("<4f", 1, 2, 4, 5))}],
            "values": [{"path": ["epoch"], "type": "int", "value": 3}],
            "objects": [],
            "globals": [{"name": "collections.OrderedDict", "allowed": True},
                        {"name": "torch._utils._rebuild_tensor_v2", "allowed": True},
                        {"name": "torch.FloatStorage", "allowed": True}]})
        self.assertEqual(list(json.loads(out)), ["file", "format", "tensors", "values", "objects", "globals"])

    def test_values(self):
        torch = lambda name, *args: Call(Global("torch", name), args) if args else Global("torch", name)
        value = [None, True, -7, 2**64, 1e-05, 2.0, float("inf"), float("-inf"), float("nan"), 0.1, "ä\n\"\\",
                 Call(Global("builtins", "complex"), (1.5, float("inf"))),
                 Call(Global("_codecs", "encode"), ("\x00\xff", "latin1")),
                 torch("float16"), torch("device", "cuda", 1), torch("Size", (2, 3)), Raw(b"X\5\0\0\0a\xed\xa0\x80b")]
        listed = [(entry["type"], entry["value"]) for entry in self.report(value)["values"]]
        self.assertEqual(listed, [
            ("none", None), ("bool", True), ("int", -7), ("int", str(2**64)), ("float", 1e-05), ("float", 2.0), ("float", "inf"),
            ("float", "-inf"), ("float", "nan"), ("float", 0.1), ("string", "ä\n\"\\"), ("complex", [1.5, "inf"]),
            ("bytes", base64.b64encode(b"\x00\xff").decode()), ("dtype", "float16"), ("device", "cuda:1"), ("size", [2, 3]),
            ("string", "a\ud800b")])
        self.assertIs(type(listed[5][1]), float)

    def test_paths(self):
        value = {1: "a", "1": "b", None: "d", 2.5: "e", (1, "x"): "f", 2**70: "g", "list": [["h"], ("i",)], True: "a2"}
        listed = [entry["path"] for entry in self.report(value)["values"]]
        self.assertEqual(listed, [[1], ["1"], [None], ["2.5"], ["(1, 'x')"], [2**70], ["list", 0, 0],
                                  ["list", 1, 0]])
        self.assertEqual([entry["path"] for entry in self.report({False: 1})["values"]], [[False]])

    def paths_of_keys(self, keys):
        """What stands for each key in the path of its value; each is saved by PyTorch."""
        torch.save({key: i for i, key in enumerate(keys)}, self.path("keys.pt"))
        listed = json.loads(run("inspect", self.path("keys.pt"), "--json")[1])["values"]
        self.assertEqual([entry["value"] for entry in listed], list(range(len(keys))))
        return [entry["path"][0] for entry in listed]

    def test_keys_are_as_python_writes_them(self):
        keys = [("it's",), ('a"b',), ("'\"",), ("\\", "\n\r\t\0\x1f\x7f"), b"it's", b'\'"\\', bytes(range(256)), ("a\udcff\ud800b",),
                frozenset(), frozenset({1}), (frozenset({"x"}), frozenset()), (), (1,), ((), (None, True, -1, 2**70)),
                1 + 2j, -1j, complex(-0.0, 1.5), complex(0.5, -0.0), complex(1e22, float("inf")), complex(float("nan"), 0),
                2.5, -0.0, 1e16, 1e-5, float("inf"), float("nan"), torch.float16, torch.Size([2, 3]),
                torch.device("cpu"), torch.device("cuda", 1)]
        self.assertEqual(self.paths_of_keys(keys), [repr(key) for key in keys])

    def test_characters_are_escaped_as_python_does(self):
        assigned = "".join(c for c in map(chr, range(0x110000)) if unicodedata.category(c) != "Cn")
        keys = [(assigned[i:i + 200],) for i in range(0, len(assigned), 200)]
        for path, key in zip(self.paths_of_keys(keys), keys):
            self.assertEqual(path, repr(key))

    def test_tied_weights_share_a_storage(self):
        storages = Storages()
        shared = storages.add("Float", FLOATS)
        value = {"a": tensor(shared, (6,), (1,)), "b": storages.tensor("Float", FLOATS, (6,), (1,)),
                 "c": tensor(shared, (2,), (1,), 4)}
        self.assertEqual([entry["storage"] for entry in self.report(value, storages=storages)["tensors"]], [0, 1, 0])
        only_b = self.report(value, "--key", "b", storages=storages)["tensors"]
        self.assertEqual([(entry["path"], entry["storage"]) for entry in only_b], [(["b"], 1)])

    def test_names_of_a_module_stand_at_their_paths(self):
        storages = Storages()
        make = lambda name: storages.tensor("Float", FLOATS, (6,), (1,))
        tied = make("w")
        child = module(lambda name: tied, ["w"])
        value = {"model": module(make, ["scale"], {"fc": child, "again": child}, stray=[tied])}
        report = self.report(value, storages=storages)
        self.assertEqual([(entry["path"][1:], entry["name"]) for entry in report["tensors"]], [
            (["_parameters", "scale"], "scale"), (["_modules", "fc", "_parameters", "w"], "fc.w"),
            (["_modules", "again", "_parameters", "w"], "again.w"), (["stray", 0], None)])
        self.assertEqual([(entry["path"], entry["class"]) for entry in report["objects"]], [
            (["model"], "models.Net"), (["model", "_modules", "fc"], "models.Net"),
            (["model", "_modules", "again"], "models.Net")])

    def test_what_is_in_no_state_dict_has_no_name(self):
        storages = Storages()
        make = lambda: storages.tensor("Float", FLOATS, (6,), (1,))
        value = {"sd": {"w": make()}, "optimizer": {"state": {0: {"exp_avg": make()}}, "param_groups": []}, "loose": make()}
        self.assertEqual([entry["name"] for entry in self.report(value, storages=storages)["tensors"]], ["w", None, None])

    def test_objects(self):
        storages = Storages()
        weight = storages.tensor("Float", FLOATS, (6,), (1,))
        slots = Call(Global("my", "Slots"), (), (None, {"lr": 0.5}), how="newobj")
        odd = Call(Global("my", "Odd"), (), [1], how="newobj")
        made = Call(Global("my", "make"), (7, {"w": weight}))
        report = self.report([slots, odd, made, Global("my", "Class")], storages=storages)
        self.assertEqual(report["objects"], [{"path": [i], "class": f"my.{name}"} for i, name in
                                             enumerate(["Slots", "Odd", "make", "Class"])])
        self.assertEqual([(v["path"], v["value"]) for v in report["values"]], [([0, "lr"], 0.5), ([1, "__state__", 0], 1)])
        self.assertEqual([t["path"] for t in report["tensors"]], [[2, 1, "w"]])

    def test_key_selects(self):
        value = {"a": {"b.c": [1, 2], "b": 3}, "d": 4}
        listed = lambda key: [(v["path"], v["value"]) for v in self.report(value, "--key", key)["values"]]
        self.assertEqual(listed("a.b.c.1"), [(["a", "b.c", 1], 2)])
        self.assertEqual(listed("a"), [(["a", "b.c", 0], 1), (["a", "b.c", 1], 2), (["a", "b"], 3)])
        self.assertIn('has no "e"', self.refused(value, "--key", "a.e"))

    def test_every_path_can_be_a_key(self):
        storages = Storages()
        weight = storages.tensor("Float", FLOATS, (6,), (1,))
        value = {"pair": Call(Global("my", "Pair"), (1, {"w": weight}), how="newobj"),
                 "slots": Call(Global("my", "Slots"), (), (None, {"w": weight, "x": [1]}), how="newobj"),
                 "odd": Call(Global("my", "Odd"), (), ["x", {"w": weight}, (2,)], how="newobj"),
                 "mixed": Call(Global("my", "Mixed"), (), (1, {"y": 2, "w": weight}), how="newobj"),
                 "keys": {None: 1, True: 2, 2.5: 3, -1e22: 4, 2**70: 5, -2**70: 6, float("inf"): 7, "": {"": 8}, "a.b": {"c": 9}},
                 0: 10, -1: 11, "list": [[13], (14,)]}
        report = self.report(value, storages=storages)
        listed = report["tensors"] + report["values"]
        self.assertEqual(len(listed), 22)
        for entry in listed:
            key = ".".join(str(step) for step in entry["path"])
            with self.subTest(key):
                part = json.loads(run("inspect", self.path("file.pt"), "--json", "--key=" + key)[1])
                self.assertEqual([e["path"] for e in part["tensors"] + part["values"]], [entry["path"]])

    def test_a_key_that_is_spelled_in_another_way(self):
        for key in ("a.01", "b.1"):
            self.assertIn("only as inspect spells it", self.refused({"a": [1, 2], "b": {True: 3}}, "--key", key))

    def test_no_checksum_unless_asked_for(self):
        data = safetensors({"w": ("F32", (6,), FLOATS), "empty": ("F32", (0,), b"")})
        self.assertEqual([t["crc32"] for t in self.report(data)["tensors"]], [None, None])
        self.assertEqual([t["crc32"] for t in self.report(data, "--checksum")["tensors"]], [zlib.crc32(FLOATS), 0])

    def test_what_contains_itself_ends(self):
        loop = [1]
        loop.append(loop)
        self.assertEqual([v["path"] for v in self.report({"loop": loop})["values"]], [["loop", 0]])


class Text(Case):
    def test_a_tree(self):
        storages = Storages()
        shared = storages.add("Float", FLOATS, "cuda:0")
        value = {"epoch": 3, "lr": 1e-05, "betas": (0.9, 0.999), "ids": list(range(30)), "none": None, "empty": {},
                 "sd": ordered_dict({"layer.weight": tensor(shared, (2, 3), (3, 1)),
                                     "b": tensor(shared, (6,), (1,))}.items()),
                 "args": Call(Global("argparse", "Namespace"), (), {"name": "x", "_hooks": {}, "_flag": None}, how="newobj")}
        path = self.file(value, storages)
        self.assertEqual(run("inspect", path)[1], f"""\
{path}: torch_zip
dict of 8
  epoch: 3
  lr: 1e-05
  betas: (0.9, 0.999)
  ids: [0, 1, 2, 3, 4, 5, 6, 7, ... 22 more]
  none: None
  empty: {{}}
  sd: OrderedDict of 2
    layer.weight  float32 [2, 3]  24 B  cuda:0
    b             float32 [6]     24 B  cuda:0  (shares the storage of sd.layer.weight)
  args: argparse.Namespace
    name: 'x'
2 tensors, 6 parameters, 24 B in 1 storage
""")
        self.assertEqual(run("inspect", path, "--key", "sd.b", "--checksum")[1], f"""\
{path}: torch_zip
sd.b  float32 [6]  24 B  cuda:0  {zlib.crc32(FLOATS):08x}
1 tensor, 6 parameters, 24 B in 1 storage
""")

    def test_sets(self):
        torch.save([{1, 2}, set(), {frozenset({1}): "a"}], self.path("sets.pt"))
        self.assertIn("\n  0: {1, 2}\n  1: set()\n  2: dict of 1\n    frozenset({1}): 'a'\n", run("inspect", self.path("sets.pt"))[1])

    def test_long_lists_are_cut_and_tensors_count_all_the_same(self):
        storages = Storages()
        value = [storages.tensor("Float", FLOATS, (6,), (1,)) for _ in range(30)]
        lines = self.inspect(value, storages=storages).splitlines()
        self.assertEqual(lines[-2:], ["  ... 14 more", "30 tensors, 180 parameters, 720 B in 30 storages"])
        self.assertEqual(len(lines), 1 + 1 + 16 + 2)

    def test_nothing_in_a_file_steers_the_terminal(self):
        out = self.inspect({"\x1b[2Jkey\n": "\x1b]0;title\x07\u202e"})
        self.assertIn("  \\x1b[2Jkey\\n: '\\x1b]0;title\\x07\\u202e'\n", out)

    def test_globals(self):
        out = self.inspect([Global("os", "system"), ordered_dict()], "--globals")
        self.assertEqual(out, "foreign  os.system\nallowed  collections.OrderedDict\n")

    def test_what_contains_itself_ends(self):
        loop = [1]
        loop.append(loop)
        self.assertIn("  1: (contains itself)\n", self.inspect(loop))


class Failing(Case):
    def test_a_bad_file(self):
        self.assertIn("file.pt", self.refused(b"no such format"))

    def test_a_missing_file(self):
        status, out, err = run("inspect", str(self.folder / "none\n.pt"))
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err.count("\n"), 1)

    def test_values_on_too_many_paths(self):
        wide = ["x"]
        for _ in range(6):
            wide = [wide] * 20
        self.assertIn("shared so often", self.refused(wide))
        deep = ["x"]
        for _ in range(60):
            deep = [deep, deep]
        self.assertIn("shared so often", self.refused(deep, "--json"))

    def test_what_is_shared_now_and_then_is_listed(self):
        shared = list(range(100))
        out = json.loads(self.inspect([shared] * 1000, "--json"))
        self.assertEqual(len(out["values"]), 100_000)

    def test_paths_that_are_too_long(self):
        deep = list(range(1000))
        for _ in range(100):
            deep = {"k" * 10_000: deep}
        self.assertIn("512 MiB", self.refused(deep, "--json"))

    def test_an_object_that_is_a_key_is_cut(self):
        # Nine tuples, each a hundred times the one before it.
        args = b"K\1\x85q\xc8" + b"".join(b"0(" + bytes([ord("h"), 200 + i]) * 100 + b"tq" + bytes([201 + i]) for i in range(9))
        out = self.inspect({Call(Global("my", "Key"), (Raw(args),)): 1}, "--json")
        self.assertEqual(json.loads(out)["values"][0]["path"][0][:14], "my.Key(((...),")

    def test_an_expanded_tensor_has_no_checksum(self):
        storages = Storages()
        value = {"w": storages.tensor("Float", FLOATS, (2**40,), (0,))}
        self.assertIn("4 GiB", self.refused(torch_zip(value, storages), "--checksum"))

    def test_a_page_that_cannot_be_written(self):
        self.assertIn("none/a.html: cannot create: No such file or directory",
                      self.refused({"a": 1}, "--html", self.path("none/a.html")))
        # A disk that is full leaves the old page whole.
        file, page = self.file({"a": 1}), self.write("a.html", b"old")
        names = self.names()
        status, _, err = run("inspect", file, "--html", page, restore_signals=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertEqual((status, self.read("a.html"), self.names()), (1, b"old", names), err)

    def test_wrong_usage(self):
        for args in ([], ["inspect"], ["inspect", "a", "b"], ["inspect", "--nothing", "a"], ["unknown"]):
            status, out, err = run(*args)
            self.assertEqual((status, out), (2, ""), args)
            self.assertTrue(err)

    def test_help_and_version(self):
        status, out, err = run("--version")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"\Aweightport \d+\.\d+\.\d+\n\Z")
        for args in (["--help"], ["inspect", "--help"]):
            status, out, err = run(*args)
            self.assertEqual((status, err), (0, ""))
            self.assertIn("inspect", out)


if __name__ == "__main__":
    main(__doc__)
