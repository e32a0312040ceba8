# SPDX-License-Identifier: MIT
"""A model of another project, which keeps a state from call to call: silero-vad, which tells speech from noise, runs from C as in
Python, and goes on in Python after it was saved from C.
    silero.py RUN_MODEL SILERO_VAD_JIT"""
import pathlib
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "interop")]
from compare import Tally
from live_torch import import_torch

TOLERANCE = 1e-6


def hum(torch, batch, samples, rate):
    """Something between speech and noise: a voice's overtones that rise and fall."""
    time = torch.arange(samples) / rate
    tone = sum(torch.sin(6.2832 * 140 * n * time + n) / n for n in range(1, 20))
    return (tone * (0.3 + 0.2 * torch.sin(6.2832 * 4 * time)) * torch.linspace(0.3, 1, batch)[:, None]).float()


def calls(torch):
    """One after the other, on one model."""
    for rate, samples, batch in ((16000, 512, 1), (16000, 512, 3), (8000, 256, 1)):
        for chunk in hum(torch, batch, samples * 8, rate).split(samples, dim=1):
            yield "forward", (chunk, rate)
    yield "reset_states", ()
    yield "forward", (hum(torch, 1, 512, 16000), 16000)
    yield "audio_forward", (hum(torch, 1, 16000, 16000), 16000)


def run(run_model, model, folder, wanted):
    import torch
    torch.save([{"method": method, "args": args} for method, args in wanted], folder / "in.pt")
    return subprocess.run([run_model, model, folder / "in.pt", folder / "out.pt", folder / "again.jit"],
                          capture_output=True, text=True)


def problem(found, expected):
    import torch
    if expected is None or not isinstance(found, torch.Tensor):
        return [] if found is expected else [f"{found!r} instead of {expected!r}"]
    if found.shape != expected.shape:
        return [f"shape {list(found.shape)} instead of {list(expected.shape)}"]
    worst = (found - expected).abs().max().item()
    return [] if worst <= TOLERANCE else [f"differs by {worst:.2g}"]


def main(run_model, path):
    torch = import_torch()
    if torch is None:
        return 77
    if not pathlib.Path(path).exists():
        print(f"skipped: there is no {path}; torch.script runs models that are made here")
        return 77
    tally = Tally()
    model = torch.jit.load(path).eval()
    # TorchScript's optimizer of PyTorch 2.6 makes NaN of it now and then, in Python alone too.
    with tempfile.TemporaryDirectory() as name, torch.no_grad(), torch.jit.optimized_execution(False):
        folder, wanted = pathlib.Path(name), list(calls(torch))
        done = run(run_model, path, folder, wanted)
        if done.returncode:
            sys.exit(done.stderr)
        results = torch.load(folder / "out.pt")
        for i, ((method, args), found) in enumerate(zip(wanted, results)):
            tally.add(f"call {i}, {method}", problem(found, getattr(model, method)(*args)))
        last = (hum(torch, 1, 512, 16000), 16000)
        again = torch.jit.load(str(folder / "again.jit"))
        tally.add("saved from C", problem(again(*last), model(*last)))
        refused = run(run_model, path, folder, [("forward", (torch.zeros(1, 600), 16000))])
        good = "WP_ERROR_TORCH: builtins.ValueError: Provided number of samples is 600" in refused.stderr
        tally.add("a chunk of another length", [] if good else [refused.stderr or "was taken"])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
