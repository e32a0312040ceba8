# SPDX-License-Identifier: MIT
"""What a reader must find in a file: tensors and scalars of a Python object, with the path to each."""
import base64
import collections
import enum
import math
import zlib

import numpy
import torch

NUMPY = {"f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
         "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "bool", "c8": "complex64",
         "c16": "complex128"}

SCALARS = (bool, int, float, complex, str, bytes, bytearray, torch.dtype, torch.device, torch.Size)
# Their __dict__ is not a part of the file, or nothing that a reader lists.
NO_ATTRIBUTES = (type, enum.Enum, collections.OrderedDict)


def crc32(tensor):
    """CRC-32 of the contiguous little-endian bytes; None where there are none."""
    if tensor.layout != torch.strided or tensor.device.type == "meta":
        return None
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    tensor = tensor.detach().resolve_conj().resolve_neg().contiguous().cpu()
    if tensor.numel() == 0:
        return 0
    raw = torch.tensor([], dtype=torch.uint8).set_(tensor.storage().untyped(), tensor.storage_offset() * tensor.element_size(),
                                                   (tensor.numel() * tensor.element_size(),))
    return zlib.crc32(raw.numpy().tobytes())


def tensor_entry(path, tensor):
    strided = tensor.layout == torch.strided
    return {"path": path, "dtype": str(tensor.dtype).replace("torch.", ""), "shape": list(tensor.shape),
            "stride": list(tensor.stride()) if strided else None, "crc32": crc32(tensor)}


def array_entry(path, array):
    kind = array.dtype.str[1:]
    if kind not in NUMPY:
        return None
    little = array.astype(array.dtype.newbyteorder("<"))
    return {"path": path, "dtype": NUMPY[kind], "shape": list(array.shape),
            "stride": [s // array.itemsize for s in array.strides],
            "crc32": zlib.crc32(little.tobytes()) if array.size else 0}


def scalar(value):
    """As JSON shows it: large ints and floats that are no number as text, bytes in base64."""
    if isinstance(value, complex):
        return [scalar(value.real), scalar(value.imag)]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value).replace("torch.", "")
    if isinstance(value, torch.Size):
        return list(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, int) and not isinstance(value, bool) and not -2**63 <= value < 2**63:
        return str(value)
    return value


class Walk:
    """Lists tensors and scalars under a value, once for each path, never through itself."""

    def __init__(self, root):
        self.tensors, self.scalars, self.active = [], [], set()
        self.visit([], root)

    def entry(self, **more):
        return {"tensors": self.tensors, "scalars": self.scalars, **more}

    def visit(self, path, value):
        if isinstance(value, numpy.generic):
            if value.dtype.str[1:] not in NUMPY:
                return
            value = value.item()
        if isinstance(value, torch.Tensor):
            self.tensors.append(tensor_entry(path, value))
        elif isinstance(value, numpy.ndarray):
            entry = array_entry(path, value)
            self.tensors += [entry] if entry else []
        elif value is None or type(value) in SCALARS:
            self.scalars.append({"path": path, "value": scalar(value)})
        elif id(value) not in self.active:
            self.active.add(id(value))
            for step, child in self.children(value):
                self.visit(path + [step], child)
            self.active.remove(id(value))

    @staticmethod
    def children(value):
        if isinstance(value, dict):
            yield from ((k, v) for k, v in value.items() if type(k) in (str, int))
        elif type(value) is tuple or isinstance(value, list):
            yield from enumerate(value)
        if isinstance(value, NO_ATTRIBUTES):
            return
        yield from getattr(value, "__dict__", {}).items()
        if type(value).__module__ == "models":
            slots = getattr(type(value), "__slots__", ())
            yield from ((name, getattr(value, name)) for name in slots if hasattr(value, name))


def expect(root, **more):
    return Walk(root).entry(**more)


def expect_state_dict(tensors, /, **more):
    """TorchScript: names, not paths."""
    entries = [tensor_entry([name], tensor) for name, tensor in tensors.items()]
    return {"tensors": entries, "scalars": [], **more}
