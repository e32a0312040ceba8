#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The four ways to save and load, and fine-tuning: PyTorch and the C examples take turns, and agree.

    train.py FOLDER_OF_EXAMPLES
"""
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

TOLERANCE = 1e-5

# A batch norm subtracts the mean, and with it the bias before it: the bias has no gradient but what rounding leaves (4e-8 here,
# 1e-16 in float64), which Adam makes a step of lr of, in one direction with one version of libtorch and in another with the next.
# No score depends on it while training; the running mean follows it.
ROUNDING = {"fc1.bias", "bn.running_mean"}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 16)
        self.bn = nn.BatchNorm1d(16)
        self.fc2 = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc2(torch.tanh(self.bn(self.fc1(x))))


def steps(model, optimizer, batches):
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def close(a, b):
    return abs(a - b) <= TOLERANCE * max(1, abs(b))


def same_tensors(a, b):
    return list(a) == list(b) and all(torch.allclose(a[k], b[k], rtol=TOLERANCE, atol=TOLERANCE) for k in a)


class Run:
    def __init__(self, examples, folder):
        self.examples, self.folder = pathlib.Path(examples), pathlib.Path(folder)
        self.failures = 0

    def path(self, name):
        return self.folder / name

    def save(self, value, name):
        torch.save(value, self.path(name))

    def load(self, name):
        return torch.load(self.path(name))

    def example(self, name, *files):
        """Numbers that a C example printed, a list for each line that holds some."""
        done = subprocess.run([self.examples / name, *map(self.path, files)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{name}: {done.stderr.strip()}")
        lines = [re.findall(r"-?\d+\.\d+", line) for line in done.stdout.splitlines()]
        return [[float(n) for n in line] for line in lines if line]

    def expect(self, what, good):
        print(f"{'ok    ' if good else 'FAILED'} {what}")
        self.failures += not good


def state_dict(run, model):
    run.save(model.state_dict(), "weights.pt")
    (scores,) = run.example("state_dict", "weights.pt", "weights_from_c.pt")
    wanted = model.eval()(torch.ones(1, 6))[0].tolist()
    run.expect("1. state_dict: the network in C gives Python's scores", all(map(close, scores, wanted)))
    again = Net()
    again.load_state_dict(run.load("weights_from_c.pt"), strict=True)
    run.expect("   and Python loads, strictly, what C saved", same_tensors(again.state_dict(), model.state_dict()))


def entire_model(run, model):
    wanted = model.eval()(torch.ones(1, 6))[0].tolist()
    torch.jit.script(model).save(str(run.path("model.ts")))
    (scores,) = run.example("entire_model", "model.ts", "model_from_c.ts")
    again = torch.jit.load(str(run.path("model_from_c.ts")))
    run.expect("2. entire model: a TorchScript archive runs in C", all(map(close, scores, wanted)))
    run.expect("   and Python runs what C saved", all(map(close, again(torch.ones(1, 6))[0].tolist(), wanted)))
    whole = nn.Sequential(model.fc1, model.bn, nn.Tanh(), model.fc2)
    run.save(whole, "whole.pt")
    (scores,) = run.example("entire_model", "whole.pt")
    run.expect("   a whole nn.Sequential that Python pickled runs in C", all(map(close, scores, wanted)))
    run.save({"model_state_dict": model.state_dict()}, "only_weights.tar")
    (scores,) = run.example("predict", "model.ts", "only_weights.tar")
    run.expect("   and a checkpoint's weights fit a TorchScript model", all(map(close, scores, wanted)))


def general_checkpoint(run, batches):
    torch.manual_seed(1)
    straight = Net()
    start = {k: v.clone() for k, v in straight.state_dict().items()}
    straight_optimizer = torch.optim.Adam(straight.parameters(), lr=0.01)
    wanted = steps(straight, straight_optimizer, batches[:30])

    model = Net()
    model.load_state_dict(start)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = steps(model, optimizer, batches[:10])
    run.save({"epoch": 10, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
              "loss": losses[-1]}, "ckpt.tar")
    losses += [line[-1] for line in run.example("general_checkpoint", "ckpt.tar", "data.pt", "again.tar")]
    checkpoint = run.load("again.tar")
    model, optimizer = Net(), None
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
    model.load_state_dict(checkpoint["model_state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    run.expect("3. general checkpoint: C went on where Python stopped", checkpoint["epoch"] == 20)
    losses += steps(model, optimizer, batches[20:30])
    run.expect("   30 steps by Python, C and Python give the losses of 30 by Python",
               len(losses) == 30 and all(map(close, losses, wanted)))
    weights = [{k: v for k, v in net.state_dict().items() if k not in ROUNDING} for net in (model, straight)]
    run.expect("   and the same weights", same_tensors(*weights) and straight.fc1.bias.grad.abs().max() < 1e-6)


def gan_steps(generator, discriminator, optimizer_g, optimizer_d, reals, noises):
    criterion = nn.BCEWithLogitsLoss()
    losses = []
    for real, noise in zip(reals, noises):
        fake = generator(noise)
        optimizer_d.zero_grad()
        loss_real = criterion(discriminator(real), torch.ones(8, 1))
        loss_fake = criterion(discriminator(fake.detach()), torch.zeros(8, 1))
        (loss_real + loss_fake).backward()
        optimizer_d.step()
        optimizer_g.zero_grad()
        loss_g = criterion(discriminator(fake), torch.ones(8, 1))
        loss_g.backward()
        optimizer_g.step()
        losses.append([loss_real.item() + loss_fake.item(), loss_g.item()])
    return losses


def several_models(run):
    torch.manual_seed(2)
    generator = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
    discriminator = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    parts = [generator, discriminator] + [
        torch.optim.Adam(m.parameters(), lr=0.001, betas=(0.5, 0.999)) for m in (generator, discriminator)]
    reals, noises = torch.randn(20, 8, 2), torch.randn(20, 8, 3)
    gan_steps(*parts, reals[:10], noises[:10])
    keys = ["generator_state_dict", "discriminator_state_dict", "optimizerG_state_dict", "optimizerD_state_dict"]
    run.save({key: part.state_dict() for key, part in zip(keys, parts)}, "gan.tar")
    run.save({"real": reals[10:], "noise": noises[10:]}, "gan_data.pt")
    printed = run.example("several_models", "gan.tar", "gan_data.pt", "gan_from_c.tar")
    wanted = gan_steps(*parts, reals[10:], noises[10:])
    run.expect("4. several models in one file: a GAN trains on in C as in Python",
               len(printed) == 10 and all(close(a, b) for p, w in zip(printed, wanted) for a, b in zip(p, w)))
    saved = run.load("gan_from_c.tar")
    run.expect("   and all four states come back", all(
        same_tensors(saved[key], part.state_dict()) for key, part in zip(keys[:2], parts[:2])))
    for key, part in zip(keys[2:], parts[2:]):
        part.load_state_dict(saved[key])


def fine_tuning(run, model, batches):
    data = [(x, y % 3) for x, y in batches[:20]]
    run.save({"x": torch.stack([x for x, _ in data]), "y": torch.stack([y for _, y in data])}, "three.pt")
    losses = run.example("fine_tuning", "weights.pt", "three.pt", "tuned.pt")
    tuned, old = run.load("tuned.pt"), model.state_dict()
    run.expect("5. fine-tuning: the frozen trunk stays as it was",
               all(torch.equal(tuned[k], old[k]) for k in old if not k.startswith("fc2")))
    run.expect("   and the new head learns", tuned["head.weight"].shape == (3, 16) and losses[-1][0] < losses[0][0])


def main(examples):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(30, 8, 6)
    y = (x[:, :, :4] * torch.tensor([1.0, 2.0, 3.0, 4.0])).argmax(2)
    batches = list(zip(x, y))
    model = Net()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(examples, folder)
        run.save({"x": x, "y": y}, "data.pt")
        steps(model, torch.optim.SGD(model.parameters(), lr=0.1), batches)
        state_dict(run, model)
        entire_model(run, model)
        general_checkpoint(run, batches)
        several_models(run)
        fine_tuning(run, model, batches)
    return run.failures != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
