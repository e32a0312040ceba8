#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Layers of every type, built by PyTorch and by libweightport-torch: names, fresh weights, outputs.

    layers.py DRIVER FILES...

FILES hold pickled modules that take a tensor of 4 numbers, or one of 4 x 4 pixels.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

probe = subprocess.run([sys.executable, "-c", "import torch"], capture_output=True, text=True)
if probe.returncode:
    print(f"skipped: {sys.executable} has no PyTorch: {probe.stderr.strip().splitlines()[-1:]}")
    sys.exit(77)

import torch  # noqa: E402

from layer_cases import all_cases, construct  # noqa: E402
from layer_modules import Refused, all_modules  # noqa: E402

SEED = 20


def deep_copy(value):
    """Inputs that a layer may write to."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    return type(value)(map(deep_copy, value)) if isinstance(value, (tuple, list)) else value


def randomize(module):
    """Weights that are not the fresh ones, so that each counts."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.rand_like(parameter) * 0.2)
        for name, buffer in module.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(torch.rand_like(buffer) + 0.5)


def run(module, args, kwargs):
    torch.manual_seed(SEED)
    return module(*deep_copy(args), **kwargs)


def expect_module(module, args, kwargs):
    """What the driver gives of a pickled module; its state is listed as the run leaves it."""
    module = copy.deepcopy(module)
    output = deep_copy(run(module, args, kwargs))
    return {"module_output": output, "module_state_dict": module.state_dict(),
            "module_parameters": dict(module.named_parameters())}


def prepare(case):
    """What the driver is given, and what it should make of it."""
    torch.manual_seed(SEED)
    module = construct(case.description)
    expected = {"fresh": copy.deepcopy(module.state_dict())}
    randomize(module)
    given = {"json": json.dumps(case.description), "seed": SEED, "train": case.train, "kwargs": case.kwargs,
             "state_dict": copy.deepcopy(module.state_dict())}
    for name in ("eval_args", "train_args", "module_args"):
        given[name] = tuple(deep_copy(case.args))
    module.eval()
    given["module"] = copy.deepcopy(module)
    expected.update(expect_module(given["module"], case.args, case.kwargs))
    expected["eval"] = deep_copy(run(module, case.args, case.kwargs))
    if case.train:
        module.train()
        expected["train"] = run(module, case.args, case.kwargs)
        expected["after"] = module.state_dict()
    return given, expected


def prepare_module(module, args, same=None):
    if isinstance(module, Refused):
        return {"module": module.module, "module_args": (), "seed": SEED}, module
    return {"module": module, "module_args": args, "kwargs": {}, "seed": SEED}, expect_module(same or module, args, {})


def prepare_file(path):
    module = torch.load(path, weights_only=False)
    args = (torch.randn(3, 1, 4, 4) if "conv" in dict(module.named_children()) else torch.randn(3, 4),)
    return {"file": path, "module_args": args, "kwargs": {}, "seed": SEED}, expect_module(module, args, {})


def difference(expected, actual, exact):
    """What is wrong with a value, or None."""
    if isinstance(expected, torch.Tensor):
        if not isinstance(actual, torch.Tensor):
            return f"a {type(actual).__name__}"
        if (expected.dtype, expected.shape) != (actual.dtype, actual.shape):
            return f"{actual.dtype} {tuple(actual.shape)}, not {expected.dtype} {tuple(expected.shape)}"
        if expected.requires_grad != actual.requires_grad and exact and actual.is_leaf:
            return "requires_grad differs"
        if torch.equal(expected, actual):
            return None
        if exact or not expected.is_floating_point():
            return "other numbers"
        error = (expected.double() - actual.double()).abs().max().item()
        scale = max(1.0, expected.abs().max().item())
        return None if error <= 1e-6 * scale else f"off by {error / scale:.1e}"
    if isinstance(expected, dict):
        if list(expected) != list(actual):
            return f"names {list(actual)}, not {list(expected)}"
        problems = ((name, difference(expected[name], actual[name], exact)) for name in expected)
        return next((f"{name}: {problem}" for name, problem in problems if problem), None)
    if isinstance(expected, (tuple, list)):
        if not isinstance(actual, tuple) or len(actual) != len(expected):
            return f"a {type(actual).__name__}, not a tuple of {len(expected)}"
        problems = (difference(*pair, exact) for pair in zip(expected, actual))
        return next((problem for problem in problems if problem), None)
    return None if expected is actual else f"{actual!r}, not {expected!r}"


def problems_of(expected, result):
    if isinstance(expected, Refused):
        if expected.why not in result.get("error", ""):
            yield f"{result.get('error', 'accepted')!r} does not say {expected.why!r}"
        return
    if "error" in result:
        yield result["error"]
        return
    for part, value in expected.items():
        exact = part in ("fresh", "module_state_dict", "module_parameters")
        problem = difference(value, result[part], exact) if part in result else "missing"
        if problem:
            yield f"{part}: {problem}"


def main(driver, *files):
    warnings.simplefilter("ignore")
    torch.manual_seed(1)
    cases = list(all_cases())
    prepared = [(case.name, *prepare(case)) for case in cases]
    prepared += [(name, *prepare_module(*module)) for name, module in all_modules()]
    prepared += [(path, *prepare_file(path)) for path in files]
    with tempfile.TemporaryDirectory() as folder:
        given, results = pathlib.Path(folder, "cases.pt"), pathlib.Path(folder, "results.pt")
        torch.save([each for _, each, _ in prepared], given)
        subprocess.run([driver, given, results], check=True)
        made = torch.load(results)
    failed = 0
    for (name, _, expected), result in zip(prepared, made):
        for problem in problems_of(expected, result):
            print(f"{name}: {problem}")
            failed += 1
    types = {case.description["class"] for case in cases}
    print(f"{len(made)} of {len(prepared)} cases, {len(types)} layer types, PyTorch {torch.__version__}: {failed} problems")
    return 1 if failed or len(made) != len(prepared) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
