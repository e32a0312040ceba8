# SPDX-License-Identifier: MIT
"""Loads what Weightport wrote with the PyTorch at hand and compares it with what that PyTorch loads from the original.

usage: read_back.py FOLDER
FOLDER holds manifest.json and the files that round_trip.py wrote. Needs nothing but PyTorch.
"""
import json
import pathlib
import re
import sys
import warnings

try:
    import torch
except ImportError:
    print("skipping: this Python has no torch")
    sys.exit(77)

warnings.simplefilter("ignore")
HAS_MMAP = tuple(int(part) for part in torch.__version__.split(".")[:2]) >= (2, 1)

# Classes that the golden files name.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))


def tensor_facts(tensor):
    facts = [type(tensor).__name__, str(tensor.dtype), tuple(tensor.shape), str(tensor.layout), bool(tensor.requires_grad)]
    if tensor.layout != torch.strided:
        return facts + [str(tensor)]
    facts.append(tuple(tensor.stride()))
    if tensor.device.type == "meta":
        return facts
    if tensor.is_quantized:
        facts.append(str(tensor.qscheme()))
        plain = tensor.int_repr()
    else:
        plain = tensor.detach().resolve_conj().resolve_neg()
    flat = plain.contiguous().reshape(-1)
    if flat.dtype.is_complex:
        flat = torch.view_as_real(flat) if flat.dtype != getattr(torch, "complex32", None) else flat
    try:
        return facts + [bytes(flat.view(torch.uint8).numpy())]
    except (TypeError, RuntimeError):
        return facts + [str(flat)]


def walk(value, path, out, above):
    if isinstance(value, torch.Tensor):
        out[path] = tensor_facts(value)
        return
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        value = value.item()  # numpy's scalars are saved as plain numbers
    if id(value) in above:
        out[path] = "a cycle"
        return
    above = above | {id(value)}
    if isinstance(value, dict):
        out[path] = type(value).__name__
        for key, item in value.items():
            walk(item, path + (repr(key),), out, above)
    elif isinstance(value, (list, tuple)):
        out[path] = type(value).__name__
        for i, item in enumerate(value):
            walk(item, path + (i,), out, above)
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        out[path] = type(value).__name__
        if "Storage" not in type(value).__name__:
            walk(vars(value), path + ("__dict__",), out, above)
    else:
        out[path] = re.sub(" at 0x[0-9a-f]+", "", repr(value))


def load(file, **how):
    found = {}
    value = torch.load(file, map_location="cpu", **how)
    # Of TorchScript the state_dict was written.
    script = isinstance(value, torch.jit.ScriptModule)
    walk(value.state_dict() if script else value, (), found, frozenset())
    if script:
        found["detached"] = True
    return found


def without_requires_grad(found):
    return {path: facts[:4] + facts[5:] if isinstance(facts, list) else facts for path, facts in found.items()}


def attempt(file, **how):
    try:
        return load(file, **how)
    except Exception as error:  # torch.load raises whatever the pickle makes it raise
        return f"{type(error).__name__}: {error}"[:200]


def not_for_this_torch(source):
    name, golden = pathlib.Path(source).name, "data" in pathlib.Path(source).parts
    # PyTorch pickles sparse CSR by another function since 2.0, and leaves newer dtypes of another byte order as they are.
    if not HAS_MMAP:
        return golden and name in ("sparse.pt", "sparse_legacy.pth", "script_values.pt")
    return golden and name == "bigendian.pt"


def check_pair(source, written, form):
    """Each way of loading that works for the original must give the same for what was written."""
    ways = [{"weights_only": True}, {"weights_only": False}]
    if HAS_MMAP and form == "torch":
        ways.append({"weights_only": True, "mmap": True})
    checked, problems = 0, []
    for way in ways:
        of_source = {key: value for key, value in way.items() if key != "mmap"}
        before = attempt(source, **of_source)
        if isinstance(before, str):
            continue
        after = attempt(written, **way)
        if before.pop("detached", False) and not isinstance(after, str):
            # Python's state_dict() detaches its tensors; the file says which are trained.
            before, after = without_requires_grad(before), without_requires_grad(after)
        checked += 1
        if after != before:
            where = [] if isinstance(after, str) else [key for key in {**before, **after} if before.get(key) != after.get(key)][:3]
            problems.append(f"{source} as {form}, {way}: {after if isinstance(after, str) else where}")
    return checked, problems


def main(folder):
    folder = pathlib.Path(folder)
    passed, failed = 0, 0
    for pair in json.loads((folder / "manifest.json").read_text()):
        source = pair["source"]
        if pair["format"] == "safetensors" or not_for_this_torch(source):
            continue
        if not pathlib.Path(source).exists():
            sys.exit(f"{source} is not there")
        checked, problems = check_pair(source, str(folder / pair["written"]), pair["format"])
        passed += checked - len(problems)
        failed += len(problems)
        for problem in problems:
            print(problem)
    print(f"torch {torch.__version__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
