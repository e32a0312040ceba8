#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The jobs of the benches as a Python program does them. Prints {peer: {job: median in ms}} as JSON.

    peers.py open REPETITIONS FILE...
    peers.py save REPETITIONS FOLDER FILE.pt...
"""
import gc
import inspect
import json
import pathlib
import statistics
import sys
import time

import torch

try:
    import safetensors.torch
except ImportError:
    safetensors = None


class Peers:
    def __init__(self, repetitions):
        self.repetitions, self.medians = repetitions, {}

    def measure(self, peer, job, run, clean_up=lambda: None):
        times = []
        for _ in range(self.repetitions):
            start = time.perf_counter()
            result = run()
            times.append(time.perf_counter() - start)
            del result
            clean_up()
            gc.collect()
        self.medians.setdefault(peer, {})[job] = statistics.median(times) * 1e3

    def measure_open(self, peer, path, load):
        def find():
            loaded = load()
            for name in names:
                loaded[name]
            return loaded

        def touch():
            loaded = load()
            for tensor in loaded.values():
                tensor.view(-1)[0].item()
            return loaded

        def open_and_release():
            load()

        names = list(load())
        for name, run in ("open", open_and_release), ("find", find), ("touch", touch):
            self.measure(peer, f"{name}/{path.name}", run)

    def open(self, paths):
        for path in map(pathlib.Path, paths):
            if path.suffix == ".safetensors":
                if safetensors:
                    self.measure_open("safetensors", path, lambda: safetensors.torch.load_file(path))
                continue
            self.measure_open("torch", path, lambda: torch.load(path))
            if self.can_map() and path.suffix == ".pt":
                self.measure_open("torch mmap", path, lambda: torch.load(path, mmap=True))

    @staticmethod
    def can_map():
        return "mmap" in inspect.signature(torch.load).parameters

    def save(self, folder, paths):
        for path in map(pathlib.Path, paths):
            tensors = torch.load(path)
            stem = pathlib.Path(folder, f"weightport-bench-{path.stem}")

            def measure(peer, suffix, save):
                to = stem.with_suffix(suffix)
                self.measure(peer, f"save/{path.stem}{suffix}", lambda: save(to), to.unlink)

            measure("torch", ".pt", lambda to: torch.save(tensors, to))
            measure("torch", ".pth", lambda to: torch.save(tensors, to, _use_new_zipfile_serialization=False))
            if safetensors:
                measure("safetensors", ".safetensors", lambda to: safetensors.torch.save_file(tensors, to))


def main(job, repetitions, *arguments):
    peers = Peers(int(repetitions))
    if job == "open":
        peers.open(arguments)
    else:
        peers.save(arguments[0], arguments[1:])
    notes = [f"Python's peer is torch {torch.__version__}"]
    if not peers.can_map():
        notes.append(f"torch {torch.__version__} has no torch.load(mmap=True)")
    if not safetensors:
        notes.append("Python's safetensors is not installed")
    print(json.dumps({"medians": peers.medians, "notes": notes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
