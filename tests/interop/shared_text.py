# SPDX-License-Identifier: MIT
"""A text that Python saved once and named many times is saved once by Weightport too, and is one object again in Python."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipping: this Python has no torch")
    sys.exit(77)

TIMES = 1000


def check(command, form, folder):
    source, written = folder / "source.pt", folder / "written.pt"
    text = "é" * 50_000
    torch.save({"texts": [text] * TIMES, "weight": torch.ones(3)}, source)
    subprocess.run([command, "convert", "--to", form, "--no-fsync", str(source), str(written)], check=True)
    texts = torch.load(written)["texts"]
    assert texts == [text] * TIMES
    assert len(set(map(id, texts))) == 1, "not one object"
    size = written.stat().st_size
    assert size < 110_000, size
    print(f"{form}: {TIMES} times the same 100 KB in {size} bytes")


def main(command):
    with tempfile.TemporaryDirectory() as folder:
        for form in "torch", "torch_legacy":
            check(command, form, pathlib.Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])
