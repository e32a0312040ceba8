# SPDX-License-Identifier: MIT
"""Files that must be refused, each with the reason."""
import struct

import containers
from containers import Storages, tensor, torch_zip
from pickling import Persistent

FLOATS = struct.pack("<6f", *range(6))


def one_tensor(shape=(6,), stride=(1,), offset=0):
    storages = Storages()
    return torch_zip({"w": storages.tensor("Float", FLOATS, shape, stride, offset)}, storages)


def raw_safetensors(header, data=b""):
    return struct.pack("<Q", len(header)) + header + data


def files():
    """name: (bytes, reason)"""
    good = one_tensor()
    missing = Storages()
    value = {"w": missing.tensor("Float", FLOATS, (6,), (1,))}
    missing.data.clear()
    short = Storages()
    small = {"w": short.tensor("Float", FLOATS, (6,), (1,))}
    short.data["0"] = (FLOATS[:8], 2)
    legacy = Storages(legacy=True)
    stream = containers.legacy({"w": legacy.tensor("Float", FLOATS, (6,), (1,))}, legacy)
    info = b'{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}'
    return {
        "bad_empty.pt": (b"", "no bytes"),
        "bad_text.pt": (b"this is no checkpoint\n", "text"),
        "bad_html.pt": (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        "bad_pointer.pt": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a Git LFS pointer"),
        "bad_truncated.pt": (good[:-30], "no end record"),
        "bad_no_pickle.pt": (containers.zip_archive({"version": b"3\n"}), "no data.pkl"),
        "bad_script_model.pt": (containers.zip_archive({"version": b"1\n", "tensors/0": FLOATS, "model.json": b"{}"}),
                                "TorchScript from before 1.4"),
        "bad_version.pt": (containers.zip_archive({"data.pkl": b"\x80\x02N.", "version": b"99\n"}), "unknown version"),
        "bad_missing_storage.pt": (torch_zip(value, missing), "a record that is not there"),
        "bad_short_storage.pt": (torch_zip(small, short), "a record shorter than its storage"),
        "bad_outside.pt": (one_tensor(offset=1), "a view outside its storage"),
        "bad_negative_stride.pt": (one_tensor(stride=(-1,), offset=5), "a negative stride"),
        "bad_negative_size.pt": (one_tensor(shape=(-1,)), "a negative size"),
        "bad_overflow.pt": (one_tensor(shape=(2**62, 4), stride=(2**62, 2**62)), "sizes that overflow"),
        "bad_persistent.pt": (torch_zip({"w": tensor(Persistent((1, 2)), (1,), (1,))}, Storages()),
                              "a persistent id of another shape"),
        "bad_pickle.pt": (containers.zip_archive({"data.pkl": b"\x80\x02}q\0U"}), "a pickle cut short"),
        "bad_opcode.pt": (containers.zip_archive({"data.pkl": b"\x80\x02\xff."}), "an unknown opcode"),
        "bad_legacy_truncated.pth": (stream[:-1], "a storage cut short"),
        "bad_legacy_magic.pth": (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "nothing behind the magic number"),
        "bad_hole.safetensors": (raw_safetensors(b'{"a":' + info % (1, 2) + b"}", b"\1\2"), "a hole"),
        "bad_overlap.safetensors": (raw_safetensors(b'{"a":' + info % (0, 1) + b',"b":' + info % (0, 1) + b"}", b"\1"),
                                    "an overlap"),
        "bad_duplicate.safetensors": (raw_safetensors(b'{"a":' + info % (0, 1) + b',"a":' + info % (1, 2) + b"}", b"\1\2"),
                                      "a name twice"),
        "bad_tail.safetensors": (raw_safetensors(b'{"a":' + info % (0, 1) + b"}", b"\1\2"), "bytes that no tensor covers"),
        "bad_length.safetensors": (struct.pack("<Q", 1 << 40) + b"{}", "a header longer than the file"),
    }
