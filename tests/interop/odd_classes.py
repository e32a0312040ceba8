# SPDX-License-Identifier: MIT
"""Classes that pickle in ways of their own, for live_objects.py."""
import collections
import copyreg

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


class ByValue(type):
    """The metaclass of a class that is pickled as a call, as cloudpickle does with a class that no module has."""


class Made(metaclass=ByValue):
    def __init__(self, number):
        self.number, self.initialised = number, True


def make_class(name):
    return globals()[name]


copyreg.pickle(ByValue, lambda cls: (make_class, (cls.__name__,)))


def by_value(number):
    made = Made.__new__(Made)
    made.number = number
    return made


class Knot:
    """Is made of a list that it stands in."""

    def __init__(self, items):
        self.items = items

    def __reduce__(self):
        return Knot, (self.items,)

    def facts(self):
        return [type(self), self.items[0] is self]


def knot():
    made = Knot([])
    made.items.append(made)
    return made
