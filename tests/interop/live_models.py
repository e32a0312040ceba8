# SPDX-License-Identifier: MIT
"""Modules of every kind that names its tensors in a way of its own."""
import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import random
import re

import numpy
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.second = nn.Linear(width, width)
        self.gain = nn.Parameter(torch.randn(1))
        self.first = nn.Linear(width, width, bias=False)
        self.register_buffer("mask", torch.ones(width).bool())
        self.register_buffer("scratch", torch.zeros(width), persistent=False)

    def forward(self, x):
        return self.first(self.second(x)) * self.gain


class Holder(nn.Module):
    """Lists and dicts of parameters and modules, at several depths."""

    def __init__(self):
        super().__init__()
        self.params = nn.ParameterList([nn.Parameter(torch.randn(2)), nn.Parameter(torch.randn(1, 3))])
        self.table = nn.ParameterDict({"b": nn.Parameter(torch.randn(2)), "a": nn.Parameter(torch.randn(1))})
        self.named = nn.ModuleDict({"z": Block(2), "y": nn.Sequential(Block(1), nn.ReLU(), nn.BatchNorm1d(2))})
        self.listed = nn.ModuleList([nn.Conv1d(1, 2, 3), nn.ModuleList([nn.LayerNorm(2)])])
        self.plain = torch.randn(2)
        self.hidden = [nn.Linear(1, 1)]

    def forward(self, x):
        return x


class Extra(nn.Module):
    """Keeps something that is no tensor in its state_dict."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def get_extra_state(self):
        return {"version": 3}

    def set_extra_state(self, state):
        pass


class Scriptable(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(2)
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
        self.register_buffer("offset", torch.randn(2))
        self.constant = torch.randn(2)
        self.shared = self.layers[0]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.block(self.shared(x)) + self.offset + self.constant


class OneBuffer(nn.Module):
    def __init__(self, buffer):
        super().__init__()
        self.register_buffer("buffer", buffer)

    def forward(self, x):
        return x


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class WithEnum(nn.Module):
    def __init__(self):
        super().__init__()
        self.color = Color.BLUE
        self.fc = nn.Linear(1, 1)

    def forward(self, x):
        return self.fc(x) + self.color.value


def tied():
    model = nn.Sequential(nn.Embedding(4, 3), nn.Linear(3, 4, bias=False))
    model[1].weight = model[0].weight
    return model


def shared_module():
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.ReLU(), layer)


def spectral():
    model = nn.utils.spectral_norm(nn.Linear(3, 2))
    model(torch.ones(1, 3))
    return model


def lazy():
    model = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d())
    model(torch.ones(2, 4))
    return model


def quantized():
    return torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), {nn.Linear}, dtype=torch.qint8)


MODULES = {
    "sequential": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Linear(2, 3)),
    "half": lambda: nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).half(), "bfloat16": lambda: nn.Linear(2, 3).bfloat16(),
    "holder": Holder, "tied": tied, "shared": shared_module, "spectral": spectral, "lazy": lazy, "extra": Extra,
    "weight_norm": lambda: nn.utils.weight_norm(nn.Linear(3, 2)),
    "parametrized": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).state_dict(),
    "data_parallel": lambda: nn.DataParallel(nn.Sequential(nn.Linear(2, 1))),
    "lstm": lambda: nn.LSTM(2, 3, 2, bidirectional=True),
    "gru_cell": lambda: nn.GRUCell(2, 3), "transformer": lambda: nn.TransformerEncoderLayer(4, 2, 8),
    "attention": lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True),
    "embedding_bag": lambda: nn.EmbeddingBag(4, 2),
    "instance_norm": lambda: nn.InstanceNorm2d(2, affine=True, track_running_stats=True), "prelu": lambda: nn.PReLU(3),
    "group_norm": lambda: nn.GroupNorm(2, 4), "bilinear": lambda: nn.Bilinear(2, 3, 4), "empty": lambda: nn.ReLU(),
    "frozen": lambda: nn.Linear(2, 2).requires_grad_(False), "transposed": lambda: nn.ConvTranspose3d(1, 2, (1, 2, 1)),
}


@dataclasses.dataclass
class Run:
    steps: int
    best: torch.Tensor


class Loss(float):
    """A number with a class of its own."""


def objects():
    """Values of classes that no reader can know, most with tensors in them."""
    one = torch.ones(2)
    return {
        "storage": {"s": one.storage(), "t": one}, "random": random.getstate(), "numpy_random": numpy.random.RandomState(0),
        "packed": nn.utils.rnn.pack_sequence([one, one[:1]]), "partial": functools.partial(torch.relu, one),
        "decimal": decimal.Decimal("1.5"), "regex": re.compile("a+"), "run": Run(3, one), "loss": Loss(1.5),
        "times": [datetime.date(2020, 1, 1), datetime.timedelta(1), datetime.datetime.now(datetime.timezone.utc)],
        "user_dict": collections.UserDict(a=one), "deque": collections.deque([1, one], 3), "slice": slice(1, 2),
        "dataset": torch.utils.data.TensorDataset(one, one), "distribution": torch.distributions.Normal(one, one),
        "classes": [torch.Tensor, nn.Linear, torch.relu, len, dict, numpy.float32, torch.strided, torch.per_tensor_affine],
        "void": numpy.void(b"ab"), "masked": numpy.ma.array([1, 2], mask=[0, 1]), "record": numpy.rec.array([(1, 2.0)]),
        "sparse": nn.Parameter(torch.eye(2).to_sparse()), "negated": torch.view_as_complex(torch.ones(1, 2)).conj().imag,
    }


SCRIPTS = {
    "scripted": lambda: torch.jit.script(Scriptable()), "traced": lambda: torch.jit.trace(Scriptable(), torch.ones(1, 2)),
    "script_sequential": lambda: torch.jit.script(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))),
    "frozen_script": lambda: torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Linear(2, 2), nn.ReLU())).eval()),
    "script_lstm": lambda: torch.jit.script(nn.LSTM(2, 3)), "script_gru": lambda: torch.jit.script(nn.GRU(2, 3, 2)),
    "script_tied": lambda: torch.jit.trace(tied(), torch.tensor([1])),
    "script_quantized": lambda: torch.jit.script(quantized()),
    "script_attention": lambda: torch.jit.script(nn.MultiheadAttention(4, 2)),
    "script_empty": lambda: torch.jit.script(nn.ReLU()),
    "script_half": lambda: torch.jit.script(nn.Linear(2, 2).half()),
    "script_enum": lambda: torch.jit.script(WithEnum()),
    "script_coo": lambda: torch.jit.script(OneBuffer(torch.eye(3).to_sparse())),
    "script_csr": lambda: torch.jit.script(OneBuffer(torch.eye(3).to_sparse_csr())),
    "script_double": lambda: torch.jit.script(nn.Linear(2, 2).double()),
}
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9), "adam": lambda p: torch.optim.Adam(p, amsgrad=True),
    "adamw": torch.optim.AdamW, "rmsprop": lambda p: torch.optim.RMSprop(p, centered=True, momentum=0.1),
    "adagrad": torch.optim.Adagrad, "adadelta": torch.optim.Adadelta, "rprop": torch.optim.Rprop, "asgd": torch.optim.ASGD,
    "radam": torch.optim.RAdam, "nadam": torch.optim.NAdam, "adamax": torch.optim.Adamax,
}
