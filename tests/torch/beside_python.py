#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Losses, optimizers and schedulers of the C library beside those of the PyTorch that is installed.

    beside_python.py DRIVER

Every part makes jobs for the driver, which does all of them in one process, and compares what it did with what Python does.
"""
import pathlib
import subprocess
import sys
import tempfile
import warnings

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "interop")]
from compare import Tally
from live_torch import import_torch

TIMEOUT = 300


def run(driver, jobs, folder):
    import torch
    torch.save(jobs, folder / "jobs.pt")
    done = subprocess.run([driver, folder / "jobs.pt", folder / "results.pt"], capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode:
        sys.exit(f"the driver exited with {done.returncode}: {done.stderr.strip()}")
    return torch.load(folder / "results.pt")


def main(driver):
    if import_torch() is None:
        return 77
    import beside_losses
    import beside_optimizers
    import beside_schedulers
    warnings.simplefilter("ignore")
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cases = [case for part in (beside_losses, beside_optimizers, beside_schedulers) for case in part.cases(folder)]
        results = run(driver, [case.job for case in cases], folder)
        for case, result in zip(cases, results):
            tally.add(case.name, [f"{result['error']}: {result['message']}"] if "error" in result else case.problems(result))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else __doc__)
