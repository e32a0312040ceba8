#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes files for the benches, with real PyTorch.

    make_files.py FILE...

What a FILE holds and as what it is saved follow from its name: large, many or small; .pt, .pth or .safetensors.
"""
import json
import os
import pathlib
import struct
import sys

import torch

KINDS = {
    "large": [(f"layers.{i}.weight", (1748, 2048)) for i in range(150)],
    "many": [(f"layers.{i // 10}.block.{i % 10}.weight", (32, 32)) for i in range(20000)],
    "small": [("conv.weight", (8, 1, 3, 3)), ("conv.bias", (8,)), ("fc.weight", (10, 32)), ("fc.bias", (10,))],
}


def save_zip(tensors, path):
    torch.save(tensors, path)


def save_legacy(tensors, path):
    torch.save(tensors, path, _use_new_zipfile_serialization=False)


def save_safetensors(tensors, path):
    header, end = {}, 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.numpy())


WRITERS = {".pt": save_zip, ".pth": save_legacy, ".safetensors": save_safetensors}


def main(paths):
    torch.manual_seed(0)
    for path in map(pathlib.Path, paths):
        tensors = {name: torch.rand(shape) for name, shape in KINDS[path.stem]}
        unfinished = path.with_name("unfinished")
        WRITERS[path.suffix](tensors, unfinished)
        os.replace(unfinished, path)


if __name__ == "__main__":
    main(sys.argv[1:])
