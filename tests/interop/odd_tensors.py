# SPDX-License-Identifier: MIT
"""Tensors that pickle in ways of their own, for live_objects.py."""
import torch


class OwnState(torch.Tensor):
    """Its state is a tuple, and looks like one of PyTorch before 1.0."""

    def __getstate__(self):
        return 1, 2, True, self.tag

    def __setstate__(self, state):
        self.tag = state[3]


def own_state():
    made = torch.ones(3).as_subclass(OwnState)
    made.tag = "kept"
    return made


class Wrapper(torch.Tensor):
    """Keeps its numbers in another tensor, as DTensor does."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.detach.default:
            return cls(args[0].inner)
        raise NotImplementedError(str(func))

    def facts(self):
        return [type(self), self.shape, self.dtype, self.requires_grad, self.inner.tolist()]


class OnDevice:
    """A tensor of a device whose numbers are pickled as a numpy array, which has no bfloat16."""

    def __reduce__(self):
        array = torch.arange(3.0).numpy()
        return torch._utils._rebuild_device_tensor_from_numpy, (array, torch.bfloat16, "cpu", False)


def distributed(folder):
    """The state_dict of a module that FSDP2 shards, over one process."""
    import torch.distributed
    from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor, init_device_mesh
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/processes", rank=0, world_size=1)
    DTensor.facts = lambda self: [type(self), self.shape, self.requires_grad, str(self.placements), self.to_local().tolist()]
    mesh = init_device_mesh("cpu", (1,))
    weight = distribute_tensor(torch.arange(6.0).reshape(2, 3), mesh, [Shard(0)])
    return {"weight": weight, "parameter": torch.nn.Parameter(distribute_tensor(torch.ones(2), mesh, [Replicate()])),
            "again": weight, "plain": torch.ones(1)}
