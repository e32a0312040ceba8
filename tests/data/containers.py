# SPDX-License-Identifier: MIT
"""The files around the pickles, written by hand: zip, legacy stream, tar, safetensors."""
import io
import json
import struct
import tarfile
import zipfile

from pickling import Call, Global, Persistent, dumps, ordered_dict

ITEMSIZE = {"Byte": 1, "Char": 1, "Bool": 1, "Short": 2, "Half": 2, "BFloat16": 2, "Int": 4, "Float": 4, "Long": 8,
            "Double": 8, "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4}
MAGIC = 0x1950A86A20F9469CFC6C


class Storages:
    """Collects storages; gives out the persistent ids that stand for them."""

    def __init__(self, legacy=False):
        self.legacy = legacy
        self.data = {}  # key: (bytes, elements)

    def add(self, kind, raw, location="cpu"):
        """A storage of torch.<kind>Storage; "Untyped" counts bytes."""
        key = str(len(self.data))
        numel = len(raw) // ITEMSIZE.get(kind, 1)
        self.data[key] = (raw, numel)
        module = "torch.storage" if kind == "Untyped" else "torch"
        parts = ("storage", Global(module, kind + "Storage"), key, location, numel)
        return Persistent(parts + (None,) if self.legacy else parts)

    def tensor(self, kind, raw, shape, stride, offset=0):
        return tensor(self.add(kind, raw), shape, stride, offset)


def tensor(storage, shape, stride, offset=0, *more):
    return Call(Global("torch._utils", "_rebuild_tensor_v2"),
                (storage, offset, tuple(shape), tuple(stride), False, ordered_dict(), *more))


def zip_archive(records, root="archive", method=zipfile.ZIP_STORED, force_zip64=False):
    """A zip of {name: bytes} with a fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, raw in records.items():
            info = zipfile.ZipInfo(f"{root}/{name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=force_zip64) as record:
                record.write(raw)
    return out.getvalue()


def zip64_archive(archive):
    """The stored records of a zip again, with every size and offset in zip64 extra fields only."""
    out, directory, records = b"", b"", zipfile.ZipFile(io.BytesIO(archive))
    for info in records.infolist():
        name, raw = info.filename.encode(), records.read(info)
        extra = struct.pack("<HHQQ", 1, 16, len(raw), len(raw))
        common = struct.pack("<HHHHHIII", 45, 0x800, 0, 0, 33, info.CRC, 0xFFFFFFFF, 0xFFFFFFFF)
        central = struct.pack("<HHQQQ", 1, 24, len(raw), len(raw), len(out))
        directory += b"PK\x01\x02\x2d\0" + common + struct.pack("<HHHHHII", len(name), len(central), 0, 0, 0, 0, 0xFFFFFFFF)
        directory += name + central
        out += b"PK\x03\x04" + common + struct.pack("<HH", len(name), len(extra)) + name + extra + raw
    count, end = len(records.infolist()), len(out) + len(directory)
    return (out + directory + b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, len(directory),
                                                          len(out))
            + b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
            + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def torch_zip(value, storages, protocol=2, byteorder=None, python2=False, **options):
    records = {"data.pkl": dumps(value, protocol, python2)}
    if byteorder:
        records["byteorder"] = byteorder.encode()
    for key, (raw, _) in storages.data.items():
        records["data/" + key] = raw
    records["version"] = b"3\n"
    return zip_archive(records, **options)


def legacy(value, storages, protocol=2, little_endian=True, count_order="little", python2=False):
    """The stream of torch 0.1.10 to 1.5."""
    sizes = {"short": 2, "int": 4, "long": 4}
    info = {"protocol_version": 1001, "little_endian": little_endian, "type_sizes": sizes}
    keys = sorted(storages.data)
    parts = [dumps(v, protocol, python2) for v in (MAGIC, 1001, info, value, keys)]
    for key in keys:
        raw, numel = storages.data[key]
        parts += [numel.to_bytes(8, count_order), raw]
    return b"".join(parts)


def torch_tar(value, storages, views, tensors, protocol=2):
    """The tar of torch before 0.1.10. storages: (key, kind, bytes); views: (target, root, offset, size);
    tensors: (key, storage key, kind, shape, stride, offset)."""
    out = [dumps(len(storages), protocol)]
    for key, kind, raw in storages:
        out += [dumps((key, "cpu", Global("torch", kind + "Storage")), protocol),
                struct.pack("<q", len(raw) // ITEMSIZE[kind]), raw]
    out.append(dumps(list(views), protocol))
    storage_part = b"".join(out)
    out = [dumps(len(tensors), protocol)]
    for key, storage, kind, shape, stride, offset in tensors:
        out += [dumps((key, storage, Global("torch", kind + "Tensor")), protocol), struct.pack("<ii", len(shape), 0),
                struct.pack(f"<{2 * len(shape) + 1}q", *shape, *stride, offset)]
    tensor_part = b"".join(out)
    info = {"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    members = {"sys_info": dumps(info, protocol), "pickle": dumps(value, protocol), "tensors": tensor_part,
               "storages": storage_part}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as tar:
        for name, raw in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return file.getvalue()


def safetensors(tensors, metadata=None):
    """tensors: {name: (dtype, shape, bytes)}, in the order of their data."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data
