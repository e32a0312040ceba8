#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The four ways to save and load, as the guide shows them: each program reads what PyTorch saved, and PyTorch reads what it saves.

    four_ways.py NAME COMMAND...    COMMAND is run in a folder with the files
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

PAIR = "AB"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 16)
        self.bn = nn.BatchNorm1d(16)
        self.fc2 = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc2(torch.tanh(self.bn(self.fc1(x))))


def trained():
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(torch.randn(8, 6)).square().mean()
        loss.backward()
        optimizer.step()
    return model, optimizer, loss.item()


def equal(a, b):
    """As ==, with tensors inside; {"lr": 0.01} is in a state_dict with more hyperparameters too."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def main(name, command):
    torch.manual_seed(0)
    model, optimizer, loss = trained()
    parts = {}
    for letter in PAIR:
        parts[f"model{letter}_state_dict"], parts[f"optimizer{letter}_state_dict"] = (p.state_dict() for p in trained()[:2])
    checkpoint = {"epoch": 5, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": loss}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        torch.jit.script(Net().eval()).save(str(path / "model.ts"))
        torch.save(model.state_dict(), path / "weights.pt")
        torch.save(checkpoint, path / "ckpt.tar")
        torch.save(parts, path / "several.tar")
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"{name}: {ran.stdout}{ran.stderr}")
        x = torch.ones(1, 6)
        results = {
            "state_dict": equal(dict(torch.load(path / "weights_again.pt")), dict(model.state_dict())),
            "entire_model": torch.equal(torch.jit.load(str(path / "model_again.ts"))(x), torch.jit.load(str(path / "model.ts"))(x)),
            "general_checkpoint": equal(torch.load(path / "ckpt_again.tar"), {**checkpoint, "epoch": 6}),
            "several_models": equal(torch.load(path / "several_again.tar"), parts),
        }
    for way, good in results.items():
        print(f"{'ok    ' if good else 'FAILED'} {name}: {way}")
    return not all(results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
