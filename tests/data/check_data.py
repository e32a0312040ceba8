#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the golden files again and compares expected.json: what the script says is what is committed.

    check_data.py
"""
import json
import pathlib
import subprocess
import sys
import tempfile

DATA = pathlib.Path(__file__).resolve().parent


def main():
    probe = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    if not probe.stdout.startswith("1.13"):
        print(f"skipped: needs PyTorch 1.13 for {sys.executable}, there is {probe.stdout.strip() or 'none'}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-B", DATA / "make_data.py", folder], check=True)
        new = json.loads((pathlib.Path(folder) / "expected.json").read_text())
        absent = [name for name in new if not (DATA / name).exists()]
    old = json.loads((DATA / "expected.json").read_text())
    different = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)] + absent
    for name in different:
        print(f"{name}: differs from what make_data.py makes")
    print(f"{len(new) - len(different)} passed, {len(different)} failed")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
