#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the benches and prints one table: medians of several repetitions with a warm page cache.

    run.py BUILD [--quick] [--files FOLDER]

BUILD: the build folder. --quick: leaves out the files of 2 GB and repeats less. FOLDER: where the files to open are kept from
run to run; BUILD/bench otherwise.
"""
import argparse
import collections
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
GIB = 1 << 30
SIZES = {"large": 2.0 * GIB, "many": 0.1 * GIB, "small": 0}
WHAT = {"small": "4 tensors", "large": "150 x 14 MB", "many": "20,000 x 4 KB"}
FORMATS = {".pt": "zip", ".pth": "legacy", ".safetensors": "safetensors"}
# A job is called ACTION/FILE.
ACTIONS = {
    "cold": "cold start to first tensor, ms", "cold memory": "its peak memory, MiB", "open": "open and release, ms",
    "find": "open and find all by name, ms", "touch": "open and touch all, ms", "read": "read all into owned memory, ms",
    "assign": "load_state_dict with assign, ms", "load": "load_state_dict, ms",
    "tmpfs save": "save to tmpfs, ms", "disk save": "save to disk, ms", "disk+fsync save": "save to disk with fsync, ms",
    "save memory": "own memory of saving a mapped file, MiB",
}
PEERS = ["plain", "torch", "torch mmap", "safetensors"]

# A target: at most `limit` ms or MiB, or at most `limit` times the peer.
Target = collections.namedtuple("Target", "limit unit")
TARGETS = {
    "find/large.pt": [Target(0.3, "ms")], "find/large.pth": [Target(0.3, "ms")], "find/large.safetensors": [Target(0.3, "ms")],
    "find/many.pt": [Target(25, "ms")], "find/many.safetensors": [Target(20, "ms")],
    "read/large.pt": [Target(1.05, "plain")], "read/large.pth": [Target(1.05, "plain")],
    "read/large.safetensors": [Target(1.05, "plain")],
    "assign/large.pt": [Target(5, "ms")], "load/large.pt": [Target(1.1, "plain")],
    "cold/small.pt": [Target(5, "ms")], "cold memory/small.pt": [Target(8, "MiB")],
    "tmpfs save/large.pt": [Target(1.15, "plain"), Target(0.5, "torch")], "tmpfs save/many.pt": [Target(60, "ms")],
    "save memory/large.pt": [Target(64, "MiB")],
}


class Bench:
    def __init__(self, build, files, quick):
        self.programs, self.files, self.quick = build / "tests" / "bench", files, quick
        self.repetitions = {"many": 3} if quick else {"large": 3, "many": 7}  # of a kind of file
        self.results = collections.defaultdict(dict)  # job -> {"weightport" or peer: ms or MiB}
        self.notes = {}

    def note(self, text):
        self.notes[text] = True

    def has_room(self, folder, size, what):
        free = shutil.disk_usage(folder).free
        if free >= size + GIB // 4:
            return True
        self.note(f"skipped: {what}: needs {size / GIB:.1f} GiB in {folder}, which has {free / GIB:.1f} GiB free")
        return False

    def has_memory(self, size, what):
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
        if free >= size + GIB:
            return True
        self.note(f"skipped: {what}: needs {(size + GIB) / GIB:.1f} GiB of memory, {free / GIB:.1f} GiB are available")
        return False

    def file(self, name):
        """The file of that name, made if it is not there yet; None if it cannot be."""
        path = self.files / name
        if path.exists():
            return path
        size = SIZES[path.stem]
        if not self.has_room(self.files, size, f"all jobs with {name}") or not self.has_memory(2 * size, f"all jobs with {name}"):
            return None
        say(f"making {path}")
        subprocess.run([sys.executable, "-B", HERE / "make_files.py", path], check=True)
        return path

    def warm(self, paths):
        """Brings the files into the page cache."""
        for path in paths:
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 24):
                    pass

    def google(self, program, arguments, repetitions, place=""):
        """Medians of a google-benchmark program, whose jobs take turns so that noise meets all of them."""
        run = subprocess.run([self.programs / program, *arguments, f"--benchmark_repetitions={repetitions}",
                              "--benchmark_min_time=0.05", "--benchmark_enable_random_interleaving=true",
                              "--benchmark_report_aggregates_only=true", "--benchmark_format=json"],
                             check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for entry in json.loads(run.stdout)["benchmarks"]:
            if entry["aggregate_name"] == "median":
                job = place + entry["run_name"].removesuffix("/manual_time")
                plain = "_plain/" in job
                self.results[job.replace("_plain/", "/")]["plain" if plain else "weightport"] = entry["real_time"]

    def python(self, *arguments, place=""):
        run = subprocess.run([sys.executable, "-B", HERE / "peers.py", *map(str, arguments)], check=True, stdout=subprocess.PIPE)
        answer = json.loads(run.stdout)
        for peer, medians in answer["medians"].items():
            for job, value in medians.items():
                self.results[place + job][peer] = value
        for text in answer["notes"]:
            self.note(text)

    def opening(self):
        for kind, repetitions in self.repetitions.items():
            files = [path for path in (self.file(kind + suffix) for suffix in FORMATS) if path]
            if not files or not self.has_memory(3 * SIZES[kind], f"opening {WHAT[kind]}"):
                continue
            self.warm(files)
            say(f"opening {WHAT[kind]}")
            self.google("bench_open", files, repetitions)
            self.python("open", 3, *files)
            for path in files:
                self.results[f"read/{path.name}"].update(
                    (peer, value) for peer, value in self.results[f"open/{path.name}"].items() if peer == "torch")

    def saving(self, place, folder, fsync=()):
        for kind, repetitions in self.repetitions.items():
            source, what = self.file(kind + ".pt"), f"saving {WHAT[kind]} to {place}"
            in_memory = 2 if place == "tmpfs" else 1
            if not source or not self.has_room(folder, SIZES[kind], what) or not self.has_memory(in_memory * SIZES[kind], what):
                continue
            say(f"{what} ({folder})")
            self.google("bench_save", [*fsync, folder, source], repetitions if place == "tmpfs" else 3, place + " ")
            if not fsync:  # torch and safetensors leave it out
                self.python("save", 3, folder, source, place=place + " ")

    def cold_start(self):
        say("cold start")
        small = self.file("small.pt")
        times = 20 if self.quick else 100
        commands = {
            "weightport": (times, [self.programs / "cold_start", small]),
            "torch": (3, [sys.executable, "-c", "import sys, torch; print(next(iter(torch.load(sys.argv[1]).values()))[0])", small])}
        for who, (count, command) in commands.items():
            run = subprocess.run([self.programs / "run_program", str(count), *command], check=True, stdout=subprocess.PIPE)
            wall, peak = map(float, run.stdout.split())
            self.results["cold/small.pt"][who], self.results["cold memory/small.pt"][who] = wall, peak / 1024

    def load_state_dict(self):
        """Into a model of libweightport-torch, beside memcpy() into memory that is there."""
        program, source = self.programs / "load_weights", self.file("large.pt")
        what = "load_state_dict"
        if not program.exists():
            self.note(f"skipped: {what}: built without libtorch")
        elif source and self.has_memory(3 * SIZES["large"], what):
            say(what)
            run = subprocess.run([program, source, "5"], check=True, stdout=subprocess.PIPE)
            self.results["assign/large.pt"]["weightport"], _, self.results["load/large.pt"]["weightport"], \
                self.results["load/large.pt"]["plain"] = map(float, run.stdout.split())

    def save_memory(self, folder):
        """The peak of the anonymous memory of a program that saves a mapped file: what is not the page cache's."""
        source, what = self.file("large.pt"), "memory while saving a mapped file"
        if not source or not self.has_room(folder, SIZES["large"], what) or not self.has_memory(2 * SIZES["large"], what):
            return
        say(what)
        target = folder / "weightport-bench-copy.pt"
        process = subprocess.Popen([self.programs / "save_mapped", source, target])
        peak = 0
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")])
            time.sleep(0.0005)
        target.unlink(missing_ok=True)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, "save_mapped")
        self.results["save memory/large.pt"]["weightport"] = peak / 1024

    def run(self):
        self.cold_start()
        self.opening()
        if not self.quick:
            self.load_state_dict()
        disk, tmpfs = self.files, pathlib.Path("/dev/shm")
        if tmpfs.is_dir():
            self.saving("tmpfs", tmpfs)
            if not self.quick:
                self.save_memory(tmpfs)
        else:
            self.note("skipped: saving to tmpfs: there is no /dev/shm")
        self.saving("disk", disk)
        self.saving("disk+fsync", disk, ["--fsync"])


def say(text):
    print(text, file=sys.stderr, flush=True)


def parts(job):
    action, file = job.split("/")
    return action, *os.path.splitext(file)


def order(job):
    return [list(names).index(part) for names, part in zip((ACTIONS, WHAT, FORMATS), parts(job))]


def title(job):
    return [names[part] for names, part in zip((ACTIONS, WHAT, FORMATS), parts(job))]


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def cell(results, peer):
    if peer not in results:
        return "-"
    return f"{number(results[peer])} ({results['weightport'] / results[peer]:.2g}x)"


def verdict(results, targets):
    """The targets in words, each with what came of it."""
    words = []
    for limit, unit in targets:
        if unit in ("ms", "MiB"):
            words.append((f"{limit:g} {unit}", results["weightport"] <= limit))
        elif unit in results:
            words.append((f"{limit:g}x {unit}", results["weightport"] <= limit * results[unit]))
    return ", ".join(text + (" met" if met else " MISSED") for text, met in words)


def print_table(bench):
    rows = [("job", "with", "as", "weightport", *PEERS, "target: at most")]
    for job in sorted(bench.results, key=order):
        if "weightport" in (results := bench.results[job]):
            rows.append((*title(job), number(results["weightport"]), *(cell(results, peer) for peer in PEERS),
                         verdict(results, TARGETS.get(job, []))))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        left = [text.ljust(width) for text, width in zip(row[:3], widths)]
        right = [text.rjust(width) for text, width in zip(row[3:-1], widths[3:])]
        print("  ".join([*left, *right, row[-1]]).rstrip())
    print("\nMedians, warm page cache; in brackets weightport's as a multiple of the peer's. "
          f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}.")
    for text in bench.notes:
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--files", type=pathlib.Path)
    options = parser.parse_args()
    files = options.files or options.build / "bench"
    files.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.build, files, options.quick)
    bench.run()
    print_table(bench)


if __name__ == "__main__":
    main()
