# SPDX-License-Identifier: MIT
"""Each loss with each of its options: the number and the gradient."""
import torch
from torch.nn import functional

from same import differences


class Case:
    def __init__(self, name, function, input, target, **options):
        self.name, self.function, self.input, self.target, self.options = name, function, input, target, options
        self.job = {"kind": "loss", "name": function, "options": options, "input": input, "target": target}

    def problems(self, result):
        leaf = self.input.clone().requires_grad_()
        loss = getattr(functional, self.function)(leaf, self.target, **self.options)
        if loss.numel() == 1:
            loss.backward()
        return (differences(result["loss"], loss.detach(), 1e-6, "loss")
                + differences(result["grad"], leaf.grad, 1e-6, "grad"))


def option_sets():
    """Loss, input, target, then the sets of options that it is run with."""
    logits, images = torch.randn(6, 4), torch.randn(2, 4, 3, 3)
    classes, pixels = torch.tensor([0, 3, 1, 1, 2, 0]), torch.randint(4, (2, 3, 3))
    shares = torch.rand(6, 4).softmax(1)
    weight = torch.tensor([0.5, 2.0, 1.0, 0.1])
    class_options = [{}, {"weight": weight}, {"ignore_index": 1}, {"weight": weight, "ignore_index": 0}]
    smooth = [{"label_smoothing": 0.2}, {"label_smoothing": 0.1, "weight": weight, "ignore_index": 3}]
    numbers, others = torch.randn(5, 4), torch.randn(5, 4)
    labels = torch.randint(2, (5, 4)).float()
    yield "cross_entropy", logits, classes, class_options + smooth
    yield "cross_entropy", images, pixels, class_options + smooth
    yield "cross_entropy", logits, shares, [{}, {"weight": weight}, {"label_smoothing": 0.3}]
    yield "cross_entropy", logits[0], classes[0], [{}]
    yield "nll_loss", logits.log_softmax(1), classes, class_options
    yield "nll_loss", images.log_softmax(1), pixels, class_options
    yield "mse_loss", numbers, others, [{}]
    yield "mse_loss", numbers.double(), others.double(), [{}]
    yield "mse_loss", numbers, others[:1], [{}]
    yield "l1_loss", numbers, others, [{}]
    yield "smooth_l1_loss", numbers, others, [{}, {"beta": 0.3}, {"beta": 0.0}, {"beta": 2}]
    yield "huber_loss", numbers, others, [{}, {"delta": 0.3}, {"delta": 2}]
    yield "binary_cross_entropy", numbers.sigmoid(), labels, [{}, {"weight": weight}]
    yield "binary_cross_entropy_with_logits", numbers, labels, [{}, {"weight": weight}, {"pos_weight": weight * 3}]
    yield "kl_div", numbers.log_softmax(1), others.softmax(1), [{}, {"reduction": "batchmean"}]
    yield "kl_div", numbers.log_softmax(1), others.log_softmax(1), [{"log_target": True}]


def cases(_folder):
    torch.manual_seed(0)
    for function, input, target, sets in option_sets():
        for options in sets:
            for reduction in ([] if "reduction" in options else ["mean", "sum", "none"]) or [options["reduction"]]:
                with_reduction = dict(options, reduction=reduction)
                shown = {key: value for key, value in with_reduction.items() if not isinstance(value, torch.Tensor)}
                name = f"{function} {list(input.shape)} {shown} {[key for key in options if key not in shown]}"
                yield Case(name, function, input, target, **with_reduction)
