# SPDX-License-Identifier: MIT
"""Containers that were made to do harm: name -> bytes of the file."""
import io
import itertools
import json
import struct
import tarfile
import warnings
import zipfile

import containers
from containers import Storages, dumps, tensor, torch_tar, torch_zip, zip64_archive, zip_archive
from pickling import Call, Global, Persistent

FLOATS = struct.pack("<6f", *range(6))
MILLION = 10**6


def small_zip():
    storages = Storages()
    return torch_zip({"w": storages.tensor("Float", FLOATS, (2, 3), (3, 1))}, storages)


def patched(raw, at, code, *values):
    out = bytearray(raw)
    struct.pack_into("<" + code, out, at, *values)
    return bytes(out)


def zips():
    good = small_zip()
    end = good.rindex(b"PK\5\6")
    directory = good.index(b"PK\1\2")
    second = good.index(b"PK\1\2", directory + 4)
    wide = zip64_archive(good)
    wide_end, locator = wide.rindex(b"PK\6\6"), wide.rindex(b"PK\6\7")
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as twice:
        for name in ("archive/data.pkl", "archive/data.pkl", "archive/data/0", "archive/data/0"):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            twice.writestr(info, b"\x80\x02N.")
    crowd = {"data.pkl": b"\x80\x02N.", **{f"data/{i}": b"" for i in range(20000)}}
    bomb = lambda data: zip_archive({"data.pkl": data, "version": b"3\n"}, method=zipfile.ZIP_DEFLATED)
    storages = Storages()
    value = {"w": storages.tensor("Byte", bytes(16 * MILLION), (1,), (1,))}
    deflated = bomb(b"\x80\x02N.")
    at = deflated.index(b"PK\1\2")
    return {
        "zip_overlap": patched(good, second + 42, "I", struct.unpack_from("<I", good, directory + 42)[0]),
        "zip_into_directory": patched(patched(good, second + 20, "II", 10**6, 10**6), second + 42, "I", 0),
        "zip_offset": patched(good, directory + 42, "I", 2**32 - 2),
        "zip_size": patched(good, directory + 20, "II", 2**32 - 2, 2**32 - 2),
        "zip_sizes_differ": patched(good, directory + 24, "I", 2**31), "zip_count": patched(good, end + 8, "HH", 65535, 65535),
        "zip_few": patched(good, end + 8, "HH", 0, 0), "zip_directory_offset": patched(good, end + 16, "I", 2**32 - 2),
        "zip_directory_size": patched(good, end + 12, "I", 2**32 - 2),
        "zip_directory_zero": patched(good, end + 12, "II", 0, 0), "zip_comment": patched(good, end + 20, "H", 65535),
        "zip_two_ends": good + good[end:], "zip_encrypted": patched(good, directory + 8, "H", 1),
        "zip_method": patched(good, directory + 10, "H", 99), "zip_name_length": patched(good, directory + 28, "H", 65535),
        "zip_local_name": patched(good, 26, "H", 65535), "zip_local_magic": patched(good, 0, "I", 0),
        "zip64_locator": patched(wide, locator + 8, "Q", 2**63),
        "zip64_locator_self": patched(wide, locator + 8, "Q", locator),
        "zip64_count": patched(wide, wide_end + 24, "QQ", 2**60, 2**60),
        "zip64_directory": patched(wide, wide_end + 40, "QQ", 2**63, 2**63),
        "zip64_wraps": patched(wide, wide_end + 40, "QQ", 2**64 - 1, 2), "zip_twice": raw.getvalue(),
        "zip_crowd": zip_archive(crowd), "zip_bomb_zeros": bomb(bytes(64 * MILLION)),
        "zip_bomb_marks": bomb(b"\x80\x02" + b"(" * 20 * MILLION), "zip_bomb_lists": bomb(b"\x80\x02" + b"](" * MILLION * 5),
        "zip_bomb_storage": torch_zip(value, storages, method=zipfile.ZIP_DEFLATED),
        "zip_bomb_claim": patched(deflated, at + 24, "I", 2**31), "zip_bomb_less": patched(deflated, at + 24, "I", 1),
        "zip_roots": zip_roots(), "zip_slash": zip_archive({"data.pkl": b"\x80\x02N."}, root=""),
        "zip_only_end": b"PK\5\6" + bytes(18), "zip_many_ends": b"PK\5\6" * 20000,
        "zip_long_name": zip_archive({"x" * 60000: b"", "data.pkl": b"\x80\x02N."})}


def zip_roots():
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name in ("a/data.pkl", "b/data.pkl", "data.pkl", "../data.pkl", "/data.pkl"):
            archive.writestr(zipfile.ZipInfo(name), b"\x80\x02N.")
    return raw.getvalue()


def legacies():
    def stream(change=lambda value: value, magic=containers.MAGIC, version=1001, info=None, keys=("0",), tail=None):
        storages = Storages(legacy=True)
        value = change({"w": storages.tensor("Float", FLOATS, (6,), (1,))})
        info = {"little_endian": True} if info is None else info
        tail = struct.pack("<q", 6) + FLOATS if tail is None else tail
        return b"".join(dumps(part) for part in (magic, version, info, value, list(keys))) + tail

    def viewed(key, view, numel=6):
        return lambda value: {"w": tensor(Persistent(("storage", Global("torch", "FloatStorage"), key, "cpu", numel, view)),
                                          (1,), (1,))}

    q = lambda n: struct.pack("<q", n) + FLOATS
    return {"legacy_version": stream(version=7), "legacy_info": stream(info=[]), "legacy_info_int": stream(info=5),
            "legacy_keys_int": stream(keys=(1, 2)), "legacy_keys_missing": stream(keys=()),
            "legacy_keys_extra": stream(keys=("0", "9")), "legacy_keys_twice": stream(keys=("0", "0"), tail=q(6) * 2),
            "legacy_keys_many": stream(keys=map(str, range(200000))), "legacy_count_negative": stream(tail=q(-1)),
            "legacy_count_huge": stream(tail=q(2**62)), "legacy_count_wraps": stream(tail=q(2**61 + 6)),
            "legacy_count_less": stream(tail=q(1)), "legacy_count_more": stream(tail=q(7)), "legacy_no_data": stream(tail=b""),
            "legacy_tail": stream(tail=q(6) + b"more"), "legacy_view_outside": stream(viewed("0", ("1", 4, 3))),
            "legacy_view_negative": stream(viewed("0", ("1", -1, 2))),
            "legacy_view_huge": stream(viewed("0", ("1", 2**62, 2**62))), "legacy_view_self": stream(viewed("0", ("0", 0, 6))),
            "legacy_view_int": stream(viewed("0", 5)), "legacy_view_short": stream(viewed("0", ("1",))),
            "legacy_numel": stream(viewed("0", None, 2**62)), "legacy_numel_negative": stream(viewed("0", None, -6)),
            "legacy_persistent_key": stream(viewed(["0"], None)), "legacy_zip_inside": stream() + small_zip()}


def tars():
    base = dict(storages=[(1, "Float", FLOATS)], views=[], tensors=[(2, 1, "Float", (6,), (1,), 0)])
    make = lambda **change: torch_tar({"w": Persistent("2")}, **{**base, **change})
    good = make()
    one = lambda *facts: make(tensors=[(2, 1, "Float", *facts)])
    counted = good.replace(dumps(1), dumps(255))
    ndim = lambda n: patched(good, good.index(struct.pack("<iiqq", 1, 0, 6, 1)), "i", n)
    size = lambda text: good[:124] + text + good[124 + len(text):]
    return {"tar_count": counted, "tar_ndim_negative": ndim(-1), "tar_ndim_huge": ndim(2**31 - 1), "tar_ndim_0": ndim(0),
            "tar_outside": one((7,), (1,), 0), "tar_negative": one((-1,), (1,), 0), "tar_offset": one((6,), (1,), 2**62),
            "tar_stride": one((2,), (-1,), 5), "tar_key": make(tensors=[(2, 9, "Float", (6,), (1,), 0)]),
            "tar_keys": make(tensors=[]), "tar_view": make(views=[(3, 1, 4, 4)]),
            "tar_view_negative": make(views=[(3, 1, -4, 4)]), "tar_view_self": make(views=[(3, 3, 0, 1)]),
            "tar_view_root": make(views=[(3, 8, 0, 1)]), "tar_view_int": make(views=[5]),
            "tar_twice": make(storages=[(1, "Float", FLOATS)] * 2),
            "tar_kind": torch_tar({"w": Persistent("2")}, **base).replace(b"FloatStorage", b"FlootStorage"),
            "tar_numel": patched(good, good.index(FLOATS) - 8, "q", 2**61 + 1),
            "tar_numel_negative": patched(good, good.index(FLOATS) - 8, "q", -1),
            "tar_persistent": torch_tar([Persistent(7), Persistent(None), Persistent(()), Persistent((None,)),
                                         Persistent("x")], **base),
            "tar_size_octal": size(b"77777777777\0"), "tar_size_binary": size(b"\x80" + b"\xff" * 11),
            "tar_size_text": size(b"-1\0         "), "tar_other": tar_of({"readme": b"x"}), "tar_empty": bytes(10240),
            "tar_members": tar_of({"pickle": b"", "storages": b"", "tensors": b"", "sys_info": b""}),
            "tar_folder": tar_of({"pickle/": b"", "x": b""}), "tar_colliding_keys": tar_of(colliding_keys(34))}


def colliding_keys(choices):
    """Storages whose keys have one hash by libstdc++'s std::hash<std::string> (MurmurHash64A), which has no seed: three parts
    of 16 bytes, for each of which there are so many choices that lead to one state."""
    mask, multiplier, same = 2**64 - 1, 0xc6a4a7935bd1e995, 0x123456789abcdef0
    inverse = pow(multiplier, -1, 2**64)
    shift_mix = lambda v: v ^ v >> 47
    text = lambda raw: b"X" + struct.pack("<I", len(raw)) + raw
    parts, state, number = [], 0xc70f6907 ^ 48 * multiplier & mask, 0
    for _ in range(3):
        part = []
        while len(part) < choices:
            first, number = b"%08d" % number, number + 1
            word = shift_mix(struct.unpack("<Q", first)[0] * multiplier & mask) * multiplier & mask
            after = (state ^ word) * multiplier & mask
            second = struct.pack("<Q", shift_mix((after ^ same) * inverse & mask) * inverse & mask)
            if second.isascii():
                part.append(first + second)
        parts.append(part)
        state = same * multiplier & mask
    storages = [b"\x80\x02" + text(b"".join(key)) + text(b"cpu") + b"ctorch\nFloatStorage\n\x87." + bytes(8)
                for key in itertools.product(*parts)]
    return {"storages": dumps(len(storages)) + b"".join(storages) + dumps([]), "tensors": dumps(0), "pickle": dumps({})}


def tar_of(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:") as tar:
        for name, raw in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return file.getvalue()


def safetensors():
    def make(header, data=b"\1\2\3\4"):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    entry = lambda **change: make({"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4], **change}})
    text = b'{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]%s}}'
    out = {"dtype": entry(dtype="X9"), "dtype_int": entry(dtype=3), "shape_negative": entry(shape=[-4]),
           "shape_huge": entry(shape=[2**62, 4]), "shape_wraps": entry(shape=[2**32, 2**32]), "shape_text": entry(shape="4"),
           "shape_float": entry(shape=[4.0]), "shape_big": entry(shape=[2**70]), "shape_many": entry(shape=[1] * 100000 + [4]),
           "offsets_short": entry(data_offsets=[0]), "offsets_many": entry(data_offsets=[0, 4, 4]),
           "offsets_order": entry(data_offsets=[4, 0]), "offsets_huge": entry(data_offsets=[0, 2**64 - 1]),
           "offsets_negative": entry(data_offsets=[-4, 0]), "offsets_differ": entry(shape=[3]),
           "no_dtype": make({"a": {"shape": [4], "data_offsets": [0, 4]}}), "list": make([1, 2]), "int": make(b"5"),
           "text": make(b"{"), "nul": make(b'{"a\0":1}'), "deep": make(b"[" * MILLION),
           "deep_objects": make(b'{"a":' * 100000),
           "utf8": make(b'{"\xff\xfe":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'), "more": make(text % b',"x":[[[]]]'),
           "twice": make(text % b',"dtype":"I8"'), "metadata_int": make({"__metadata__": 5}, b""),
           "metadata_deep": make({"__metadata__": {"a": {"b": 1}}}, b""), "metadata_twice": make(
               b'{"__metadata__":{"a":"1","a":"2"},"__metadata__":{}}', b""),
               "surrogate": make(b'{"\\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'),
               "trailing": make(text % b"" + b"x"), "length_0": struct.pack("<Q", 0) + b"{}",
               "length_max": struct.pack("<Q", 2**64 - 1) + b"{}", "length_100m": struct.pack("<Q", 10**8 + 1) + b"{}",
               "crowd": make(
               {f"t{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(50000)}, b"")}
    return {"safetensors_" + name: raw for name, raw in out.items()}


def scripts():
    """TorchScript archives whose modules or sources lead astray."""
    def make(value, code=b"class Module(Module):\n  __parameters__ = [\"w\"]\n", **more):
        storages = Storages()
        storages.add("Float", FLOATS)
        pickle = value if isinstance(value, bytes) else dumps(value)
        return zip_archive({"data.pkl": pickle, "data/0": FLOATS, "code/__torch__.py": code, "constants.pkl": b"\x80\x02).",
                            "version": b"3\n", **more})

    start = b"c__torch__\nModule\n)\x81}X\x01\0\0\0a"
    laugh = b"c__torch__\nModule\n)\x81}(X\x01\0\0\0a%sX\x01\0\0\0b%sub"
    laughs = b"\x80\x02" + laugh % (b"N", b"N")
    for level in range(60):
        memo = b"j" + struct.pack("<I", level)
        laughs += b"r" + memo[1:] + b"0" + laugh.replace(b"%s", memo)
    plain = Call(Global("__torch__", "Module"), (), {"w": Storages().tensor("Float", FLOATS, (6,), (1,))}, how="newobj")
    header = b"class Module(Module):\n"
    lists = header + b"  __parameters__ = "
    return {"script_self": make(b"\x80\x02c__torch__\nModule\n)\x81q\0}X\x01\0\0\0ah\0sb."),
            "script_laughs": make(laughs + b"."),
            "script_deep": make(b"\x80\x02" + start * 20000 + b"N" + b"sb" * 20000 + b"."),
            "script_code_open": make(plain, lists + b"[\"w"), "script_code_none": make(plain, b""),
            "script_code_lists": make(plain, lists + b"[" * MILLION), "script_code_classes": make(plain, header * 50000),
            "script_code_bytes": make(plain, bytes(range(256)) * 100),
            "script_code_names": make(plain, lists + b"[" + b'"w", ' * 100000 + b"]\n"),
            "script_constants": make(plain, **{"constants.pkl": b"\x80\x02" + b"(" * 100000}),
            "script_int": make(b"\x80\x02K\x01."), "script_os": make(Call(Global("os", "system"), ("true",)))}


def all_files():
    warnings.filterwarnings("ignore", "Duplicate name")
    return {**zips(), **legacies(), **tars(), **safetensors(), **scripts()}
