#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Seeds for the fuzz targets: seeds.py OUT [MORE...]

Writes OUT/TARGET/*: the golden files, the hostile ones, and the files of each folder MORE that is there, sorted by what they
are; pickles and code are taken out of their files for the targets that want them bare. Nothing over 64 KiB: small seeds are
mutated more often.
"""
import hashlib
import io
import json
import pathlib
import pickletools
import random
import sys
import zipfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "data"), str(TESTS / "hostile")]
import containers  # noqa: E402
import hostile_files  # noqa: E402
import hostile_pickles  # noqa: E402

LARGEST = 1 << 16


class Seeds:
    def __init__(self, out):
        self.out = pathlib.Path(out)

    def add(self, target, raw):
        if len(raw) > LARGEST:
            return
        folder = self.out / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(raw).hexdigest()).write_bytes(raw)

    def add_file(self, raw):
        self.add("checkpoint", raw)
        if raw[:2] == b"PK":
            self.add("zip", raw)
            self.add("torch_zip", raw)
            self.add_archive(raw)
        elif raw[257:262] == b"ustar":
            self.add("torch_tar", raw)
        elif b"\x6c\xfc\x9c\x46" in raw[:32] or b"L119547037146" in raw[:32]:
            self.add("torch_legacy", raw)
            self.add_pickles(raw)
        else:
            self.add("safetensors", raw)

    def add_archive(self, raw):
        try:
            archive = zipfile.ZipFile(io.BytesIO(raw))
            records = {info.filename: archive.read(info) for info in archive.infolist() if info.file_size <= LARGEST}
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
            return
        code = b"".join(text for name, text in records.items() if "/code/" in name and name.endswith(".py"))
        for name, text in records.items():
            if name.endswith("/data.pkl"):
                self.add("pickle", text)
                if code:
                    self.add("torchscript", code.replace(b"\0", b"") + b"\0" + text)

    def add_pickles(self, raw):
        """The pickles that a stream begins with, one by one."""
        file = io.BytesIO(raw)
        try:
            for _ in range(5):
                start = file.tell()
                for _ in pickletools.genops(file):
                    pass
                self.add("pickle", raw[start:file.tell()])
        except Exception:  # a hostile file
            return


def shard_indexes():
    """Indexes of one tensor, behind each a shard that holds it."""
    shard = containers.safetensors({"w": ("F32", (2,), bytes(8))}, {"format": "pt"})
    storages = containers.Storages()
    torch = containers.torch_zip({"w": storages.tensor("Float", bytes(8), (2,), (1,))}, storages)
    for file in (shard, torch):
        for metadata in ({}, {"metadata": {"total_size": 8, "x": [1, 2.5, None, {"y": "z"}]}}):
            index = {**metadata, "weight_map": {"w": "model-00001-of-00001.bin"}}
            yield json.dumps(index).encode() + b"\0" + file


def main():
    seeds = Seeds(sys.argv[1])
    folders = [TESTS / "data", *map(pathlib.Path, sys.argv[2:])]
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix not in (".py", ".md", ".json") and file.stat().st_size <= LARGEST:
                seeds.add_file(file.read_bytes())
    for raw in hostile_files.all_files().values():
        seeds.add_file(raw)
    for raw in hostile_pickles.all_pickles("/nowhere").values():
        seeds.add("pickle", raw)
    for raw in shard_indexes():
        seeds.add("shard_index", raw)
    choose = random.Random(1)
    for target in ("capi", "writer"):
        for _ in range(64):
            seeds.add(target, choose.randbytes(choose.randrange(16, 512)))
    for folder in sorted(seeds.out.iterdir()):
        print(folder.name, len(list(folder.iterdir())))


main()
