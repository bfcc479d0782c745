#!/usr/bin/env python3
"""Records values and gradients of PyTorch operations in float64 as operations.json, for OperationFixtureTests.

Run with torch installed: python3 record.py. Shapes are those of the graph's operators: channels last, weights
[in, out] and [kh, kw, in / groups, out]; the leading axis of every per-example input is the batch.
"""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20)
cases = []


def rounded(tensor):
    return [float(f"{value:.12g}") for value in tensor.detach().reshape(-1).tolist()]


def short(tensor):
    """The nearest multiples of 1/1024: exact in float32, and short to write."""
    return (tensor.double() * 1024).round() / 1024


def record(name, function, *inputs):
    """Runs a function and its gradient along a random direction."""
    inputs = [short(x).requires_grad_() if x.is_floating_point() else x for x in inputs]
    output = function(*inputs)
    direction = short(torch.randn_like(output))
    (output * direction).sum().backward()
    cases.append({
        "name": name,
        "inputs": [{"shape": list(x.shape), "values": rounded(x)} for x in inputs],
        "output": {"shape": list(output.shape), "values": rounded(output)},
        "direction": rounded(direction),
        "gradients": [rounded(x.grad) if x.is_floating_point() else None for x in inputs],
    })


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def image_weight(w):
    """[kh, kw, in, out] to [out, in, kh, kw]."""
    return w.permute(3, 2, 0, 1)


x = torch.randn(3, 5, 7)
for name, function in {
    "relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": F.softplus, "erf": torch.erf,
    "exp": torch.exp, "expm1": torch.expm1, "sin": torch.sin, "cos": torch.cos, "absolute": torch.abs,
    "square": torch.square, "negate": torch.neg, "softmax": lambda t: F.softmax(t, -1),
    "log_softmax": lambda t: F.log_softmax(t, -1), "gelu": F.gelu, "gelu tanh": lambda t: F.gelu(t, approximate="tanh"),
    "layer_norm": lambda t: F.layer_norm(t, [7], eps=1e-5), "layer_norm 2": lambda t: F.layer_norm(t, [5, 7], eps=1e-3),
    "mean": lambda t: t.mean(dim=(1, 2)), "variance": lambda t: t.var(dim=2, unbiased=False),
    "reduce max": lambda t: t.amax(dim=1), "clip": lambda t: t.clamp(-0.5, 0.75),
    "batch standardized": lambda t: F.batch_norm(t.reshape(15, 7), None, None, training=True, eps=1e-5).reshape(3, 5, 7),
}.items():
    record(name, function, x)

positive = short(torch.rand(2, 6)) + 0.25
for name, function in {
    "log": torch.log, "log1p": torch.log1p, "square root": torch.sqrt, "reciprocal square root": torch.rsqrt,
    "reciprocal": torch.reciprocal,
}.items():
    record(name, function, positive)
record("power", torch.pow, positive, torch.randn(2, 6))
record("maximum", torch.maximum, torch.randn(2, 6), torch.randn(2, 6))
record("divide", torch.div, torch.randn(2, 6), positive)

record("cross_entropy", lambda t, y: F.cross_entropy(t.transpose(1, 2), y, reduction="none"), x, torch.randint(0, 7, (3, 5)))
record("binary_cross_entropy", lambda t, y: F.binary_cross_entropy_with_logits(t, y, reduction="none"),
       torch.randn(4, 3) * 5, torch.rand(4, 3))
record("embedding", lambda table, i: F.embedding(i, table), torch.randn(6, 4), torch.randint(0, 6, (3, 5)))
record("dense", lambda t, w, b: t @ w + b, torch.randn(4, 5, 6), torch.randn(6, 3), torch.randn(3))
record("batched product", lambda a, b: a @ b.transpose(-1, -2), torch.randn(2, 3, 4, 5), torch.randn(2, 3, 6, 5))
record("attention", lambda q, k, v: F.scaled_dot_product_attention(q, k, v), torch.randn(2, 3, 4, 5),
       torch.randn(2, 3, 6, 5), torch.randn(2, 3, 6, 5))

for name, size, channels, filters, kernel, stride, padding, dilation, groups in [
    ("plain", (6, 5), 2, 3, (3, 3), 1, 0, 1, 1), ("strided", (7, 6), 3, 2, (3, 2), 2, 1, 1, 1),
    ("dilated", (8, 7), 2, 4, (3, 3), (1, 2), (2, 1), (2, 1), 1), ("grouped", (5, 5), 4, 6, (2, 3), 1, (0, 1), 1, 2),
    ("depthwise", (6, 6), 3, 3, (3, 3), 1, 1, 1, 3), ("pointwise", (4, 4), 3, 5, (1, 1), 1, 0, 1, 1),
]:
    options = dict(stride=stride, padding=padding, dilation=dilation, groups=groups)
    image = torch.randn(2, *size, channels)
    weight = torch.randn(*kernel, channels // groups, filters)
    record(f"convolution {name}",
           lambda t, w: channels_last(F.conv2d(channels_first(t), image_weight(w), **options)), image, weight)
    # The transposed convolution with the same weight goes from the output's shape back to an image.
    result = channels_last(F.conv2d(channels_first(image), image_weight(weight), **options))
    back = [size[i] - ((result.shape[1 + i] - 1) * options_pair - 2 * pad + dil * (kernel[i] - 1) + 1)
            for i, (options_pair, pad, dil) in enumerate(zip(*[
                v if isinstance(v, tuple) else (v, v) for v in (stride, padding, dilation)]))]
    record(f"transposed {name}",
           lambda t, w: channels_last(F.conv_transpose2d(channels_first(t), image_weight(w), output_padding=back, **options)),
           torch.randn(*result.shape), weight)

record("max_pool", lambda t: channels_last(F.max_pool2d(channels_first(t), 3, 2, 1)), torch.randn(2, 7, 6, 3))
record("max_pool dilated", lambda t: channels_last(F.max_pool2d(channels_first(t), 2, 1, dilation=2)),
       torch.randn(2, 5, 5, 2))
record("average_pool",
       lambda t: channels_last(F.avg_pool2d(channels_first(t), 3, 2, 1, count_include_pad=False)),
       torch.randn(2, 7, 6, 3))
record("unfold", lambda t: F.unfold(channels_first(t), 3, padding=1, stride=2).transpose(1, 2), torch.randn(2, 5, 5, 2))

path = pathlib.Path(__file__).with_name("operations.json")
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
