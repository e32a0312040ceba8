#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the golden files again and compares expected.json: what the script says is what is committed. Numbers that PyTorch drew or
computed may differ a little, as the processor and its number of threads have it.

    check_data.py
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

DATA = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-4


def tensor_at(root, path):
    for key in path:
        root = root[key] if isinstance(root, (dict, list, tuple)) else getattr(root, key)
    return root


def nearly_the_same(made, committed, new, old):
    """Whether nothing differs but the numbers of some tensors of floats, and those a little."""
    import torch
    unsummed = [{**entry, "tensors": [{**tensor, "crc32": 0} for tensor in entry.get("tensors", [])]} for entry in (new, old)]
    if unsummed[0] != unsummed[1]:
        return False
    if new["format"] == "torchscript":
        roots = [torch.jit.load(file).state_dict() for file in (made, committed)]
    else:
        roots = [torch.load(file) for file in (made, committed)]
    different = [a["path"] for a, b in zip(new["tensors"], old["tensors"]) if a != b]
    pairs = [[tensor_at(root, path) for root in roots] for path in different]
    return all(a.is_floating_point() and torch.allclose(a, b, TOLERANCE, TOLERANCE) for a, b in pairs)


def main():
    warnings.simplefilter("ignore")
    probe = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    if not probe.stdout.startswith("1.13"):
        print(f"skipped: needs PyTorch 1.13 for {sys.executable}, there is {probe.stdout.strip() or 'none'}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-B", DATA / "make_data.py", folder], check=True)
        new = json.loads((pathlib.Path(folder) / "expected.json").read_text())
        old = json.loads((DATA / "expected.json").read_text())
        different = [name for name in sorted({*old, *new})
                     if not (DATA / name).exists() or old.get(name) != new.get(name)
                     and not nearly_the_same(f"{folder}/{name}", DATA / name, new.get(name, {}), old.get(name, {}))]
    for name in different:
        print(f"{name}: differs from what make_data.py makes")
    print(f"{len(new) - len(different)} passed, {len(different)} failed")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
