# SPDX-License-Identifier: MIT
"""Files written by hand: forms that this PyTorch does not write, or cannot read."""
import struct
import zipfile
import zlib

import containers
from containers import Storages, tensor, torch_zip
from pickling import Call, Global, Persistent, ordered_dict

FLOATS = struct.pack("<6f", *range(6))
LONGS = struct.pack("<3q", 1, -2, 3)
INT_CLASS = Global("__builtin__", "int")
FILES = {}


def file(name):
    """Registers a function that gives (bytes, expectation)."""
    def register(make):
        FILES[name] = make
        return make

    return register


def known(path, dtype, shape, stride, raw):
    """`raw`: the contiguous bytes, None where a tensor has none."""
    return {"path": path, "dtype": dtype, "shape": list(shape), "stride": None if stride is None else list(stride),
            "crc32": None if raw is None else zlib.crc32(raw)}


def entry(tensors, scalars=(), form="torch_zip", torch_reads=True, **more):
    """torch_reads: whether the PyTorch that makes the files can check the expectation."""
    return {"tensors": tensors, "scalars": [{"path": p, "value": v} for p, v in scalars], "format": form, **more}, torch_reads


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def weights(storages):
    """A state_dict of two tensors, and what it must be read as under a path."""
    value = ordered_dict([("w", storages.tensor("Float", FLOATS, (2, 3), (3, 1))),
                          ("n", storages.tensor("Long", LONGS, (3,), (1,)))],
                         {"_metadata": ordered_dict([("", {"version": 1})])})
    return value, [known(["w"], "float32", (2, 3), (3, 1), FLOATS), known(["n"], "int64", (3,), (1,), LONGS)]


def zip_of_weights(**options):
    storages = Storages()
    value, tensors = weights(storages)
    return torch_zip(value, storages, **options), *entry(tensors)


@file("deflated.pt")
def deflated():
    return zip_of_weights(method=zipfile.ZIP_DEFLATED, root="deflated")


@file("odd_root.pt")
def odd_root():
    return zip_of_weights(root="näme v1.0 (copy)")


@file("force_zip64.pt")
def force_zip64():
    return zip_of_weights(force_zip64=True)


@file("zip64.pt")
def zip64():
    storages = Storages()
    value, tensors = weights(storages)
    return containers.zip64_archive(torch_zip(value, storages)), *entry(tensors)


@file("bigendian.pt")
def big_endian():
    storages = Storages()
    kinds = {"f": ("Float", "f", "float32", (1.5, -2.0)), "q": ("Long", "q", "int64", (1, -2)),
             "h": ("Short", "h", "int16", (258,)),
             "b": ("Byte", "B", "uint8", (1, 2)), "z": ("ComplexFloat", "ff", "complex64", (1.0, -2.0)),
             "d": ("Double", "d", "float64", (0.1,))}
    value, tensors = {}, []
    for name, (kind, code, dtype, numbers) in kinds.items():
        code = code * len(numbers) if len(code) == 1 else code
        big, little = struct.pack(">" + code, *numbers), struct.pack("<" + code, *numbers)
        count = len(big) // containers.ITEMSIZE[kind]
        value[name] = storages.tensor(kind, big, (count,), (1,))
        tensors.append(known([name], dtype, (count,), (1,), little))
    half = storages.add("Untyped", bytes([1, 2, 3, 4]))
    value["v3"] = rebuild_v3(half, "uint16", (2,))
    tensors.append(known(["v3"], "uint16", (2,), (1,), bytes([2, 1, 4, 3])))
    return torch_zip(value, storages, byteorder="big"), *entry(tensors, torch_reads=False)


@file("littleendian.pt")
def little_endian():
    return zip_of_weights(byteorder="little")


def rebuild_v3(storage, dtype, shape, *more):
    stride = (1,) * len(shape)
    return Call(Global("torch._utils", "_rebuild_tensor_v3"),
                (storage, 0, tuple(shape), stride, False, ordered_dict(), Global("torch", dtype), *more))


@file("newer_dtypes.pt")
def newer_dtypes():
    storages, value, tensors = Storages(), {}, []
    raw = bytes(range(0x30, 0x40))
    sizes = {"float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1,
             "uint16": 2, "uint32": 4,
             "uint64": 8, "complex32": 4, "bcomplex32": 4, "float4_e2m1fn_x2": 1, "bits8": 1, "bits16": 2, "bits1x8": 1, "bits2x4": 1,
             "bits4x2": 1,
             **{f"{sign}int{bits}": 1 for sign in ("", "u") for bits in range(1, 8)}}
    for name, size in sizes.items():
        count = len(raw) // size
        value[name] = rebuild_v3(storages.add("Untyped", raw), name, (count,))
        tensors.append(known([name], name, (count,), (1,), raw))
    shared = storages.add("Untyped", raw)
    value["window"] = Call(Global("torch._utils", "_rebuild_tensor_v3"),
                           (shared, 1, (2, 2), (1, 2), False, ordered_dict(), Global("torch", "uint16")))
    pairs = [raw[i:i + 2] for i in range(2, 10, 2)]
    tensors.append(known(["window"], "uint16", (2, 2), (1, 2), pairs[0] + pairs[2] + pairs[1] + pairs[3]))
    value["dtype"] = Global("torch", "float8_e4m3fn")
    return torch_zip(value, storages), *entry(tensors, torch_reads=False)


@file("rebuild.pt")
def rebuild():
    """Every way in which tensors were and are pickled."""
    storages = Storages()
    utils = lambda name, *args: Call(Global("torch._utils", name), args)
    plain = storages.tensor("Float", FLOATS, (6,), (1,))
    float_pair, complex_raw = floats(1, -2), floats(1, 2, 3, -4)
    layout = lambda name: Call(Global("torch.serialization", "_get_layout"), ("torch." + name,))
    crow = storages.tensor("Long", struct.pack("<3q", 0, 1, 2), (3,), (1,))
    index = storages.tensor("Long", struct.pack("<2q", 1, 0), (2,), (1,))
    array = Call(Global("numpy.core.multiarray", "_reconstruct"), (Global("numpy", "ndarray"), (0,), b"b"), (
        1, (2,), Call(Global("numpy", "dtype"), ("f4", False, True), (3, "<", None, None, None, -1, -1, 0)), False, float_pair))
    value = {
        "oldest": utils("_rebuild_tensor", storages.add("Float", float_pair), 0, (2,), (1,)),
        "parameter": utils("_rebuild_parameter", plain, True, ordered_dict()),
        "with_state": utils("_rebuild_parameter_with_state", storages.tensor("Float", float_pair, (2,), (1,)), True,
                            ordered_dict(), {"tag": 1}),
        "conj": tensor(storages.add("ComplexFloat", complex_raw), (2,), (1,), 0, {"conj": True}),
        "neg": tensor(storages.add("Float", float_pair), (2,), (1,), 0, {"neg": True}),
        "cuda": tensor(storages.add("Float", float_pair, "cuda:3"), (2,), (1,)),
        "meta": utils("_rebuild_meta_tensor_no_storage", Global("torch", "float16"), (2, 3), (3, 1), False),
        "from_numpy": utils("_rebuild_device_tensor_from_numpy", array, Global("torch", "float32"), "xla:0", False),
        "from_numpy_bf16": utils("_rebuild_device_tensor_from_numpy", array, Global("torch", "bfloat16"), "xla:0", False),
        "subclass": Call(Global("torch._tensor", "_rebuild_from_type_v2"), (
            Global("torch._utils", "_rebuild_tensor_v2"), Global("somewhere", "MyTensor"),
            (storages.add("Float", float_pair), 0, (2,), (1,), False, ordered_dict()), {"note": "kept"})),
        "csr": utils("_rebuild_sparse_csr_tensor", layout("sparse_csr"), (crow, index, plain, (2, 2))),
        "csc": utils("_rebuild_sparse_tensor", layout("sparse_csc"), (crow, index, plain, (2, 2))),
        "coo": utils("_rebuild_sparse_tensor", layout("sparse_coo"), (
            storages.tensor("Long", LONGS[:8], (1, 1), (1, 1)), storages.tensor("Float", floats(5), (1,), (1,)),
            Call(Global("torch", "Size"), ((4,),)), True)),
        "bsr": utils("_rebuild_sparse_tensor", layout("sparse_bsr"), (
            crow, index, storages.tensor("Float", floats(*range(8)), (2, 2, 2), (4, 2, 1)), (4, 4))),
        "channels": utils("_rebuild_qtensor", storages.add("QInt8", b"\x01\x02\x03\x04"), 0, (2, 2), (2, 1), (
            Global("torch", "per_channel_affine"), [0.5, 0.25], [0, 1], 0), False, ordered_dict()),
        "size": Call(Global("torch", "Size"), ((2, 3),)),
    }
    strided = lambda name, dtype, raw, n=2: known([name], dtype, (n,), (1,), raw)
    tensors = [strided("oldest", "float32", float_pair), strided("parameter", "float32", FLOATS, 6),
               strided("with_state", "float32", float_pair),
               strided("conj", "complex64", floats(1, -2, 3, 4)), strided("neg", "float32", floats(-1, 2)),
               strided("cuda", "float32", float_pair),
               known(["meta"], "float16", (2, 3), (3, 1), None), strided("from_numpy", "float32", float_pair),
               strided("from_numpy_bf16", "bfloat16", struct.pack("<2H", 0x3f80, 0xc000)),
               strided("subclass", "float32", float_pair), known(["csr"], "float32", (2, 2), None, None),
               known(["csc"], "float32", (2, 2), None, None), known(["coo"], "float32", (4,), None, None),
               known(["bsr"], "float32", (4, 4), None, None), known(["channels"], "qint8", (2, 2), (2, 1), b"\x01\x02\x03\x04")]
    return torch_zip(value, storages), *entry(tensors, torch_reads=False, locations={"cuda": "cuda:3"})


@file("untyped_storage.pt")
def untyped_storage():
    """Views of several dtypes over one untyped storage."""
    storages = Storages()
    shared = storages.add("Untyped", FLOATS)
    return torch_zip({"f": rebuild_v3(shared, "float32", (6,)), "b": rebuild_v3(shared, "uint8", (24,))}, storages), *entry(
        [known(["f"], "float32", (6,), (1,), FLOATS), known(["b"], "uint8", (24,), (1,), FLOATS)], torch_reads=False)


def window(storages, key, view):
    """A persistent id of the old storage views: (key of the view, offset, size)."""
    numel = storages.data[key][1]
    return Persistent(("storage", Global("torch", "FloatStorage"), key, "cpu", numel, view))


@file("legacy_views.pth")
def legacy_views():
    storages = Storages(legacy=True)
    root = storages.add("Float", FLOATS)
    value = {"root": tensor(root, (2, 3), (3, 1)), "window": tensor(window(storages, "0", ("90", 2, 3)), (3,), (1,)),
             "again": tensor(window(storages, "0", ("90", 2, 3)), (2,), (1,), 1),
             "other": tensor(window(storages, "0", ("91", 4, 2)), (2,), (1,))}
    return containers.legacy(value, storages), *entry(
        [known(["root"], "float32", (2, 3), (3, 1), FLOATS), known(["window"], "float32", (3,), (1,), floats(2, 3, 4)),
         known(["again"], "float32", (2,), (1,), floats(3, 4)), known(["other"], "float32", (2,), (1,), floats(4, 5))],
         form="torch_legacy")


def legacy_of_weights(**options):
    storages = Storages(legacy=True)
    value, tensors = weights(storages)
    return containers.legacy(value, storages, **options), *entry(tensors, form="torch_legacy")


@file("legacy_bigendian.pth")
def legacy_big_endian():
    """A big-endian machine says so, and yet writes storages in little-endian order."""
    return legacy_of_weights(little_endian=False)


@file("legacy_bigendian_count.pth")
def legacy_big_endian_count():
    """Before torch 1.2, such a machine wrote the counts of elements in its own order."""
    raw, expected, _ = legacy_of_weights(little_endian=False, count_order="big")
    return raw, expected, False


@file("torch_tar.tar")
def torch_tar():
    linear = Call(Persistent((Global("torch.nn.modules.linear", "Linear"), "linear.py", "class Linear(Module):\n")), (), {
        "training": True, "_parameters": ordered_dict([("weight", Persistent("3001")), ("bias", None)]),
        "_buffers": ordered_dict(),
        "_modules": ordered_dict(), "in_features": 3}, how="newobj")
    value = {"w": Persistent("3001"), "n": Persistent("3002"), "view": Persistent("3003"), "epoch": 4, "model": linear,
             "storage": Persistent("2001")}
    raw = containers.torch_tar(
        value, storages=[(2001, "Float", FLOATS), (2002, "Long", LONGS)], views=[(2003, 2001, 2, 4)],
        tensors=[(3001, 2001, "Float", (2, 3), (3, 1), 0), (3002, 2002, "Long", (3,), (1,), 0),
                 (3003, 2003, "Float", (2,), (2, ), 1)])
    weight = known(["model", "_parameters", "weight"], "float32", (2, 3), (3, 1), FLOATS)
    return raw, *entry([known(["w"], "float32", (2, 3), (3, 1), FLOATS), known(["n"], "int64", (3,), (1,), LONGS),
                        known(["view"], "float32", (2,), (2,), floats(3, 5)), weight],
                       [(["epoch"], 4), (["model", "training"], True), (["model", "in_features"], 3),
                        (["model", "_parameters", "bias"], None)], form="torch_tar", exact=False)


def python2_value(storages, how):
    new = lambda module, name, state: Call(Global("copy_reg", "_reconstructor"), (
        Global(module, name), Global("__builtin__", "object"), None), state)
    sd, tensors = weights(storages)
    value = {"sd": sd, "args": new("argparse", "Namespace", {"lr": 0.1, "name": "x"}), "text": "\u00c3\u00a4",
             "ordered": Call(Global("collections", "OrderedDict"), how=how, pairs=[("a", 1), ("b", 10**20)]),
             "set": Call(Global("__builtin__", "set"), ([1, 2],)), "range": Call(Global("__builtin__", "xrange"), (0, 3)),
             "complex": Call(Global("__builtin__", "complex"), (1.0, 2.0)), "int": INT_CLASS, "long": "y" * 300,
             "escapes": "a\n\t\\'\"\0"}
    for item in tensors:
        item["path"] = ["sd"] + item["path"]
    scalars = [(["args", "lr"], 0.1), (["args", "name"], "x"), (["text"], "ä"), (["ordered", "a"], 1),
               (["ordered", "b"], str(10**20)),
               (["long"], "y" * 300), (["escapes"], "a\n\t\\'\"\0")]
    return value, tensors, scalars


@file("python2_legacy.pth")
def python2_legacy():
    storages = Storages(legacy=True)
    value, tensors, scalars = python2_value(storages, "obj")
    return containers.legacy(value, storages, 2, python2=True), *entry(tensors, scalars, form="torch_legacy", exact=False)


@file("python2_proto1.pth")
def python2_proto1():
    storages = Storages(legacy=True)
    value, tensors, scalars = python2_value(storages, "obj")
    return containers.legacy(value, storages, 1, python2=True), *entry(tensors, scalars, form="torch_legacy", exact=False)


@file("python2_proto0.pt")
def python2_proto0():
    """Text opcodes, but for the persistent ids, which cannot be text."""
    storages = Storages()
    value, tensors, scalars = python2_value(storages, "inst")
    return torch_zip(value, storages, 0, python2=True), *entry(tensors, scalars, exact=False)


@file("model.safetensors")
def safetensors():
    kinds = {"F64": ("float64", 8), "I64": ("int64", 8), "U64": ("uint64", 8), "C64": ("complex64", 8), "F32": ("float32", 4),
             "I32": ("int32", 4), "U32": ("uint32", 4), "F16": ("float16", 2), "BF16": ("bfloat16", 2), "I16": ("int16", 2),
             "U16": ("uint16", 2), "F8_E4M3": ("float8_e4m3fn", 1), "F8_E5M2": ("float8_e5m2", 1),
             "F8_E8M0": ("float8_e8m0fnu", 1),
             "I8": ("int8", 1), "U8": ("uint8", 1), "BOOL": ("bool", 1)}
    stored, tensors = {}, []
    for kind, (dtype, size) in kinds.items():
        raw = bytes([1, 0] * 3 * size)
        name = f"layer.{kind}"
        stored[name] = (kind, (2, 3), raw)
        tensors.append(known([name], dtype, (2, 3), (3, 1), raw))
    stored.update({"scalar ä😀": ("U8", (), b"\x07"), "empty": ("F32", (0, 3), b""), "\"quoted\"\n": ("U8", (1,), b"\x01")})
    tensors += [known(["scalar ä😀"], "uint8", (), (), b"\x07"), known(["empty"], "float32", (0, 3), (3, 1), b""),
                known(["\"quoted\"\n"], "uint8", (1,), (1,), b"\x01")]
    raw = containers.safetensors(stored, {"format": "pt", "note": "ä"})
    return raw, *entry(tensors, form="safetensors", torch_reads=False)


@file("empty.safetensors")
def empty_safetensors():
    return containers.safetensors({}), *entry([], form="safetensors", torch_reads=False)


@file("cpp_archive.pt")
def cpp_archive():
    """What torch::save of C++ writes for a module: attributes of a TorchScript module, with submodules."""
    storages = Storages()
    module = lambda name, pairs: Call(Global(*name), (), dict(pairs), how="newobj")
    weight, buffer = storages.tensor("Float", FLOATS, (2, 3), (3, 1)), storages.tensor("Long", LONGS, (3,), (1,))
    inner = module(("__torch__", "Module"), {"weight": weight, "training": True})
    value = module(("__torch__.___torch_mangle_0", "Module"), {"fc": inner, "steps": buffer, "training": True})
    code = ("class Module(Module):\n  __parameters__ = [{}]\n  __buffers__ = [{}]\n{}").format
    facts = "  training : bool\n  steps : Tensor\n  fc : __torch__.Module\n"
    records = {"data.pkl": containers.dumps(value), **{"data/" + k: raw for k, (raw, _) in storages.data.items()},
               "code/__torch__.py": code('"weight", ', "", "  weight : Tensor\n  training : bool\n").encode(),
               "code/__torch__/___torch_mangle_0.py": code("", '"steps", ', facts).encode(),
               "constants.pkl": containers.dumps(()), "version": b"3\n"}
    tensors = [known(["steps"], "int64", (3,), (1,), LONGS), known(["fc.weight"], "float32", (2, 3), (3, 1), FLOATS)]
    return containers.zip_archive(records), *entry(tensors, form="torchscript")


@file("script_values.pt")
def script_values():
    """What TorchScript pickles in forms of its own: an enum, and sparse tensors."""
    storages = Storages()
    longs = lambda *values: storages.tensor("Long", struct.pack(f"<{len(values)}q", *values), (len(values),), (1,))
    indices = storages.tensor("Long", struct.pack("<4q", 0, 1, 1, 0), (2, 2), (2, 1))
    sparse = lambda *args: Call(Global("torch._utils", "_rebuild_sparse_tensor"), (*args, ordered_dict()))
    values = storages.tensor("Float", floats(1, 2), (2,), (1,))
    slots = {"training": True, "color": Call(Global("__torch__", "Color"), 2), "coo": sparse(1, (2, 2), False, indices, values),
             "csr": sparse(2, (2, 2), True, longs(0, 1, 2), longs(1, 0), values)}
    value = Call(Global("__torch__", "Module"), (), slots, how="newobj")
    code = ("class Module(Module):\n  __parameters__ = []\n  __buffers__ = [\"coo\", \"csr\", ]\n  training : bool\n"
            "  color : __torch__.Color\n  coo : Tensor\n  csr : Tensor\nclass Color(Enum):\n  BLUE = 2\n")
    records = {"data.pkl": containers.dumps(value), **{"data/" + k: raw for k, (raw, _) in storages.data.items()},
               "code/__torch__.py": code.encode(), "constants.pkl": containers.dumps(()), "version": b"3\n"}
    tensors = [known(["coo"], "float32", (2, 2), None, None), known(["csr"], "float32", (2, 2), None, None)]
    return containers.zip_archive(records), *entry(tensors, form="torchscript")


@file("wrapper.pt")
def wrapper():
    """A tensor that wraps another, as torch.distributed.tensor.DTensor is pickled."""
    storages = Storages()
    dtensor = Global("torch.distributed.tensor", "DTensor")
    layout = Call(Global("torch.serialization", "_get_layout"), ("torch.strided",))
    device = Call(Global("torch", "device"), ("cpu",))
    value = Call(Global("torch._tensor", "_rebuild_from_type_v2"), (
        Global("torch._utils", "_rebuild_wrapper_subclass"), dtensor,
        (dtensor, Global("torch", "float32"), (4, 3), (3, 1), 0, layout, device, False),
        {"_local_tensor": storages.tensor("Float", FLOATS, (2, 3), (3, 1)), "_spec": ("a shard of", 2)}))
    return torch_zip({"w": value}, storages), *entry(
        [known(["w"], "float32", (4, 3), (3, 1), None), known(["w", "_local_tensor"], "float32", (2, 3), (3, 1), FLOATS)],
        torch_reads=False)
