# SPDX-License-Identifier: MIT
"""Classes whose instances the golden files hold."""
import collections
import enum

import torch
from torch import nn


class Net(nn.Module):
    """Tied weights, persistent and other buffers, parameters of its own, an unset parameter and a plain tensor."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.arange(3.0))
        self.register_parameter("unused", None)
        self.register_buffer("steps", torch.tensor(7))
        self.register_buffer("cache", torch.ones(2), persistent=False)
        self.register_buffer("missing", None)
        self.plain = torch.tensor([1.0, 2.0])
        self.emb = nn.Embedding(5, 3)
        self.proj = nn.Linear(3, 5, bias=False)
        self.proj.weight = self.emb.weight
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)), nn.Identity()])
        self.nothing = None
        self.register_module("absent", None)
        self.config = {"layers": [1, 2], 3: "three"}


class Script(nn.Module):
    """Nested, with buffers, a constant and a tensor that is neither parameter nor buffer."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 2)
        self.body = nn.Sequential(nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 1, 1, bias=False))
        self.register_buffer("mean", torch.tensor([0.5]))
        self.register_buffer("temporary", torch.tensor([9.0]), persistent=False)
        self.plain = torch.tensor([1.0, 2.0])
        self.count = 3

    def forward(self, x):
        return self.body(self.conv(x) - self.mean) * self.count + self.plain.sum() + self.temporary


class Color(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


class Config(dict):
    """A dict with attributes."""


class Rows(list):
    """A list with attributes."""


class Slots:
    __slots__ = ("a", "w")

    def __init__(self, a, w):
        self.a, self.w = a, w


class Reduced:
    """Pickled as a call and a state."""

    def __init__(self, *args):
        self.made = args

    def __reduce__(self):
        return Reduced, (1, "two"), {"lr": 0.25, "w": self.w}

    def __setstate__(self, state):
        self.__dict__ = state


class Stateful:
    """Pickles a state that is no dict."""

    def __getstate__(self):
        return 1, 2

    def __setstate__(self, state):
        pass
