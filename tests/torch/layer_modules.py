# SPDX-License-Identifier: MIT
"""Pickled modules that no description makes."""
import copy

import torch
from torch import nn


class Refused:
    """A module that cannot run as Python runs it, and what the error says."""

    def __init__(self, module, why):
        self.module, self.why = module, why


def tied():
    module = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    module[2].weight = module[0].weight
    return module


def shared():
    layer = nn.Linear(3, 3)
    return nn.Sequential(layer, nn.Tanh(), layer)


def partly_frozen():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    module[0].requires_grad_(False)
    module[1].eval()
    return module


def newer():
    return nn.Sequential(nn.Conv1d(2, 3, 2), nn.GELU(), nn.BatchNorm1d(3), nn.Linear(4, 2)).eval()


def older(module):
    """Attributes that older versions do not have take their defaults, and newer ones are passed over."""
    module = copy.deepcopy(module)
    for index, name in enumerate(("padding_mode", "approximate", "track_running_stats")):
        del module[index].__dict__[name]
    module[3].something_new = [1, 2]
    return module


def hooked(kind):
    module = nn.Linear(3, 2)
    getattr(module, f"register_{kind}_hook")(print)
    return nn.Sequential(module)


def own_forward():
    module = nn.ReLU()
    module.forward = torch.tanh
    return module


def odd_parameter():
    module = nn.Linear(3, 2)
    module.gain = nn.Parameter(torch.ones(1))
    return nn.Sequential(module)


def wrong_shape():
    module = nn.Linear(3, 2)
    module.out_features = 7
    return module


def functional_activation():
    layer = nn.TransformerEncoderLayer(4, 2, 8, activation=torch.nn.functional.relu6)
    return nn.Sequential(layer)


def all_modules():
    """Names, and each a module, its arguments and, where it is not the module itself, one that does the same in Python."""
    x, modern = torch.randn(5, 3), newer()
    yield "tied weights", (tied(), (x,))
    yield "a layer twice", (shared(), (x,))
    yield "partly frozen", (partly_frozen(), (x,))
    yield "older attributes", (older(modern), (torch.randn(2, 2, 5),), modern)
    yield "a forward hook", (Refused(hooked("forward"), "_forward_hooks"), ())
    yield "a forward pre-hook", (Refused(hooked("forward_pre"), "_forward_pre_hooks"), ())
    yield "a backward hook", (Refused(hooked("full_backward"), "_backward_hooks"), ())
    yield "weight_norm", (Refused(nn.utils.weight_norm(nn.Linear(3, 2)), "_forward_pre_hooks"), ())
    yield "spectral_norm", (Refused(nn.Sequential(nn.utils.spectral_norm(nn.Linear(3, 2))), "_forward_pre_hooks"), ())
    yield "an odd parameter", (Refused(odd_parameter(), "parameter gain"), ())
    yield "a wrong shape", (Refused(wrong_shape(), "weight of shape [2, 3], not [7, 3]"), ())
    yield "a function of the user's", (Refused(functional_activation(), "relu6"), ())
    yield "a loss", (Refused(nn.Sequential(nn.MSELoss()), "torch.nn.modules.loss.MSELoss"), ())
    yield "a forward of its own", (Refused(nn.Sequential(own_forward()), "forward of its own"), ())
