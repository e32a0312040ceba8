# SPDX-License-Identifier: MIT
"""A model and an optimizer that Weightport saved again go on training as if nothing had happened."""
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipping: this Python has no torch")
    sys.exit(77)

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "LBFGS": lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=3),
}


def build(name):
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    return model, OPTIMIZERS[name](model.parameters())


def train(model, optimizer, steps):
    torch.manual_seed(11)
    losses = []
    for _ in range(steps):
        x, y = torch.randn(16, 6), torch.randn(16, 3)

        def closure():
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
            return loss

        losses.append(float(optimizer.step(closure)))
    return losses


def check(command, name, form, folder):
    model, optimizer = build(name)
    train(model, optimizer, 5)
    source, written = folder / "ckpt.tar", folder / "again.tar"
    state = {"epoch": 5, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": 0.25}
    torch.save(state, source)
    subprocess.run([command, "convert", "--to", form, "--no-fsync", str(source), str(written)], check=True)
    wanted = train(model, optimizer, 5)

    model, optimizer = build(name)
    # PyTorch 1 knows no float there, whoever wrote it.
    saved = torch.load(written, weights_only=not torch.__version__.startswith("1."))
    model.load_state_dict(saved["model_state_dict"], strict=True)
    optimizer.load_state_dict(saved["optimizer_state_dict"])
    assert saved["epoch"] == 5 and saved["loss"] == 0.25
    got = train(model, optimizer, 5)
    return got == wanted


def main(command):
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in OPTIMIZERS:
            for form in ("torch", "torch_legacy"):
                if check(command, name, form, pathlib.Path(folder)):
                    passed += 1
                else:
                    failed += 1
                    print(f"{name} as {form}: the losses differ")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
