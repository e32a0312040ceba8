#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Inspects every file that an expected.json lists and compares tensor by tensor and value by value.

    check_expected.py COMMAND [expected.json...]

Without files: the golden files of tests/data, and the larger collection in ../shared/fixtures beside the source tree.
"""
import json
import pathlib
import sys

from compare import Tally, problems_of

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DEFAULT = [SOURCE / "tests/data/expected.json", SOURCE.parent / "shared/fixtures/expected.json"]


def locate(folder, name):
    """The larger collection lists files that each PyTorch made with its own weights: those of 2.6."""
    file = folder / name
    return file if file.exists() else folder / "torch-2.6" / name


def main(command, lists):
    tally = Tally()
    for expected in lists:
        if not expected.exists():
            print(f"skipped: there is no {expected}")
            continue
        for name, entry in json.loads(expected.read_text()).items():
            tally.add(name, problems_of(command, locate(expected.parent, name), entry))
    return tally.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]] or DEFAULT))
