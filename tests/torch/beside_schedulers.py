# SPDX-License-Identifier: MIT
"""Each scheduler for fifty steps: alone, from a state that Python saved, and to a state that Python goes on from. Numbers are
the same to the last bit."""
import random

import torch
from torch.optim import lr_scheduler

from same import differences

HALF = 25
METRICS = [random.Random(1).choice([2.0, 1.0, 0.99, 0.5, 3.0]) * (0.97 ** (i // 7)) for i in range(2 * HALF)]
GROUPS = [{"params": ["a"], "lr": 0.5}, {"params": ["b"]}]
TENSORS = {"a": torch.ones(2), "b": torch.ones(3)}
# What only some versions of PyTorch have.
VERSIONED = {"verbose", "_is_initial", "default_min_lr"}

OPTIONS = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 4.0}),
    ("StepLR", {"step_size": 1, "gamma": 0.97}),
    ("MultiStepLR", {"milestones": [3, 10, 10, 24, 25, 26, 40], "gamma": 0.7}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("CosineAnnealingLR", {"T_max": 10}),
    ("CosineAnnealingLR", {"T_max": 3.5}),
    ("CosineAnnealingLR", {"T_max": 12.0}),
    ("CosineAnnealingLR", {"T_max": 24, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 50, "eta_min": 1e-5}),
    ("LambdaLR", {}),
    ("ReduceLROnPlateau", {"patience": 3}),
    ("ReduceLROnPlateau", {"mode": "max", "patience": 1, "factor": 0.5, "threshold": 0.1, "threshold_mode": "abs",
                           "cooldown": 2, "min_lr": [0.01, 0.001]}),
    ("ReduceLROnPlateau", {"mode": "max", "patience": 0, "factor": 0.3, "cooldown": 1, "eps": 0.01}),
    ("ReduceLROnPlateau", {"threshold_mode": "abs", "patience": 2, "min_lr": 0.002}),
]


def state_differences(found, expected):
    """Two states beside each other, without what differs from one version of PyTorch to the next: the order of the keys, which
    load_state_dict() does not see, and eta_min's default, which is 0 or 0.0."""
    def comparable(state):
        state = {key: state[key] for key in sorted(state.keys() - VERSIONED)}
        return {key: float(value) if key == "eta_min" else value for key, value in state.items()}
    return differences(comparable(found), comparable(expected), 0, "state")


class Python:
    """A scheduler and its optimizer."""

    def __init__(self, name, options, optimizer_state=None, state=None):
        groups = [dict(group, params=[torch.nn.Parameter(TENSORS[p].clone()) for p in group["params"]]) for group in GROUPS]
        self.optimizer = torch.optim.SGD(groups, lr=0.2)
        if name == "LambdaLR":
            options = {"lr_lambda": [lambda epoch, g=g: 1.0 / (1.0 + epoch * (g + 1)) for g in range(2)]}
        self.scheduler = getattr(lr_scheduler, name)(self.optimizer, **options)
        if state:
            self.optimizer.load_state_dict(optimizer_state)
            self.scheduler.load_state_dict(state)

    def lrs(self):
        return [group["lr"] for group in self.optimizer.param_groups]

    def steps(self, metrics, count):
        made = []
        for i in range(count):
            self.scheduler.step(*([metrics[i]] if metrics else []))
            made.append(self.lrs())
        return made


def metrics_of(name, begin):
    return METRICS[begin:begin + HALF] if name == "ReduceLROnPlateau" else None


class Case:
    def __init__(self, name, options, from_python):
        self.name = f"{name} {options} {'from Python' if from_python else 'to Python'}"
        self.scheduler, self.options = name, options
        self.python = Python(name, options)
        self.first = self.python.lrs()
        self.begin = HALF if from_python else 0
        self.job = {"kind": "schedule", "scheduler": name, "options": options, "optimizer": "SGD", "tensors": TENSORS,
                    "groups": GROUPS, "hyperparameters": {"lr": 0.2}, "steps": HALF, "metrics": metrics_of(name, self.begin)}
        self.half = self.python.steps(metrics_of(name, 0), HALF)
        if from_python:
            self.job.update(state=self.python.scheduler.state_dict(), optimizer_state=self.python.optimizer.state_dict())
            # What it saved is not to change any more.
            self.python = Python(name, options, self.job["optimizer_state"], self.job["state"])

    def problems(self, result):
        return self.problems_from_python(result) if self.begin else self.problems_to_python(result)

    def problems_from_python(self, result):
        lrs = self.python.steps(metrics_of(self.scheduler, HALF), HALF)
        return (differences(result["lrs"], lrs, 0, "lrs")
                + state_differences(result["state"], self.python.scheduler.state_dict())
                + differences(result["optimizer_state"], self.python.optimizer.state_dict(), 0, "optimizer"))

    def problems_to_python(self, result):
        problems = differences(result["first"], self.first, 0, "first") + differences(result["lrs"], self.half, 0, "lrs")
        problems += state_differences(result["state"], self.python.scheduler.state_dict())
        resumed = Python(self.scheduler, self.options, result["optimizer_state"], result["state"])
        lrs = resumed.steps(metrics_of(self.scheduler, HALF), HALF)
        return problems + differences(lrs, self.python.steps(metrics_of(self.scheduler, HALF), HALF), 0, "resumed")


def cases(_folder):
    return [Case(name, options, from_python) for name, options in OPTIONS for from_python in (False, True)]
