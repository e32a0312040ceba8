# SPDX-License-Identifier: MIT
"""What the tests of the weightport command share."""
import json
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))
from containers import Storages, torch_zip  # noqa: E402
from pickling import ordered_dict  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
FLOATS = struct.pack("<6f", *range(6))
command = None


def run(*args, **options):
    done = subprocess.run([command, *map(str, args)], capture_output=True, timeout=300, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class WithoutTorch(pickle.Unpickler):
    """What Python reads, but for the tensors."""

    def persistent_load(self, pid):
        return None

    def find_class(self, module, name):
        return super().find_class(module, name) if module == "collections" else lambda *args: None


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def unpickled(self, name):
        """The root of a torch zip."""
        with zipfile.ZipFile(self.path(name)) as archive:
            record = next(record for record in archive.namelist() if record.endswith("/data.pkl"))
            return WithoutTorch(archive.open(record)).load()

    def path(self, name):
        return str(self.folder / name)

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
        return self.path(name)

    def read(self, name):
        return (self.folder / name).read_bytes()

    def names(self):
        """Of the files in the folder."""
        return sorted(entry.name for entry in self.folder.iterdir())

    def state_dict(self, name, tensors):
        """A torch zip whose root is an OrderedDict of float32 tensors: {name: numbers}."""
        storages = Storages()
        return self.write(name, torch_zip(weights_of(storages, tensors), storages))

    def checkpoint(self, name, **root):
        """A torch zip of a dict. What is a dict in it becomes a state_dict, as above."""
        storages = Storages()
        value = {key: weights_of(storages, item) if isinstance(item, dict) else item for key, item in root.items()}
        return self.write(name, torch_zip(value, storages))

    def does(self, *args):
        """Nothing is printed."""
        self.assertEqual(run(*args), (0, "", ""))

    def fails(self, *args, status=1):
        """The one line of the error."""
        done, out, err = run(*args)
        self.assertEqual((done, out), (status, ""), err)
        self.assertRegex(err, r"\Aweightport: [^\n]+\n\Z")
        return err

    def report(self, path, *options):
        status, out, err = run("inspect", path, "--json", "--checksum", *options)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def content(self, path):
        """What formats that hold any tree keep."""
        report = self.report(path)
        return {key: report[key] for key in ("tensors", "values", "objects")}

    def tensors(self, path):
        """{name: (dtype, shape, CRC-32)}, in the order of the file."""
        return {t["name"]: (t["dtype"], t["shape"], t["crc32"]) for t in self.report(path)["tensors"]}


def weights_of(storages, tensors):
    pairs = [(name, storages.tensor("Float", struct.pack(f"<{len(numbers)}f", *numbers), (len(numbers),), (1,)))
             for name, numbers in tensors.items()]
    return ordered_dict(pairs)


def read_safetensors(path):
    """{name: (dtype, shape, bytes)} and the metadata."""
    raw = pathlib.Path(path).read_bytes()
    end = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:end])
    metadata = header.pop("__metadata__", {})
    part = lambda begin, stop: raw[end + begin:end + stop]
    return {name: (i["dtype"], i["shape"], part(*i["data_offsets"])) for name, i in header.items()}, metadata


def main(usage):
    global command
    if len(sys.argv) < 2:
        sys.exit(usage)
    command = sys.argv.pop(1)
    unittest.main()
