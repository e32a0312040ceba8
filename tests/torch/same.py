# SPDX-License-Identifier: MIT
"""How two results are compared."""
import math

import torch


def differences(found, expected, tolerance, path=""):
    """What differs, a line each: kinds, keys and their order, dtypes, shapes, numbers."""
    if path.endswith(".state.0.t"):
        # The length of LBFGS's last step is a float, or a tensor that holds one, as the branch that was taken has it.
        found, expected = float(found), float(expected)
    if type(found) is not type(expected):
        return [f"{path}: {type(found).__name__}, expected {type(expected).__name__}"]
    if isinstance(found, torch.Tensor):
        return tensor_differences(found, expected, tolerance, path)
    if isinstance(found, dict):
        # The state of a parameter is filled in the order in which the first steps came to it.
        order = sorted if ".state." in path else list
        if order(found) != order(expected):
            return [f"{path}: keys {list(found)}, expected {list(expected)}"]
        return [line for key in found for line in differences(found[key], expected[key], tolerance, f"{path}.{key}")]
    if isinstance(found, (list, tuple)):
        if len(found) != len(expected):
            return [f"{path}: {len(found)} items, expected {len(expected)}"]
        return [line for i, pair in enumerate(zip(found, expected)) for line in differences(*pair, tolerance, f"{path}.{i}")]
    if isinstance(found, float) and math.isclose(found, expected, rel_tol=tolerance, abs_tol=tolerance):
        return []
    return [] if found == expected else [f"{path}: {found!r}, expected {expected!r}"]


def tensor_differences(found, expected, tolerance, path):
    what, wanted = [(tensor.dtype, list(tensor.shape), str(tensor.device)) for tensor in (found, expected)]
    if what != wanted:
        return [f"{path}: {what}, expected {wanted}"]
    if torch.allclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True):
        return []
    return [f"{path}: differs by {(found - expected).abs().max():.3g}"]
