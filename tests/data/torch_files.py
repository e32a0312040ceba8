# SPDX-License-Identifier: MIT
"""Files that torch.save and torch.jit.save write."""
import argparse
import collections
import datetime
import io
import pathlib
import pickle
import types

import numpy
import torch
from torch import nn

import models
from expect import expect, expect_state_dict

FILES = {}


def file(name, **facts):
    """Registers a function that gives the value to be saved as `name`."""
    def register(make):
        FILES[name] = (make, facts)
        return make

    return register


class LegacyPickle:
    """A pickle module for the legacy format: storage keys and sources do not depend on addresses and folders."""

    __name__ = "pickle"
    load, Unpickler = pickle.load, pickle.Unpickler

    def __init__(self):
        self.names = {}

    def rename(self, ident):
        if ident and ident[0] == "storage":
            name = self.names.setdefault(ident[2], str(len(self.names)))
            return ident[:2] + (name,) + ident[3:]
        if ident and ident[2]:
            return ident[:2] + ("model.py", ident[3].splitlines()[0] + "\n")
        return ident

    def dump(self, value, out, protocol):
        if isinstance(value, list):
            value.sort(key=lambda key: self.names[key])
            value = [self.names[key] for key in value]
        pickle.dump(value, out, protocol)

    def Pickler(self, out, protocol):
        owner = self

        class Pickler(pickle.Pickler):
            def __setattr__(self, name, value):
                if name == "persistent_id":
                    persistent_id = value
                    value = lambda obj: owner.rename(persistent_id(obj))
                super().__setattr__(name, value)

        return Pickler(out, protocol)


def saved(value, protocol=2, is_legacy=False):
    out = io.BytesIO()
    pickler = LegacyPickle() if is_legacy else pickle
    torch.save(value, out, pickle_module=pickler, pickle_protocol=protocol, _use_new_zipfile_serialization=not is_legacy)
    return out.getvalue()


def network():
    return nn.Sequential(collections.OrderedDict(conv=nn.Conv2d(1, 2, 3), bn=nn.BatchNorm2d(2), act=nn.ReLU(),
                                                 flat=nn.Flatten(), fc=nn.Linear(8, 3)))


def trained(make_optimizer):
    model = network()
    optimizer = make_optimizer(model.parameters())
    loss = model(torch.randn(2, 1, 4, 4)).square().mean()
    loss.backward()
    # Batch norm takes it away again, so that its gradient is what rounding left, another on each processor.
    model.conv.bias.grad.zero_()
    optimizer.step()
    return model, optimizer, loss


@file("state_dict.pt")
def state_dict():
    return network().state_dict()


@file("checkpoint.tar")
def checkpoint():
    model, optimizer, loss = trained(lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True))
    return {"epoch": 5, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
            "loss": loss.detach()}


@file("multi.tar")
def multi():
    a, sgd, _ = trained(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))
    b, rmsprop, _ = trained(lambda p: torch.optim.RMSprop(list(p)[:2], momentum=0.5))
    return {"modelA_state_dict": a.state_dict(), "modelB_state_dict": b.state_dict(),
            "optimizerA_state_dict": sgd.state_dict(), "optimizerB_state_dict": rmsprop.state_dict()}


@file("entire_sequential.pt")
def entire_sequential():
    return network()


@file("entire.pt")
def entire():
    return models.Net()


@file("tied.pt")
def tied():
    net = models.Net()
    return net.state_dict()


@file("views.pt")
def views():
    base = torch.arange(24.0).reshape(4, 6)
    return {"base": base, "window": base[1:3, ::2], "t": base.t(), "expanded": torch.ones(3).expand(4, 3),
            "channels_last": torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last), "empty": torch.empty(0, 3),
            "scalar": torch.tensor(3.5), "last": base.view(-1)[23:], "ones": torch.ones(1, 1, 1)}


@file("dtypes.pt")
def dtypes():
    numbers = torch.tensor([0.0, 1.0, -2.5, 100.0])
    kinds = ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64"]
    out = {kind: numbers.to(getattr(torch, kind)) for kind in kinds}
    out["uint8"] = torch.tensor([0, 1, 255], dtype=torch.uint8)
    out["bool"] = torch.tensor([True, False, True])
    out["complex64"] = torch.tensor([1 + 2j, -0.5j])
    out["complex128"] = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128)
    out["special"] = torch.tensor([float("nan"), float("inf"), -0.0])
    return out


@file("quantized.pt")
def quantized():
    x = torch.tensor([[-1.0, 0.0], [1.0, 2.5]])
    scales, zeros = torch.tensor([0.1, 0.5], dtype=torch.float64), torch.tensor([1, 2])
    per_channel = torch.quantize_per_channel(x, scales, zeros, 0, torch.qint8)
    return {"qint8": torch.quantize_per_tensor(x, 0.1, 3, torch.qint8), "channels": per_channel,
            "quint8": torch.quantize_per_tensor(x, 0.1, 3, torch.quint8),
            "qint32": torch.quantize_per_tensor(x, 0.1, 3, torch.qint32),
            "t": torch.quantize_per_tensor(x, 0.1, 3, torch.qint8).t()}


@file("sparse.pt")
def sparse():
    dense = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    return {"coo": dense.to_sparse(), "csr": dense.to_sparse_csr(), "w": torch.ones(1)}


@file("parameters.pt")
def parameters():
    return {"p": nn.Parameter(torch.ones(2)), "frozen": nn.Parameter(torch.ones(2), requires_grad=False),
            "leaf": torch.ones(2, requires_grad=True), "plain": torch.zeros(1)}


@file("meta.pt")
def meta():
    return {"m": torch.empty(2, 3, device="meta"), "w": torch.ones(1)}


@file("numpy.pt")
def numpy_values():
    a = numpy.arange(6).reshape(2, 3)
    out = {kind: a.astype(kind) for kind in ["f8", "i8", "f4", "f2", "b1", "u1", "u2", "u4", "u8", "c8", "c16", "i2"]}
    out.update(big=a.astype(">i4"), fortran=numpy.asfortranarray(a.astype("f4")), zero_d=numpy.array(2.5),
               none=numpy.zeros((0, 2)))
    out["scalars"] = [numpy.float64(0.1), numpy.float32(0.5), numpy.int64(-3), numpy.bool_(True), numpy.uint8(255)]
    return out


@file("numpy_objects.pt", foreign=True)
def numpy_objects():
    return {"structured": numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "object": numpy.array([1, "x", None]),
            "unicode": numpy.array(["ä", "bc"]), "bytes": numpy.array([b"ab"]), "time": numpy.array(["2020-01-01"], "M8[D]"),
            "dtype": numpy.dtype("<f4"), "complex": numpy.complex64(1 + 2j), "w": torch.ones(1)}


@file("foreign.pt", foreign=True)
def foreign():
    made = models.Reduced()
    made.w = torch.ones(1)
    config, rows = models.Config(lr=0.1, w=torch.ones(2)), models.Rows([1, torch.ones(3)])
    config.extra, rows.extra = 1.5, "e"
    return {"args": argparse.Namespace(lr=0.1, name="x", shape=(2, 3)), "path": pathlib.PurePosixPath("a/b"),
            "time": datetime.datetime(2020, 1, 2), "color": models.Color.RED, "point": models.Point(1, 2),
            "reduced": made, "config": config, "rows": rows, "default": collections.defaultdict(list, a=[1]),
            "counter": collections.Counter(a=2), "function": torch.relu, "class": argparse.Namespace,
            "slots": models.Slots(2, torch.ones(1)),
            "stateful": models.Stateful(), "space": types.SimpleNamespace(n=1), "w": torch.ones(1),
            "deque": collections.deque([1])}


@file("values.pt")
def values():
    return {"ints": [0, 255, 256, 65536, -1, 2**31, -2**31, 2**63 - 1, -2**63],
            "big": [2**63, 2**64, -2**63 - 1, 10**40, -10**40],
            "floats": [0.1, -0.0, 1.0, 5e-324, 1.7976931348623157e308, float("nan"), float("inf"), float("-inf")],
            "true": True, "false": False, "none": None, "complex": 1 - 2j, "bytes": b"\x00\xff", "bytearray": bytearray(b"ab"),
            "set": {1}, "frozenset": frozenset([2]), "size": torch.Size([2, 3]), "dtype": torch.float16,
            "device": torch.device("cuda:1"),
            "long": "x" * 300, "text": ["", "ä", "漢字", "😀", "a\0b", "line\nbreak", "\"\\"],
            "nested": [[], {}, (), [[(1, (2,))]]],
            "ä😀": 1, "dotted.key": 2, "": 3, 7: "int key", -1: "negative key", "ellipsis": ..., "range": [1, 2, 3]}


@file("keys.pt", exact=False)
def keys():
    return {1: "one", "1": "text", 2.5: "float", None: "none", (1, "a"): "tuple", (): "empty", b"b": "bytes",
            frozenset([1]): "set",
            2**70: "big", torch.float32: "dtype", ((1, 2), 3): torch.ones(1), False: "bool"}


@file("surrogates.pt")
def surrogates():
    return {"lone": "a\ud800b", "\udfff": 1, "w": torch.ones(1)}


@file("recursive.pt", exact=False)
def recursive():
    loop, knot = [1], {"a": 2}
    loop.append(loop)
    knot["self"] = knot
    shared = ["shared"]
    return {"loop": loop, "knot": knot, "first": shared, "second": shared, "w": torch.ones(1)}


@file("bare_tensor.pt")
def bare_tensor():
    return torch.arange(4)


@file("list.pt")
def list_root():
    return [torch.ones(2), (torch.zeros(1), "x", None), {"k": 1.5}]


def script():
    torch.manual_seed(1)
    return torch.jit.script(models.Script().eval())


def trace():
    torch.manual_seed(2)
    return torch.jit.trace(models.Script().eval(), torch.ones(1, 2, 4, 4))


def without_folder(get_source):
    """TorchScript notes where its sources were: their names will do."""
    def get(*args):
        lines, number, name = get_source(*args)
        return lines, number, name and pathlib.Path(name).name

    return get


torch._sources.get_source_lines_and_file = without_folder(torch._sources.get_source_lines_and_file)


def without_debug(archive):
    """The archive without its call stacks, which name folders; so it has no deflated records either."""
    reader, out = torch._C.PyTorchFileReader(io.BytesIO(archive)), io.BytesIO()
    writer = torch._C.PyTorchFileWriter(out)
    for name in reader.get_all_records():
        if name != "version" and not name.endswith(".debug_pkl"):
            record = reader.get_record(name)
            writer.write_record(name, record, len(record))
    writer.write_end_of_file()
    return out.getvalue()


def torchscript(module, rewrite=lambda archive: archive):
    out = io.BytesIO()
    torch.jit.save(module, out)
    out = io.BytesIO(rewrite(out.getvalue()))
    again = torch.jit.load(io.BytesIO(out.getvalue()))
    return out.getvalue(), expect_state_dict(again.state_dict(), format="torchscript")


def made(value, names=False, **options):
    raw = saved(value, **options)
    entry = expect(torch.load(io.BytesIO(raw)), format="torch_legacy" if options.get("is_legacy") else "torch_zip")
    if isinstance(value, nn.Module):
        entry["state_dict"] = list(value.state_dict())
    return raw, entry


def build():
    """Yields name, bytes, expectation."""
    for name, (make, facts) in FILES.items():
        torch.manual_seed(0)
        raw, entry = made(make())
        yield name, raw, {**entry, **facts}
    for name, value in {"state_dict_legacy.pth": state_dict, "checkpoint_legacy.tar": checkpoint, "entire_legacy.pth": entire,
                        "views_legacy.pth": views, "dtypes_legacy.pth": dtypes, "quantized_legacy.pth": quantized,
                        "sparse_legacy.pth": sparse, "foreign_legacy.pth": foreign}.items():
        torch.manual_seed(0)
        raw, entry = made(value(), is_legacy=True)
        yield name, raw, {**entry, **FILES.get(name.replace("_legacy.pth", ".pt"), (0, {}))[1]}
    for protocol in range(1, 6):
        value = {"sd": nn.Linear(2, 3).state_dict(), "values": values(), "np": numpy.arange(3.0), "set": {5}}
        for is_legacy in (False, True):
            raw, entry = made(value, protocol=protocol, is_legacy=is_legacy)
            yield f"proto{protocol}{'_legacy.pth' if is_legacy else '.pt'}", raw, entry
    plain = dict(values(), nested=collections.OrderedDict(a=1, b=[2.5, None]))
    for is_legacy in (False, True):
        raw, entry = made(plain, protocol=0, is_legacy=is_legacy)
        yield f"proto0{'_legacy.pth' if is_legacy else '.pt'}", raw, entry
    yield ("scripted.pt", *torchscript(script()))
    yield ("traced.pt", *torchscript(trace(), without_debug))
