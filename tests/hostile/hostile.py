#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Hostile files: each must end in a value or a clear error, soon, in little memory, and run nothing.

    hostile.py DRIVER COMMAND [--sanitized] [--part N/OF] [NAME...]

--sanitized: DRIVER and COMMAND are instrumented, so memory is not measured, one DRIVER opens many files, COMMAND shows every
third, and only every eighth byte of a file is changed. --part: only every OF-th file, from the N-th. NAME: only the cases that
contain it.
"""
import argparse
import os
import pathlib
import resource
import sys
import tempfile
import zipfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "data"))
import containers  # noqa: E402
import hand_files  # noqa: E402
import hostile_files  # noqa: E402
import hostile_pickles  # noqa: E402

SECONDS = 5  # of processor time for one file
MEMORY = 64 << 20  # bytes, and MEMORY_PER_BYTE for each byte of the file
MEMORY_PER_BYTE = 20
COMMAND_MEMORY = 1 << 29  # shows a value by every path that leads to it, up to a limit of its own
SANITIZED_FACTOR = 12


class Run:
    """One process: exit status, output, and the memory it took."""

    def __init__(self, arguments, environment, folder, seconds):
        out, err = folder / "stdout", folder / "stderr"
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            files = [(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1), (os.POSIX_SPAWN_DUP2, stderr.fileno(), 2)]
            pid = os.posix_spawn(arguments[0], arguments, environment, file_actions=files)
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds + 1))
            _, status, usage = os.wait4(pid, 0)
        self.signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
        self.memory, self.seconds = usage.ru_maxrss << 10, usage.ru_utime + usage.ru_stime
        self.out, self.err = out.read_bytes(), err.read_bytes().decode("utf-8", "replace")


class Hostile:
    def __init__(self, options, folder):
        self.driver, self.command, self.names = options.driver, options.command, options.names
        self.factor, self.measured = (SANITIZED_FACTOR, False) if options.sanitized else (1, True)
        self.folder, self.marker = folder, folder / "marker"
        self.passed = self.failed = 0

    def wanted(self, name):
        return not self.names or any(part in name for part in self.names)

    def end(self, name, problems):
        if self.marker.exists():
            problems.append("something that the file names was run")
            self.marker.unlink()
        self.passed, self.failed = self.passed + (not problems), self.failed + bool(problems)
        for problem in problems:
            print(f"{name}: {problem}", flush=True)

    def run(self, arguments, seconds, memory, statuses, **environment):
        run = Run([str(a) for a in arguments], {**os.environ, **environment}, self.folder, seconds * self.factor)
        problems = []
        if run.signal or run.status not in statuses:
            told = " | ".join(run.err.strip().splitlines()[:3])[:600]
            problems.append(f"{arguments[1]}: signal {run.signal}, status {run.status} after {run.seconds:.1f} s: {told}")
        if self.measured and run.memory > memory:
            problems.append(f"{arguments[1]}: {run.memory >> 20} MiB of memory, more than {memory >> 20}")
        return run, problems

    def open(self, *files):
        memory = MEMORY + MEMORY_PER_BYTE * max(file.stat().st_size for file in files)
        return self.run([self.driver, "open", *files], SECONDS * len(files), memory, (0,))[1]

    def check_all(self, files):
        """An instrumented program takes longer to start than to open a file, so one opens many, and one each where it fails."""
        size = 1 if self.measured else 32
        for some in (files[i:i + size] for i in range(0, len(files), size)):
            fine = size > 1 and not self.open(*some)
            for i, file in enumerate(some):
                problems = [] if fine else self.open(file)
                shown = self.measured or i % 3 == 0
                self.end(file.name, problems + (self.show(file) if shown else []))

    def show(self, file):
        """As a user would see it. What leaks, DRIVER has shown."""
        run, problems = self.run([self.command, "inspect", "--json", "--checksum", file], SECONDS, COMMAND_MEMORY, (0, 1),
                                 LSAN_OPTIONS="detect_leaks=0", ASAN_OPTIONS="handle_sigill=1:malloc_context_size=3")
        if run.status == 1 and (run.out or len(run.err.splitlines()) != 1):
            problems.append(f"inspect: {len(run.out)} bytes on stdout and {len(run.err.splitlines())} lines on stderr")
        return problems

    def sweep(self, mode, name, file):
        run, problems = self.run([self.driver, mode, file], 60, MEMORY + MEMORY_PER_BYTE * file.stat().st_size, (0,))
        print(run.out.decode().strip(), f"({run.seconds:.1f} s)", flush=True)
        self.end(f"{mode} {name}", problems)


def bases():
    """A small file of each format."""
    files = {name: hand_files.FILES[name]()[0] for name in ("cpp_archive.pt", "legacy_views.pth", "torch_tar.tar", "zip64.pt")}
    small = {"w": ("F32", (2, 3), hostile_files.FLOATS), "b": ("U8", (2,), b"\1\2")}
    storages = containers.Storages()
    value = [storages.tensor("Float", hostile_files.FLOATS, (2, 3), (3, 1)), {"a": 1.5, 2: "b"}]
    return {**files, "stored.pt": hostile_files.small_zip(), "model.safetensors": containers.safetensors(small, {"a": "b"}),
            "deflated.pt": containers.torch_zip(value, storages, 4, method=zipfile.ZIP_DEFLATED),
            "python2.pt": containers.torch_zip(value, storages, 0, python2=True),
            "torch.pt": (TESTS / "data/list.pt").read_bytes(),
            "rebuild.pt": hand_files.FILES["rebuild.pt"]()[0], "numpy.pth": (TESTS / "data/sparse_legacy.pth").read_bytes()}


def make(folder, marker):
    """Writes all files, in a process of its own: a child's peak of memory counts from that of its parent."""
    pid = os.fork()
    if pid == 0:
        try:
            for case, pickle in hostile_pickles.all_pickles(marker).items():
                records = {"data.pkl": pickle, "data/0": hostile_pickles.FLOATS, "version": b"3\n"}
                (folder / "cases" / case).write_bytes(containers.zip_archive(records))
            for case, raw in hostile_files.all_files().items():
                (folder / "cases" / case).write_bytes(raw)
            for case, raw in bases().items():
                (folder / "bases" / case).write_bytes(raw)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def main(options):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "cases").mkdir()
        (folder / "bases").mkdir()
        tests = Hostile(options, folder)
        if not make(folder, str(tests.marker)):
            return 1
        part = slice(options.part[0] - 1, None, options.part[1])
        tests.check_all([file for file in sorted((folder / "cases").iterdir())[part] if tests.wanted(file.name)])
        for file in sorted((folder / "bases").iterdir())[part]:
            for mode in ("truncate", "sample" if options.sanitized else "flip"):
                if tests.wanted(f"{mode} {file.name}"):
                    tests.sweep(mode, file.name, file)
    print(f"{tests.passed} passed, {tests.failed} failed")
    return 1 if tests.failed or not tests.passed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver")
    parser.add_argument("command")
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--part", type=lambda text: [int(number) for number in text.split("/")], default=[1, 1])
    parser.add_argument("names", nargs="*")
    sys.exit(main(parser.parse_args()))
