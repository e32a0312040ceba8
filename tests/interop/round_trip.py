# SPDX-License-Identifier: MIT
"""Converts every file into every format that can hold it; what is written must list as what was read.

    round_trip.py COMMAND [OUT] [--every N]

With OUT, the pairs of files stay there, with manifest.json, for read_back.py to load in any PyTorch. --every: of the files,
only every Nth.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from compare import Inspected

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "tests/data", (ROOT.parent / "shared/fixtures").resolve()]
FORMATS = {"torch": ".pt", "torch_legacy": ".pth", "safetensors": ".safetensors"}


def listed(report):
    """What must not change: storages may be numbered anew."""
    tensors = [{k: v for k, v in tensor.items() if k != "storage"} for tensor in report["tensors"]]
    return tensors, report["values"], report["objects"]


def flat(report):
    """The state_dict of a report as safetensors keeps it: contiguous, by name."""
    return sorted((t["name"], t["dtype"], t["shape"], t["crc32"]) for t in report["tensors"] if t["name"] is not None)


def convert(command, source, target, form):
    done = subprocess.run([command, "convert", "--to", form, "--no-fsync", str(source), str(target)], capture_output=True, text=True)
    return done.returncode, done.stderr


def problems_of(command, source, before, target, form):
    status, message = convert(command, source, target, form)
    if status:
        # What a format cannot hold is refused in one line, and nothing is left behind.
        refused = status == 1 and len(message.splitlines()) == 1 and not target.exists()
        return None if refused else f"convert: exit status {status}: {message}"
    after = Inspected(command, target)
    if after.status:
        return f"cannot be read again: {after.err}"
    if form == "safetensors":
        return None if flat(before) == flat(after.report) else "the tensors differ"
    if before["format"] == "torchscript":
        return None if flat(before) == flat(after.report) else "the state_dict differs"
    if listed(before) != listed(after.report):
        return "the values differ"
    again = target.with_name("again_" + target.name)
    convert(command, target, again, form)
    same = again.read_bytes() == target.read_bytes()
    again.unlink()
    return None if same else "a second save is not byte-identical"


def main(command, out, every):
    passed, failed, pairs = 0, 0, []
    if every > 1:
        print(f"a sample: every {every}th file, the others are skipped")
    out.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        if not folder.exists():
            print(f"skipping {folder.name}: not there")
            continue
        expected = json.loads((folder / "expected.json").read_text())
        for name in sorted(expected)[::every]:
            source = folder / name
            if not source.exists():
                source = folder / "torch-2.6" / name  # listed once for the files that each PyTorch made
            before = Inspected(command, source)
            if before.status:
                continue
            for form, ending in FORMATS.items():
                target = out / f"{len(pairs)}{ending}"
                target.unlink(missing_ok=True)
                problem = problems_of(command, source, before.report, target, form)
                if problem:
                    print(f"{name} as {form}: {problem}")
                    failed += 1
                elif target.exists():
                    passed += 1
                    pairs.append({"source": str(source), "written": target.name, "format": form})
    (out / "manifest.json").write_text(json.dumps(pairs))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command")
    parser.add_argument("out", nargs="?", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(options.command, options.out or pathlib.Path(folder), options.every))
