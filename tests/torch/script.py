# SPDX-License-Identifier: MIT
"""TorchScript models give from C what they give in Python, with every kind of argument and result.
    script.py RUN_MODEL"""
import pathlib
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple, Optional, Tuple

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)


class Point(NamedTuple):
    x: torch.Tensor
    n: int


class Calls(torch.nn.Module):
    """A method for each kind of value."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.drop = torch.nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.linear(x))

    @torch.jit.export
    def pair(self, x: torch.Tensor, y: Tuple[torch.Tensor, int]) -> Tuple[torch.Tensor, Tuple[int, str]]:
        return x + y[0], (y[1] + 1, "done")

    @torch.jit.export
    def lists(self, tensors: List[torch.Tensor], numbers: List[float], names: List[str]) -> List[torch.Tensor]:
        return [t * n for t, n in zip(tensors, numbers)] + [torch.tensor(len(names))]

    @torch.jit.export
    def dicts(self, named: Dict[str, torch.Tensor], by_int: Dict[int, float]) -> Dict[str, torch.Tensor]:
        return {name: t + by_int[0] for name, t in named.items()}

    @torch.jit.export
    def scalars(self, i: int, f: float, b: bool, s: str, c: complex, o: Optional[int] = None, scale: float = 2.0):
        return i + 1, f * scale, not b, s + "!", c * 2, o

    @torch.jit.export
    def nested(self, x: List[Dict[str, List[torch.Tensor]]]) -> List[Dict[str, List[torch.Tensor]]]:
        return [{k: [t.neg() for t in v] for k, v in d.items()} for d in x]

    @torch.jit.export
    def empty(self, x: List[torch.Tensor], o: Optional[torch.Tensor]) -> List[torch.Tensor]:
        return x

    @torch.jit.export
    def shared(self, x: List[torch.Tensor]) -> torch.Tensor:
        x[0].add_(1)
        return x[1].clone()

    @torch.jit.export
    def named(self, point: Point, dtype: torch.dtype) -> torch.Tensor:
        return point.x.to(dtype) * point.n

    @torch.jit.export
    def raises(self, x: int) -> int:
        raise ValueError("no such thing")


def calls():
    a, b = torch.arange(6.0).reshape(2, 3), torch.ones(2, 3, dtype=torch.float64)
    base = torch.zeros(4)
    return [
        ("forward", (a,), {}),
        ("forward", (), {"x": a.t().contiguous().t()}),
        ("pair", (a, (b, 4)), {}),
        ("lists", ([a, b], [1, 2.5], ["x", "é😀"]), {}),
        ("lists", ([], [], []), {}),
        ("dicts", ({"a": a, "b": b}, {0: 1.5}), {}),
        ("scalars", (1, 2, True, "é😀", 1 + 2j), {}),
        ("scalars", (1, 2.5, False, "", 1.0), {"o": 7, "scale": 3}),
        ("nested", ([{"k": [a, b]}, {}],), {}),
        ("empty", ([], None), {}),
        ("named", (Point(a, 3), torch.float64), {}),
        ("shared", ([base[:2], base[1:3]],), {}),
    ]


def plain(args):
    """A NamedTuple is a tuple in what the model is given."""
    return tuple(tuple(item) if isinstance(item, Point) else item for item in args)


def same(x, y):
    if isinstance(x, torch.Tensor):
        return isinstance(y, torch.Tensor) and x.dtype == y.dtype and torch.equal(x, y)
    if isinstance(x, (list, tuple)):
        return type(x) is type(y) and len(x) == len(y) and all(map(same, x, y))
    if isinstance(x, dict):
        return list(x) == list(y) and all(same(x[k], y[k]) for k in x)
    return type(x) is type(y) and x == y


def run(command, *args):
    return subprocess.run([command, *map(str, args)], capture_output=True, text=True)


def main(command):
    torch.manual_seed(0)
    model = torch.jit.script(Calls().eval())
    failures = 0

    def check(name, good, why=""):
        nonlocal failures
        if not good:
            failures += 1
            print(f"FAILED {name}: {why}")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model.save(str(folder / "model.ts"))
        torch.save([{"method": m, "args": plain(a), "kwargs": k} for m, a, k in calls()], folder / "in.pt")
        done = run(command, folder / "model.ts", folder / "in.pt", folder / "out.pt", folder / "again.ts")
        check("run", done.returncode == 0, done.stderr)
        results = torch.load(folder / "out.pt") if not failures else []
        for (method, args, kwargs), result in zip(calls(), results):
            wanted = getattr(model, method)(*args, **kwargs)
            check(f"{method}{args}", same(wanted, result), f"{result} instead of {wanted}")
        if not failures:
            again = torch.jit.load(str(folder / "again.ts"))
            check("saved names", list(again.state_dict()) == list(model.state_dict()))
            check("saved weights", all(torch.equal(v, again.state_dict()[k]) for k, v in model.state_dict().items()))
            check("saved mode", again.training is False)
            x = torch.ones(1, 3)
            check("saved forward", torch.equal(again(x), model(x)))

        def refused(name, call, *parts):
            torch.save([call], folder / "in.pt")
            done = run(command, folder / "model.ts", folder / "in.pt", folder / "out.pt")
            line = done.stderr.strip()
            check(name, done.returncode == 1 and "\n" not in line and all(p in line for p in parts), line)
            check(f"{name}, the fact alone", "Traceback" not in line, line)

        refused("no method", {"method": "nothing"}, "WP_ERROR_NOT_FOUND", "nothing")
        refused("kind", {"method": "scalars", "args": ("x",)}, "WP_ERROR_MISMATCH", "args.0", "string")
        refused("item", {"method": "lists", "args": ([torch.ones(1), 2], [], [])}, "WP_ERROR_MISMATCH", "args.0.1")
        refused("too few", {"method": "forward", "args": ()}, "WP_ERROR_TORCH", "x")
        refused("shape", {"method": "forward", "args": (torch.ones(2, 5),)}, "WP_ERROR_TORCH", "5")
        refused("raise", {"method": "raises", "args": (1,)}, "WP_ERROR_TORCH", "no such thing")
        refused("object", {"method": "forward", "args": ({1, 2},)}, "WP_ERROR_MISMATCH", "set")
    print(f"{len(calls()) + 19 - failures} passed, {failures} failed")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
