#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Saves with the PyTorch that is installed, inspects, and compares with what Python holds.

    live_torch.py COMMAND [SEED]
"""
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

from compare import Tally, problems_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "data"))


def import_torch():
    """torch, or None; asked of another process first, as an unusable torch can end it."""
    probe = subprocess.run([sys.executable, "-c", "import torch, numpy"], capture_output=True, text=True)
    if probe.returncode:
        print(f"skipped: {sys.executable} has no PyTorch: {probe.stderr.strip().splitlines()[-1:]}")
        return None
    import torch
    return torch


class RandomValues:
    """Nested values of every kind, tensors among them."""

    KINDS = ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64",
             "complex128", "bool"]

    def __init__(self, torch, seed):
        self.torch, self.random = torch, random.Random(seed)
        torch.manual_seed(seed)
        self.shared = []

    def tensor(self):
        torch, pick = self.torch, self.random
        if self.shared and pick.random() < 0.2:
            return pick.choice(self.shared)
        shape = [pick.choice([0, 1, 2, 3, 5]) if pick.random() < 0.9 else 0 for _ in range(pick.randrange(5))]
        base = (torch.randn([size + 2 for size in shape]) * 50).to(getattr(torch, pick.choice(self.KINDS)))
        view = base[tuple(slice(start := pick.randrange(3), start + size) for size in shape)]
        if view.dim() and pick.random() < 0.5:
            view = view.permute(pick.sample(range(view.dim()), view.dim()))
        if pick.random() < 0.3:
            view = view.contiguous()
        if pick.random() < 0.3 and view.is_floating_point():
            view = torch.nn.Parameter(view)
        self.shared.append(view)
        return view

    def scalar(self):
        pick = self.random
        return pick.choice([None, True, False, pick.randrange(-2**70, 2**70), pick.randrange(-300, 300), pick.gauss(0, 1e10),
                            0.0,
                            float("inf"), pick.randbytes(3).hex(), "".join(chr(pick.randrange(32, 0xD800)) for _ in range(5))])

    def value(self, depth=0):
        pick = self.random
        if depth > 4 or pick.random() < 0.3:
            return self.tensor() if pick.random() < 0.5 else self.scalar()
        items = [self.value(depth + 1) for _ in range(pick.randrange(5))]
        make = pick.choice([list, tuple, self.mapping, self.mapping])
        return make(items)

    def mapping(self, items):
        keys = [self.random.choice([f"key.{i}", i, f"ключ{i}"]) for i in range(len(items))]
        return dict(zip(keys, items))


def check_modules(torch, folder, command, tally):
    import live_models
    from expect import expect, expect_state_dict
    for name, make in live_models.MODULES.items():
        torch.manual_seed(1)
        module = make()
        for form, new in (("torch_zip", True), ("torch_legacy", False)):
            file = folder / f"{name}_{form}.pt"
            torch.save(module, file, _use_new_zipfile_serialization=new)
            entry = expect(torch.load(file, weights_only=False), format=form)
            if isinstance(module, torch.nn.Module):
                entry["state_dict"] = [k for k, v in module.state_dict().items() if isinstance(v, torch.Tensor)]
            tally.add(file.name, problems_of(command, file, entry))
    for name, make in live_models.SCRIPTS.items():
        torch.manual_seed(2)
        file = folder / f"{name}.pt"
        torch.jit.save(make(), file)
        state = {k: v for k, v in torch.jit.load(file).state_dict().items() if isinstance(v, torch.Tensor)}
        tally.add(file.name, problems_of(command, file, expect_state_dict(state, format="torchscript", state_dict=list(state))))


def check_objects(torch, folder, command, tally):
    """Whatever the rest is, the file opens and the tensor beside it is right; so are the names of modules made of others."""
    import live_models
    from expect import expect
    for name, value in live_models.objects().items():
        for form, new in (("torch_zip", True), ("torch_legacy", False)):
            file = folder / f"{name}_{form}.pt"
            torch.save({"object": value, "w": torch.ones(3)}, file, _use_new_zipfile_serialization=new)
            tally.add(file.name, problems_of(command, file, expect({"w": torch.ones(3)}, format=form, exact=False)))
    made = {"graph": torch.fx.symbolic_trace(live_models.MODULES["sequential"]())}
    if hasattr(torch, "compile"):
        made["compiled"] = torch.compile(live_models.MODULES["sequential"]())
    for name, module in made.items():
        file = folder / f"{name}.pt"
        torch.save(module, file)
        names = list(module.state_dict())
        entry = {"tensors": [], "scalars": [], "format": "torch_zip", "exact": False, "state_dict": names}
        tally.add(file.name, problems_of(command, file, entry))


def check_optimizers(torch, folder, command, tally):
    import live_models
    from expect import expect
    for name, make in live_models.OPTIMIZERS.items():
        model = torch.nn.Linear(3, 2)
        optimizer = make(model.parameters())
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
        for form, new in (("torch_zip", True), ("torch_legacy", False)):
            file = folder / f"{name}_{form}.tar"
            checkpoint = {"epoch": 1, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict()}
            torch.save(checkpoint, file, _use_new_zipfile_serialization=new)
            tally.add(file.name, problems_of(command, file, expect(checkpoint, format=form)))


def check_dtypes(torch, folder, command, tally):
    """Those that have no typed storage; TorchScript names one all the same."""
    import live_models
    from expect import expect, expect_state_dict
    if not hasattr(torch.storage, "_new_dtypes"):
        return print("skipped: this PyTorch has a typed storage for all but complex32")
    for dtype in sorted(torch.storage._new_dtypes(), key=str):
        made = torch.empty(3, dtype=dtype)
        for i in range(made.untyped_storage().nbytes()):
            made.untyped_storage()[i] = i + 1
        file = folder / f"{dtype}.pt"
        torch.save({"w": made, "dtype": dtype}, file)
        tally.add(file.name, problems_of(command, file, expect({"w": made, "dtype": dtype}, format="torch_zip")))
        script = folder / f"{dtype}_script.pt"
        torch.jit.save(torch.jit.script(live_models.OneBuffer(made)), script)
        tally.add(script.name, problems_of(command, script, expect_state_dict({"buffer": made}, format="torchscript")))


def check_values(torch, folder, command, tally, seed):
    from expect import expect
    for number in range(40):
        value = {"root": RandomValues(torch, seed + number).value(), "end": torch.tensor(number)}
        protocol, new = number % 5 + 1, number % 2 == 0
        file = folder / f"values_{seed + number}_protocol{protocol}.pt"
        torch.save(value, file, pickle_protocol=protocol, _use_new_zipfile_serialization=new)
        entry = expect(torch.load(file, weights_only=False), format="torch_zip" if new else "torch_legacy")
        tally.add(file.name, problems_of(command, file, entry))


def main(command, seed):
    torch = import_torch()
    if torch is None:
        return 77
    warnings.simplefilter("ignore")
    tally = Tally()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_modules(torch, folder, command, tally)
        check_objects(torch, folder, command, tally)
        check_optimizers(torch, folder, command, tally)
        check_dtypes(torch, folder, command, tally)
        check_values(torch, folder, command, tally, seed)
    return tally.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
