# SPDX-License-Identifier: MIT
"""Layers of every type, with their arguments, and inputs for them."""
import torch
from torch import nn


class Case:
    """A description as wp_model_build_json() takes it; `train`: whether its output in train mode is the seed's alone."""

    def __init__(self, name, kwargs=None, *args, train=True, **inputs):
        self.description = name if isinstance(name, dict) else dict({"class": name}, **(kwargs or {}))
        self.args, self.kwargs, self.train = args, inputs, train

    @property
    def name(self):
        words = [f"{key}={value}" for key, value in self.description.items() if key != "class"]
        return f"{self.description['class']}({', '.join(words)})"[:200]


def described(name, **kwargs):
    return dict({"class": name}, **kwargs)


def rand(*shape, **kwargs):
    return torch.randn(*shape, **kwargs)


def indices(high, *shape):
    return torch.randint(high, shape)


def linear_cases():
    yield Case("Linear", dict(in_features=5, out_features=3), rand(2, 5))
    yield Case("torch.nn.Linear", dict(in_features=5, out_features=3, bias=False), rand(4, 2, 5))
    yield Case("Linear", dict(in_features=5, out_features=3, dtype="float64"), rand(2, 5, dtype=torch.float64))
    yield Case("Bilinear", dict(in1_features=3, in2_features=4, out_features=2), rand(6, 3), rand(6, 4))
    yield Case("Bilinear", dict(in1_features=3, in2_features=4, out_features=2, bias=False), rand(6, 3), rand(6, 4))
    yield Case("Identity", {}, rand(3, 2))


def conv_cases():
    for dims in (1, 2, 3):
        shape, name = (7, 8, 9)[:dims], f"Conv{dims}d"
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=3), rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=[3, 2, 1][:dims], stride=2, padding=1, bias=False),
                   rand(4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=2, dilation=2, groups=2), rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=4, padding="same"), rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=3, padding="valid"), rand(2, 4, *shape))
        for mode in ("reflect", "replicate", "circular"):
            yield Case(name, dict(in_channels=4, out_channels=2, kernel_size=3, padding=[1, 2, 1][:dims], padding_mode=mode),
                       rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=2, kernel_size=4, padding="same", padding_mode="circular"),
                   rand(2, 4, *shape))
        name = f"ConvTranspose{dims}d"
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=3), rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=6, kernel_size=3, stride=2, padding=1, output_padding=1, groups=2,
                              bias=False, dilation=2), rand(2, 4, *shape))
        yield Case(name, dict(in_channels=4, out_channels=2, kernel_size=3, stride=2), rand(4, *shape),
                   output_size=[2 * size + 2 for size in shape])


def norm_cases():
    for dims in (1, 2, 3):
        x = rand(4, 3, *(5, 4, 3)[:dims])
        yield Case(f"BatchNorm{dims}d", dict(num_features=3), x)
        yield Case(f"BatchNorm{dims}d", dict(num_features=3, eps=1e-3, momentum=None, affine=False), x)
        yield Case(f"BatchNorm{dims}d", dict(num_features=3, momentum=0.3, track_running_stats=False), x)
        yield Case(f"InstanceNorm{dims}d", dict(num_features=3), x)
        yield Case(f"InstanceNorm{dims}d", dict(num_features=3, affine=True, track_running_stats=True, momentum=0.2), x)
        yield Case(f"InstanceNorm{dims}d", dict(num_features=3, eps=1e-3), x[0])
    yield Case("BatchNorm1d", dict(num_features=3), rand(4, 3))
    yield Case("LayerNorm", dict(normalized_shape=6), rand(2, 3, 6))
    yield Case("LayerNorm", dict(normalized_shape=[3, 6], eps=1e-3), rand(2, 3, 6))
    yield Case("LayerNorm", dict(normalized_shape=[6], elementwise_affine=False), rand(2, 3, 6))
    yield Case("GroupNorm", dict(num_groups=2, num_channels=6), rand(2, 6, 5))
    yield Case("GroupNorm", dict(num_groups=3, num_channels=6, eps=1e-3, affine=False), rand(2, 6, 5, 4))
    if hasattr(nn, "RMSNorm"):
        yield Case("LayerNorm", dict(normalized_shape=[6], bias=False), rand(2, 3, 6))
        yield Case("RMSNorm", dict(normalized_shape=6), rand(2, 3, 6))
        yield Case("RMSNorm", dict(normalized_shape=[3, 6], eps=1e-3, elementwise_affine=False), rand(2, 3, 6))
    for shape in ((2, 6, 5), (2, 6, 5, 4), (2, 6, 5, 4, 3)):
        yield Case("LocalResponseNorm", dict(size=3), rand(*shape))
    yield Case("LocalResponseNorm", dict(size=4, alpha=0.5, beta=0.6, k=2.0), rand(2, 6, 5, 4))
    yield Case("CrossMapLRN2d", dict(size=3, alpha=0.5, beta=0.6, k=2.0), rand(2, 6, 5, 4))
    yield Case("CrossMapLRN2d", dict(size=4, alpha=0.5), rand(2, 6, 5, 4))


def embedding_cases():
    yield Case("Embedding", dict(num_embeddings=9, embedding_dim=4), indices(9, 3, 5))
    yield Case("Embedding", dict(num_embeddings=9, embedding_dim=4, padding_idx=-2), indices(9, 3, 5))
    yield Case("Embedding", dict(num_embeddings=9, embedding_dim=4, max_norm=0.5, norm_type=1.0, scale_grad_by_freq=True),
               indices(9, 3, 5))
    offsets = torch.tensor([0, 3, 3, 5])
    for mode in ("sum", "mean", "max"):
        yield Case("EmbeddingBag", dict(num_embeddings=9, embedding_dim=4, mode=mode), indices(9, 3, 5))
        yield Case("EmbeddingBag", dict(num_embeddings=9, embedding_dim=4, mode=mode, padding_idx=2), indices(9, 7), offsets)
    yield Case("EmbeddingBag", dict(num_embeddings=9, embedding_dim=4, max_norm=0.5, include_last_offset=True), indices(9, 7),
               torch.tensor([0, 3, 7]))
    yield Case("EmbeddingBag", dict(num_embeddings=9, embedding_dim=4, mode="sum"), indices(9, 7), offsets,
               per_sample_weights=rand(7))
    yield Case("EmbeddingBag", dict(num_embeddings=9, embedding_dim=4, mode="sum"), indices(9, 3, 2),
               per_sample_weights=rand(3, 2))


def recurrent_cases():
    for name in ("RNN", "LSTM", "GRU"):
        def state(layers, batch, hidden=4, name=name):
            shape = (layers, batch, hidden) if batch else (layers, hidden)
            return (rand(*shape), rand(*shape)) if name == "LSTM" else rand(*shape)
        yield Case(name, dict(input_size=3, hidden_size=4), rand(5, 2, 3))
        yield Case(name, dict(input_size=3, hidden_size=4, num_layers=2, batch_first=True), rand(2, 5, 3), state(2, 2))
        yield Case(name, dict(input_size=3, hidden_size=4, num_layers=2, bidirectional=True, dropout=0.4), rand(5, 2, 3),
                   hx=state(4, 2))
        yield Case(name, dict(input_size=3, hidden_size=4, bias=False, batch_first=True), rand(5, 3), state(1, 0))
        yield Case(name, dict(input_size=3, hidden_size=4, bidirectional=True), rand(5, 3))
        cell = (rand(2, 4), rand(2, 4)) if name == "LSTM" else rand(2, 4)
        one = (rand(4), rand(4)) if name == "LSTM" else rand(4)
        yield Case(name + "Cell", dict(input_size=3, hidden_size=4), rand(2, 3))
        yield Case(name + "Cell", dict(input_size=3, hidden_size=4, bias=False), rand(2, 3), cell)
        yield Case(name + "Cell", dict(input_size=3, hidden_size=4), rand(3), hx=one)
    yield Case("RNN", dict(input_size=3, hidden_size=4, nonlinearity="relu"), rand(5, 2, 3))
    yield Case("RNNCell", dict(input_size=3, hidden_size=4, nonlinearity="relu"), rand(2, 3))
    yield Case("LSTM", dict(input_size=3, hidden_size=4, proj_size=2, num_layers=2, bidirectional=True), rand(5, 2, 3))
    yield Case("LSTM", dict(input_size=3, hidden_size=4, proj_size=2, bias=False), rand(5, 2, 3), (rand(1, 2, 2), rand(1, 2, 4)))


def attention_cases():
    causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    padding = torch.tensor([[False, False, False, False, True], [False, False, False, True, True]])
    x, y = rand(5, 2, 6), rand(4, 2, 6)
    name, sizes = "MultiheadAttention", dict(embed_dim=6, num_heads=2)
    yield Case(name, sizes, x, x, x)
    yield Case(name, dict(sizes, batch_first=True, dropout=0.3), rand(2, 5, 6), rand(2, 4, 6), rand(2, 4, 6))
    yield Case(name, dict(sizes, bias=False), x, y, y, need_weights=False)
    yield Case(name, dict(sizes, kdim=3, vdim=4), x, rand(4, 2, 3), rand(4, 2, 4), average_attn_weights=False)
    yield Case(name, dict(sizes, add_bias_kv=True), x, x, x, padding, attn_mask=causal)
    yield Case(name, dict(sizes, add_zero_attn=True, add_bias_kv=True), x, x, x, key_padding_mask=padding)
    yield Case(name, sizes, x, x, x, attn_mask=rand(5, 5))
    yield Case(name, sizes, x, x, x, attn_mask=rand(4, 5, 5))
    yield Case(name, sizes, x[:, 0], y[:, 0], y[:, 0])
    yield Case(name, sizes, x[:, 0], x[:, 0], x[:, 0], padding[0])


def transformer_cases():
    causal = torch.triu(torch.full((5, 5), float("-inf")), 1)
    padding = torch.tensor([[False, False, False, False, True], [False, False, False, True, True]])
    sizes = dict(d_model=6, nhead=2, dim_feedforward=8)
    encoder, decoder = described("TransformerEncoderLayer", **sizes), described("TransformerDecoderLayer", **sizes)
    x, memory = rand(5, 2, 6), rand(4, 2, 6)
    for options in (dict(), dict(norm_first=True), dict(activation="gelu", layer_norm_eps=1e-3, dropout=0.0),
                    dict(activation=described("SiLU"))):
        yield Case("TransformerEncoderLayer", dict(sizes, **options), x, causal)
        yield Case("TransformerDecoderLayer", dict(sizes, **options), x, memory, tgt_mask=causal)
    yield Case("TransformerEncoderLayer", dict(sizes, batch_first=True), rand(2, 5, 6), src_key_padding_mask=padding)
    yield Case("TransformerEncoderLayer", sizes, rand(5, 6))
    yield Case("TransformerDecoderLayer", dict(sizes, batch_first=True), rand(2, 5, 6), rand(2, 4, 6),
               tgt_key_padding_mask=padding, memory_mask=rand(5, 4))
    yield Case("TransformerEncoder", dict(encoder_layer=encoder, num_layers=2), x, mask=causal)
    yield Case("TransformerEncoder", dict(encoder_layer=encoder, num_layers=2, norm=described("LayerNorm", normalized_shape=6)),
               x, src_key_padding_mask=padding)
    yield Case("TransformerDecoder", dict(decoder_layer=decoder, num_layers=2, norm=described("LayerNorm", normalized_shape=6)),
               x, memory, causal)
    for options in (dict(), dict(norm_first=True, activation="gelu")):
        yield Case("Transformer", dict(sizes, num_encoder_layers=2, num_decoder_layers=1, **options), memory, x, tgt_mask=causal,
                   tgt_key_padding_mask=padding.float().masked_fill(padding, float("-inf")))
    yield Case("Transformer", dict(sizes, num_encoder_layers=1, num_decoder_layers=2, batch_first=True), rand(2, 4, 6),
               rand(2, 5, 6))


def dropout_cases():
    for name in ("Dropout", "AlphaDropout", "FeatureAlphaDropout"):
        for options in (dict(), dict(p=0.2, inplace=True)):
            yield Case(name, options, rand(4, 5, 6))
    for options in (dict(), dict(p=0.2, inplace=True)):
        yield Case("Dropout1d", options, rand(4, 5, 6))
        yield Case("Dropout1d", options, rand(5, 6))
        yield Case("Dropout2d", options, rand(4, 5, 6, 3))
        yield Case("Dropout2d", options, rand(4, 5, 6))
        yield Case("Dropout3d", options, rand(4, 5, 6, 3, 2))
        yield Case("Dropout3d", options, rand(4, 5, 6, 3))


def pool_cases():
    for dims in (1, 2, 3):
        x = rand(2, 3, *(9, 8, 7)[:dims])
        for options in (dict(kernel_size=2), dict(kernel_size=3, stride=1, padding=1, ceil_mode=True),
                        dict(kernel_size=[2, 3, 2][:dims], stride=[1, 2, 3][:dims])):
            yield Case(f"MaxPool{dims}d", options, x)
            yield Case(f"MaxPool{dims}d", dict(options, return_indices=True), x)
            yield Case(f"AvgPool{dims}d", options, x)
        yield Case(f"MaxPool{dims}d", dict(kernel_size=2, dilation=2), x[0])
        yield Case(f"AvgPool{dims}d", dict(kernel_size=3, padding=1, count_include_pad=False), x[0])
        for size in (3, [4, 3, 2][:dims]):
            yield Case(f"AdaptiveAvgPool{dims}d", dict(output_size=size), x)
            yield Case(f"AdaptiveMaxPool{dims}d", dict(output_size=size), x)
        yield Case(f"AdaptiveMaxPool{dims}d", dict(output_size=2, return_indices=True), x)
        if dims > 1:
            yield Case(f"AvgPool{dims}d", dict(kernel_size=2, divisor_override=3), x)
            yield Case(f"AdaptiveAvgPool{dims}d", dict(output_size=[None, 3, 2][:dims]), x)
            yield Case(f"FractionalMaxPool{dims}d", dict(kernel_size=2, output_size=3), x, train=False)
            yield Case(f"FractionalMaxPool{dims}d", dict(kernel_size=2, output_ratio=0.6, return_indices=True), x, train=False)
        if hasattr(nn, f"LPPool{dims}d"):
            yield Case(f"LPPool{dims}d", dict(norm_type=2, kernel_size=3), x)
            yield Case(f"LPPool{dims}d", dict(norm_type=1.5, kernel_size=2, stride=1, ceil_mode=True), x.abs())
        x = rand(2, 3, *(8, 6, 4)[:dims])
        pooled, where = getattr(nn, f"MaxPool{dims}d")(2, return_indices=True)(x)
        yield Case(f"MaxUnpool{dims}d", dict(kernel_size=2), pooled, where)
        yield Case(f"MaxUnpool{dims}d", dict(kernel_size=2), pooled, where, output_size=list(x.shape[2:]))


def padding_cases():
    for dims in (1, 2, 3):
        x, each = rand(2, 3, *(5, 6, 7)[:dims]), [1, 2, 2, 1, 0, 2][:2 * dims]
        for padding in (1, each):
            for name in ("ReflectionPad", "ReplicationPad", "ZeroPad", "CircularPad"):
                if hasattr(nn, f"{name}{dims}d"):
                    yield Case(f"{name}{dims}d", dict(padding=padding), x)
            yield Case(f"ConstantPad{dims}d", dict(padding=padding, value=2.5), x)


def activation_cases():
    x = rand(3, 4, 5)
    for name in ("ReLU", "ReLU6", "ELU", "SELU", "CELU", "LeakyReLU", "SiLU", "Mish", "Hardsigmoid", "Hardswish", "Hardtanh",
                 "RReLU"):
        yield Case(name, {}, x)
        yield Case(name, dict(inplace=True), x.clone())
    for name in ("GELU", "PReLU", "Sigmoid", "LogSigmoid", "Tanh", "Tanhshrink", "Hardshrink", "Softshrink", "Softplus",
                 "Softsign", "Softmin", "Softmax", "LogSoftmax", "Softmax2d"):
        yield Case(name, {}, x)
    for name, options in (("ELU", dict(alpha=0.5)), ("CELU", dict(alpha=2)), ("LeakyReLU", dict(negative_slope=0.3)),
                          ("Hardtanh", dict(min_val=-0.5, max_val=0.2)), ("RReLU", dict(lower=0.1, upper=0.2)),
                          ("GELU", dict(approximate="tanh")), ("PReLU", dict(num_parameters=4, init=0.1)),
                          ("Hardshrink", dict(lambd=0.2)), ("Softshrink", dict(lambd=0.2)),
                          ("Softplus", dict(beta=2, threshold=1)), ("Softmax", dict(dim=1)), ("Softmin", dict(dim=-1)),
                          ("LogSoftmax", dict(dim=2)), ("Threshold", dict(threshold=0.1, value=20)),
                          ("Threshold", dict(threshold=0.1, value=20, inplace=True))):
        yield Case(name, options, x.clone())
    yield Case("Softmax", {}, rand(3, 4))
    yield Case("GLU", {}, rand(3, 4))
    yield Case("GLU", dict(dim=1), rand(3, 4, 5))


def shape_cases():
    yield Case("Flatten", {}, rand(2, 3, 4, 5))
    yield Case("Flatten", dict(start_dim=0, end_dim=2), rand(2, 3, 4, 5))
    yield Case("Unflatten", dict(dim=1, unflattened_size=[2, 3]), rand(2, 6, 4))
    yield Case("PixelShuffle", dict(upscale_factor=2), rand(2, 8, 3, 4))
    yield Case("PixelUnshuffle", dict(downscale_factor=2), rand(2, 2, 6, 4))
    yield Case("ChannelShuffle", dict(groups=2), rand(2, 6, 3, 4))
    yield Case("Unfold", dict(kernel_size=[2, 3]), rand(2, 3, 5, 6))
    yield Case("Unfold", dict(kernel_size=2, dilation=2, padding=1, stride=[2, 1]), rand(2, 3, 5, 6))
    yield Case("Fold", dict(output_size=[4, 5], kernel_size=2), rand(2, 12, 12))
    yield Case("Fold", dict(output_size=6, kernel_size=3, padding=1, stride=2), rand(2, 18, 9))
    yield Case("CosineSimilarity", {}, rand(3, 4), rand(3, 4))
    yield Case("CosineSimilarity", dict(dim=0, eps=1e-3), rand(3, 4), rand(3, 4))
    yield Case("PairwiseDistance", {}, rand(3, 4), rand(3, 4))
    yield Case("PairwiseDistance", dict(p=1, eps=1e-3, keepdim=True), rand(3, 4), rand(3, 4))


def upsample_cases():
    for dims, smooth in ((1, ["linear"]), (2, ["bilinear", "bicubic"]), (3, ["trilinear"])):
        x = rand(2, 3, *(4, 5, 6)[:dims])
        for mode in ("nearest", "nearest-exact", "area", *smooth):
            yield Case("Upsample", dict(size=7, mode=mode), x)
            yield Case("Upsample", dict(scale_factor=[1.6, 2.3, 0.7][:dims], mode=mode), x)
            yield Case("Upsample", dict(scale_factor=1.7, mode=mode, recompute_scale_factor=True), x)
        for mode in smooth:
            yield Case("Upsample", dict(size=[6, 7, 8][:dims], mode=mode, align_corners=True), x)
    yield Case("UpsamplingNearest2d", dict(scale_factor=2), rand(2, 3, 4, 5))
    yield Case("UpsamplingBilinear2d", dict(size=[7, 9]), rand(2, 3, 4, 5))


def nested_cases():
    head = described("Sequential", modules={"fc": described("Linear", in_features=24, out_features=4),
                                            "act": described("ReLU"), "drop": described("Dropout", p=0.3)})
    conv = described("Conv2d", in_channels=1, out_channels=3, kernel_size=3, padding=1)
    yield Case("Sequential", dict(modules=[conv, described("BatchNorm2d", num_features=3), described("ReLU", inplace=True),
                                           described("MaxPool2d", kernel_size=2), described("Flatten"), head]), rand(4, 1, 4, 8))
    yield Case("Sequential", dict(modules=[described("LSTM", input_size=3, hidden_size=4)]), rand(5, 2, 3))
    yield Case("Sequential", dict(modules=[]), rand(2))


def all_cases():
    for group in (linear_cases, conv_cases, norm_cases, embedding_cases, recurrent_cases, attention_cases, transformer_cases,
                  dropout_cases, pool_cases, padding_cases, activation_cases, shape_cases, upsample_cases, nested_cases):
        yield from group()


def construct(description):
    """What Python makes of a description."""
    if not isinstance(description, dict):
        return description
    kwargs = {key: construct(value) for key, value in description.items() if key not in ("class", "modules")}
    if "dtype" in kwargs:
        kwargs["dtype"] = getattr(torch, kwargs["dtype"])
    name = description["class"].split(".")[-1]
    modules = description.get("modules")
    if isinstance(modules, dict):
        from collections import OrderedDict
        modules = OrderedDict((key, construct(value)) for key, value in modules.items())
        return nn.Sequential(modules) if name == "Sequential" else nn.ModuleDict(modules)
    if modules is not None:
        made = [construct(value) for value in modules]
        return nn.Sequential(*made) if name == "Sequential" else nn.ModuleList(made)
    for key, value in kwargs.items():
        if isinstance(value, list):
            kwargs[key] = tuple(value)
    return getattr(nn, name)(**kwargs)
