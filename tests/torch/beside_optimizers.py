# SPDX-License-Identifier: MIT
"""Each optimizer with two parameter groups and with hyperparameters that are not the defaults: Python trains ten steps, the C
library ten more from what Python saved, Python ten more from what the C library saved, beside Python that trains thirty. All of it
on the CPU, and where there is CUDA, there too."""
import copy

import torch

from same import differences

TEN = 10
TOLERANCE = 1e-5

TRUNK, HEAD = ["fc1.weight", "fc1.bias"], ["fc2.weight", "fc2.bias"]

# Name of the case, class, what all groups are told, what the second group is told.
OPTIMIZERS = [
    ("plain", "SGD", {"lr": 0.1}, {"lr": 0.03}),
    ("momentum", "SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-2}, {"momentum": 0.5, "dampening": 0.3}),
    ("nesterov", "SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True}, {"nesterov": False, "momentum": 0}),
    ("default", "Adam", {}, {"lr": 0.01}),
    ("amsgrad", "Adam", {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.05, "amsgrad": True},
     {"amsgrad": False, "betas": (0.5, 0.9)}),
    ("foreach", "Adam", {"lr": 0.02, "foreach": True}, {"weight_decay": 0.1}),
    ("default", "AdamW", {}, {"lr": 0.01}),
    ("amsgrad", "AdamW", {"lr": 0.02, "betas": (0.7, 0.99), "weight_decay": 0.3, "amsgrad": True}, {"weight_decay": 0}),
    ("default", "RMSprop", {}, {"lr": 0.002}),
    ("centered", "RMSprop", {"lr": 0.003, "alpha": 0.9, "eps": 1e-4, "momentum": 0.7, "centered": True, "weight_decay": 0.01},
     {"momentum": 0}),
    ("default", "Adagrad", {}, {"lr": 0.2}),
    ("decay", "Adagrad", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.02, "initial_accumulator_value": 0.3, "eps": 1e-5},
     {"lr_decay": 0}),
    ("one iteration", "LBFGS", {"lr": 0.1, "max_iter": 1, "history_size": 4}, None),
    ("fixed step", "LBFGS", {"lr": 0.1, "max_iter": 4, "history_size": 5}, None),
    ("line search", "LBFGS", {"lr": 1.0, "max_iter": 3, "history_size": 3, "line_search_fn": "strong_wolfe"}, None),
]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = torch.nn.Linear(6, 9)
        self.fc2 = torch.nn.Linear(9, 3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


class Data:
    """Batches, and a model to begin with."""

    def __init__(self, folder, device):
        torch.manual_seed(7)
        self.device = device
        self.model = Net()
        self.path = folder / "net.ts"
        torch.jit.save(torch.jit.script(self.model), self.path)
        self.model.to(device)
        self.x, self.y = torch.randn(3 * TEN, 16, 6), torch.randint(3, (3 * TEN, 16))


class Python:
    """A model and an optimizer that train."""

    def __init__(self, data, class_name, groups, hyperparameters, saved=None):
        self.data = data
        self.model = copy.deepcopy(data.model)
        named = dict(self.model.named_parameters())
        groups = [dict(group, params=[named[name] for name in group["params"]]) for group in groups]
        self.optimizer = getattr(torch.optim, class_name)(groups, **hyperparameters)
        if saved:
            self.model.load_state_dict(saved["model_state_dict"])
            # PyTorch 2 goes on with the very tensors that it is given, which are compared later.
            self.optimizer.load_state_dict(copy.deepcopy(saved["optimizer_state"]))

    def train(self, first):
        losses, x, y = [], self.data.x.to(self.data.device), self.data.y.to(self.data.device)
        for i in range(first, first + TEN):
            def closure():
                self.optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(self.model(x[i]), y[i])
                loss.backward()
                return loss
            losses.append(self.optimizer.step(closure).item())
        return losses

    def state(self):
        return {"model_state_dict": dict(copy.deepcopy(self.model.state_dict())),
                "optimizer_state": copy.deepcopy(self.optimizer.state_dict())}


def state_differences(found, expected, path):
    return [line for key in ("model_state_dict", "optimizer_state")
            for line in differences(dict(found[key]), expected[key], TOLERANCE, f"{path} {key}")]


class Case:
    """`fresh`: the C library begins, and Python goes on."""

    def __init__(self, data, name, class_name, hyperparameters, second, fresh):
        self.name = f"{class_name} {name}{' from the start' if fresh else ''} on {data.device}"
        self.fresh = fresh
        groups = [{"params": TRUNK + HEAD}] if second is None else [{"params": TRUNK}, dict(second, params=HEAD)]
        self.make = lambda saved=None: Python(data, class_name, groups, hyperparameters, saved)
        python = self.make()
        self.first = 0 if fresh else TEN
        begin = python.state()
        if not fresh:
            python.train(0)
            begin = python.state()
        self.losses = [python.train(self.first)]
        self.middle = python.state()
        self.losses.append(python.train(self.first + TEN))
        self.end = python.state()
        self.job = {"kind": "train", "model": str(data.path), "device": data.device,
                    "model_state_dict": begin["model_state_dict"],
                    "optimizer": class_name, "groups": groups, "hyperparameters": hyperparameters,
                    "optimizer_state": None if fresh else begin["optimizer_state"], "x": data.x, "y": data.y,
                    "first": self.first, "last": self.first + TEN}

    def problems(self, result):
        problems = differences(result["losses"], self.losses[0], TOLERANCE, "losses here")
        resumed = self.make(result)
        problems += differences(resumed.train(self.first + TEN), self.losses[1], TOLERANCE, "losses after")
        if self.fresh:
            # The keys are the newest PyTorch's, whichever this one is.
            return problems + differences(dict(result["model_state_dict"]), self.middle["model_state_dict"], TOLERANCE, "model")
        return (problems + state_differences(result, self.middle, "here")
                + state_differences(resumed.state(), self.end, "after"))


def cases(folder):
    devices = ["cpu", "cuda:0"] if torch.cuda.is_available() else ["cpu"]
    return [Case(data, *optimizer, fresh) for data in [Data(folder, device) for device in devices]
            for optimizer in OPTIMIZERS for fresh in (False, True)]
