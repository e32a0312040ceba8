#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the golden files of this folder and expected.json, with PyTorch 1.13. The same bytes each time.

    make_data.py [FOLDER]
"""
import io
import json
import os
import pathlib
import sys
import tempfile
import warnings

import torch

import bad_files
import hand_files
import torch_files
from expect import expect, expect_state_dict


def load(raw):
    """What torch.load makes of it; from a real file, which the tar format needs."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(raw)
        file.flush()
        return torch.load(file.name)


def check(name, raw, entry):
    """Compares what hand_files.py says with what PyTorch reads."""
    if entry["format"] == "torchscript":
        seen = expect_state_dict(torch.jit.load(io.BytesIO(raw)).state_dict())
    else:
        seen = expect(load(raw))
    for part in ("tensors", "scalars"):
        missing = [item for item in entry[part] if item not in seen[part]]
        if missing or part == "tensors" and len(seen[part]) != len(entry[part]):
            raise SystemExit(f"{name}: PyTorch reads {seen[part]}, not {missing}")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, raw, entry in torch_files.build():
        (folder / name).write_bytes(raw)
        expected[name] = entry
    for name, make in hand_files.FILES.items():
        raw, entry, torch_reads = make()
        if torch_reads:
            check(name, raw, entry)
        (folder / name).write_bytes(raw)
        expected[name] = entry
    for name, (raw, reason) in bad_files.files().items():
        (folder / name).write_bytes(raw)
        expected[name] = {"error": reason}
    lines = (f"{json.dumps(name)}: {json.dumps(expected[name])}" for name in sorted(expected))
    (folder / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # TorchScript writes the constants of a module in the order of a set
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, "PYTHONHASHSEED": "0"})
    warnings.simplefilter("ignore")
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
