# SPDX-License-Identifier: MIT
"""Classes that pickle in ways of their own, for live_objects.py."""
import collections

import torch

Point = collections.namedtuple("Point", "x y")


class Outer:
    class Inner:
        def __init__(self, value):
            self.value = value

    class Tensor(torch.Tensor):
        pass


class Once(tuple):
    """Made of one tuple, and not of its items."""

    def __getnewargs__(self):
        return (tuple(self),)


class Keywords:
    def __new__(cls, number=None):
        made = super().__new__(cls)
        made.number = number
        return made

    def __getnewargs_ex__(self):
        return (), {"number": self.number}


class Items(list):
    pass


class Text(str):
    pass


def set_state(made, state):
    made.state = state


class Setter:
    """Its state is set by a function, which Python calls and then forgets."""

    def __init__(self, number):
        self.number = number

    def __reduce__(self):
        return type(self), (self.number,), {"y": 1}, None, None, set_state
