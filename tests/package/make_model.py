#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make_model.py FOLDER: model.ts, ckpt.tar and scores.txt, which is what the README's predict.c is to print of them."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))
from four_ways import Net  # noqa: E402

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
model = Net().eval()
torch.jit.script(Net()).save(str(folder / "model.ts"))
torch.save({"model_state_dict": model.state_dict()}, folder / "ckpt.tar")
scores = model(torch.ones(1, 6))[0].tolist()
(folder / "scores.txt").write_text("scores " + " ".join(f"{score:.4f}" for score in scores) + "\n")
