#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compares what examples/c/demo.c printed for a checkpoint with what PyTorch reads from it.

    check.py CHECKPOINT PRINTED
"""
import functools
import math
import operator
import pathlib
import sys

import torch


def scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (int, float)):
        return format(value, ".9g") if isinstance(value, float) else str(value)
    for kind, name in ((dict, "dict"), (torch.Size, "size"), (list, "list"), (tuple, "tuple"), (type(None), "none")):
        if isinstance(value, kind):
            return name
    raise TypeError(f"demo checkpoints hold no {type(value)}")


def add(numbers):
    """In the order of the C program, so that every digit is equal."""
    return functools.reduce(operator.add, numbers, 0.0)


def tensor(value):
    text = f"{str(value.dtype)[6:]} {list(value.shape)}"
    if not value.is_floating_point() or not value.numel():
        return text
    x = value.double().flatten().tolist()
    mean = add(x) / len(x)
    std = math.sqrt(add((number - mean) * (number - mean) for number in x) / len(x))
    return f"{text}  mean {mean:.9g}  std {std:.9g}  min {min(x):.9g}  max {max(x):.9g}"


def lines(value, depth=0):
    """The lines for a value, the first one without what stands before the value."""
    if isinstance(value, torch.Tensor):
        yield tensor(value)
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    items = list(items)
    yield scalar(value) + (f" of {len(items)}" if items else "")
    for key, item in items:
        first, *rest = lines(item, depth + 1)
        yield f"{'  ' * depth}{scalar(key)}: {first}"
        yield from rest


def main(checkpoint, printed):
    wanted = list(lines(torch.load(checkpoint, map_location="cpu")))
    printed = pathlib.Path(printed).read_text().splitlines()
    for seen, right in zip(printed, wanted):
        if seen != right:
            sys.exit(f"C:      {seen}\nPython: {right}")
    if len(printed) != len(wanted):
        sys.exit(f"C printed {len(printed)} lines, Python {len(wanted)}")
    print(f"{sum(' [' in line for line in wanted)} tensors, all equal")


if __name__ == "__main__":
    main(*sys.argv[1:])
