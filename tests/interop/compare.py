# SPDX-License-Identifier: MIT
"""Runs `weightport inspect` and compares what it lists with what is expected."""
import json
import subprocess

TIMEOUT = 60


class Inspected:
    """One run of the command on one file."""

    def __init__(self, command, file):
        done = subprocess.run([command, "inspect", "--json", "--checksum", str(file)], capture_output=True, timeout=TIMEOUT)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
        self.report = json.loads(self.out) if self.status == 0 else None

    def refusal_problems(self):
        """What is wrong with how the file was refused."""
        problems = [] if self.status == 1 else [f"exit status {self.status} instead of 1"]
        if self.out:
            problems.append("output in spite of the error")
        if not self.err.strip() or len(self.err.splitlines()) != 1 or not self.err.endswith("\n"):
            problems.append(f"not one line on stderr: {self.err!r}")
        return problems


def key(path):
    return json.dumps(path)


def exactly(value):
    """A form in which 1, 1.0 and true differ, and 0.0 and -0.0."""
    return type(value).__name__, repr(value)


def compare_tensors(entry, report, exact):
    by_name = entry["format"] == "torchscript"
    found, problems = {}, []
    for tensor in report["tensors"]:
        if by_name and tensor["name"] is None:
            continue
        place = key([tensor["name"]] if by_name else tensor["path"])
        if place in found:
            problems.append(f"tensor {place} is listed twice")
        found[place] = tensor
    for wanted in entry["tensors"]:
        tensor = found.pop(key(wanted["path"]), None)
        if tensor is None:
            problems.append(f"tensor {key(wanted['path'])} is missing")
            continue
        for fact in ("dtype", "shape", "stride", "crc32"):
            if tensor[fact] != wanted[fact]:
                problems.append(f"tensor {key(wanted['path'])}: {fact} {tensor[fact]}, expected {wanted[fact]}")
    if exact:
        problems += [f"tensor {place} is unexpected" for place in found]
    return problems


def compare_scalars(entry, report):
    found = {key(value["path"]): value for value in report["values"]}
    problems = []
    for wanted in entry["scalars"]:
        value = found.get(key(wanted["path"]))
        if value is None:
            problems.append(f"value {key(wanted['path'])} is missing")
        elif exactly(value["value"]) != exactly(wanted["value"]):
            problems.append(f"value {key(wanted['path'])}: {value['value']!r}, expected {wanted['value']!r}")
    return problems


def compare_names(entry, report):
    """Names of a state_dict, in order, and where a tensor was saved from."""
    names = [tensor["name"] for tensor in report["tensors"] if tensor["name"] is not None]
    problems = []
    if "state_dict" in entry and names != entry["state_dict"]:
        problems.append(f"names {names}, expected {entry['state_dict']}")
    locations = {key(tensor["path"]): tensor["location"] for tensor in report["tensors"]}
    for name, location in entry.get("locations", {}).items():
        if locations.get(key([name])) != location:
            problems.append(f"tensor {name}: location {locations.get(key([name]))}, expected {location}")
    return problems


def is_exact(entry, report):
    """Whether the expectation lists every tensor: not in a file of classes that it could not look into."""
    foreign = any(not name["allowed"] for name in report["globals"])
    return entry.get("exact", not entry.get("foreign", foreign))


def problems_of(command, file, entry):
    """What differs, a line each; none is a pass."""
    try:
        run = Inspected(command, file)
    except (subprocess.TimeoutExpired, ValueError) as error:
        return [str(error)]
    if "error" in entry:
        return run.refusal_problems()
    if run.status != 0:
        return [f"exit status {run.status}: {run.err.strip()}"]
    report = run.report
    problems = [] if report["format"] == entry["format"] else [f"format {report['format']}, expected {entry['format']}"]
    problems += compare_tensors(entry, report, is_exact(entry, report))
    return problems + compare_scalars(entry, report) + compare_names(entry, report)


class Tally:
    """Counts passes and prints failures."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, problems):
        if not problems:
            self.passed += 1
            return
        self.failed += 1
        for problem in problems[:8]:
            print(f"{name}: {problem}")
        if len(problems) > 8:
            print(f"{name}: and {len(problems) - 8} more")

    def close(self):
        """Prints the closing line; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
