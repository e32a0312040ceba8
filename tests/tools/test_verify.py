#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""weightport verify: what it finds.

    test_verify.py COMMAND
"""
import json

from case import DATA, FLOATS, Case, main, run
from containers import Storages, torch_zip
from pickling import ordered_dict


class Verify(Case):
    def bad(self, name):
        """A file whose tensor "w" does not have its checksum."""
        storages = Storages()
        archive = torch_zip(ordered_dict([("w", storages.tensor("Float", FLOATS, (6,), (1,)))]), storages)
        at = archive.index(FLOATS)
        return self.write(name, archive[:at] + b"\1" + archive[at + 1:])

    def test_files_that_are_well(self):
        files = [str(DATA / name) for name in ("checkpoint.tar", "state_dict_legacy.pth", "model.safetensors", "scripted.pt",
                                               "torch_tar.tar", "deflated.pt")]
        self.assertEqual(run("verify", *files), (0, "".join(f"{file}: ok\n" for file in files), ""))

    def test_what_was_converted_is_well(self):
        for name in ("out.pt", "out.safetensors", "out.safetensors.index.json", "out.bin.index.json"):
            self.does("convert", DATA / "state_dict.pt", self.path(name))
            self.assertEqual(run("verify", self.path(name)), (0, self.path(name) + ": ok\n", ""))

    def test_a_line_for_each_file(self):
        good, bad, none = self.state_dict("good.pt", {"a": [1]}), self.bad("bad.pt"), self.path("none.pt")
        status, out, err = run("verify", bad, good, none, DATA / "bad_truncated.pt")
        self.assertEqual((status, err), (1, ""))
        lines = out.splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[0], r"bad\.pt: w: .*archive/data/0.*CRC-32")
        self.assertEqual(lines[1:3], [good + ": ok", none + ": cannot open: No such file or directory"])
        self.assertRegex(lines[3], r"bad_truncated\.pt: [^/]+\Z")

    def test_json(self):
        good, bad, none = self.state_dict("good.pt", {"a": [1]}), self.bad("bad.pt"), self.path("none.pt")
        status, out, err = run("verify", "--json", good, bad, none)
        self.assertEqual((status, err), (1, ""))
        files = json.loads(out)["files"]
        self.assertEqual(files[0], {"file": good, "format": "torch_zip", "findings": []})
        self.assertEqual([(f["key"]) for f in files[1]["findings"]], ["w"])
        self.assertEqual((files[2]["format"], files[2]["findings"][0]["key"]), ("unknown", ""))
        self.assertEqual(json.loads(run("verify", "--json", good)[1])["files"], files[:1])

    def test_wrong_usage(self):
        status, out, err = run("verify")
        self.assertEqual((status, out), (2, ""))


if __name__ == "__main__":
    main(__doc__)
