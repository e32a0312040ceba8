# SPDX-License-Identifier: MIT
"""What `weightport convert` saved again is to Python what it was: objects of unusual classes, and tensors of unusual kinds.

    live_objects.py COMMAND
"""
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy
    import torch
except ImportError:
    print("skipping: this Python has no torch")
    sys.exit(77)

import odd_classes
import odd_tensors


def objects():
    return {
        "named tuple": odd_classes.Point(1, (2, 3)),
        "nested class": odd_classes.Outer.Inner(3),
        "tuple of a class": odd_classes.Once((5,)),
        "keywords": odd_classes.Keywords(7),
        "list of a class": odd_classes.Items([1, [2]]),
        "string of a class": odd_classes.Text("a"),
        "state setter": odd_classes.Setter(5),
        "class by value": odd_classes.by_value(7),
        "knot": odd_classes.knot(),
    }


def tensors(folder):
    packed = torch.nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])
    tagged = torch.nn.Parameter(torch.arange(3.0))
    tagged.tag = [1]
    nested = torch.arange(3.0).as_subclass(odd_classes.Outer.Tensor)
    nested.tag = 2  # without any attribute PyTorch 1.13 cannot load it
    mapped = numpy.memmap(folder / "memory", dtype="f4", mode="w+", shape=(2,))
    mapped[:] = [1, 2]
    order = numpy.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1)
    made = {"own state": odd_tensors.own_state(), "wrapper": odd_tensors.Wrapper(torch.ones(2, 3)),
            "wrapper as parameter": torch.nn.Parameter(odd_tensors.Wrapper(torch.ones(2))),
            "on a device": odd_tensors.OnDevice(), "layout": torch.sparse_coo, "transposed array": order,
            "packed sequence": packed, "tagged parameter": tagged, "memmap": mapped, "matrix": numpy.matrix([[1.0, 2.0]]),
            "nested tensor class": nested}
    try:
        codes = torch.quantize_per_channel(torch.arange(60.0).reshape(6, 10) / 20 - 1, torch.linspace(0.1, 0.4, 6),
                                           torch.linspace(0.0, 5.0, 6), 0, torch.quint4x2)
        made["quint4x2"] = codes
    except (AttributeError, RuntimeError) as e:
        print(f"skipped: no quint4x2 tensor: {e}")
    if hasattr(torch, "jagged"):
        made["jagged"] = torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(4, 3)], layout=torch.jagged)
    return made


def facts(value):
    """What is compared: in both files' terms, whatever the value is."""
    if hasattr(value, "facts"):
        return value.facts()
    if isinstance(value, torch.layout):
        return [str(value)]
    if isinstance(value, torch.Tensor) and value.is_nested:
        return [type(value), [part.tolist() for part in value.unbind()]]
    if isinstance(value, torch.Tensor):
        extra = {k: v for k, v in vars(value).items()}
        if value.is_quantized:
            return [value.shape, value.dtype, value.stride(), list(value.storage().untyped()), value.q_per_channel_scales().tolist()]
        return [type(value), value.dtype, value.shape, value.requires_grad, value.tolist(), extra]
    if isinstance(value, numpy.ndarray):
        return [type(value), value.dtype, value.tolist()]
    if isinstance(value, tuple):
        return [type(value), [facts(each) for each in value]]
    return [type(value), value if isinstance(value, (list, str, int)) else {k: facts(v) for k, v in getattr(value, "__dict__", {}).items()}]


def load(path):
    return torch.load(path, weights_only=False)


def check(command, values, folder, form, protocol):
    source, written = folder / "source.pt", folder / "written.pt"
    torch.save(values, source, pickle_protocol=protocol, _use_new_zipfile_serialization=form == "torch")
    subprocess.run([command, "convert", "--to", form, "--no-fsync", str(source), str(written)], check=True)
    before, after = load(source), load(written)
    failed = 0
    for name in before:
        if facts(before[name]) != facts(after[name]):
            print(f"{name}, protocol {protocol}, {form}: {facts(before[name])} became {facts(after[name])}")
            failed += 1
    return failed


def check_distributed(command, folder):
    try:
        values = odd_tensors.distributed(folder)
    except (ImportError, RuntimeError) as e:
        print(f"skipped: no DTensor: {e}")
        return 0, 0
    count = failed = 0
    for form in ("torch", "torch_legacy"):
        failed += check(command, values, folder, form, 2)
        count += len(values)
    torch.load(folder / "written.pt", weights_only=True)
    torch.distributed.destroy_process_group()
    return count, failed


def main(command):
    failed = count = 0
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form in ("torch", "torch_legacy"):
            for protocol in range(6):
                # Protocol 0 cannot hold tensors.
                values = {**objects(), **(tensors(folder) if protocol else {})}
                failed += check(command, values, folder, form, protocol)
                count += len(values)
        counted, wrong = check_distributed(command, folder)
        count, failed = count + counted, failed + wrong
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
