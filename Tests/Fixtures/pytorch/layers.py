"""Records values and gradients of PyTorch's layers, activations and losses, in float64, to layers.json beside this.

Run: python layers.py

Each case: the inputs, the trainable weights, the result, and the gradients of sum(result * probe) by them.
"""

import json
import pathlib

import torch
import torch.nn.functional as f

torch.set_default_dtype(torch.float64)
GENERATOR = torch.Generator()


def numbers(*shape, scale=2.0):
    return torch.randn(*shape, generator=GENERATOR) * scale


def tensor(value):
    return {"shape": list(value.shape), "values": value.detach().flatten().tolist()}


def case(name, function, inputs, weights=None, settings=None, mode="training", updates=None):
    weights = weights or {}
    for value in list(inputs) + list(weights.values()):
        if value.is_floating_point():
            value.requires_grad_(True)
    result = function(*inputs, **weights)
    probe = numbers(*result.shape, scale=1.0)
    if result.requires_grad:
        (result * probe).sum().backward()
    grad = lambda v: tensor(v.grad) if v.grad is not None else None
    return {
        "name": name, "mode": mode, "settings": settings or {},
        "inputs": [tensor(v) | {"integer": not v.is_floating_point()} for v in inputs],
        "weights": {k: tensor(v) for k, v in weights.items()}, "result": tensor(result), "probe": tensor(probe),
        "gradients": [grad(v) for v in inputs], "weightGradients": {k: grad(v) for k, v in weights.items()},
        "updates": {k: tensor(v) for k, v in (updates or (lambda: {}))().items()},
    }


def activations():
    x = torch.cat([numbers(37), torch.tensor([-30.0, -8.0, -1e-6, 1e-6, 5.5, 7.0, 30.0])]).reshape(4, 11)
    table = [
        ("relu", f.relu, {}), ("leaky_relu", lambda v: f.leaky_relu(v, 0.2), {"slope": 0.2}),
        ("relu6", f.relu6, {}), ("elu", lambda v: f.elu(v, 0.7), {"alpha": 0.7}),
        ("celu", lambda v: f.celu(v, 0.5), {"alpha": 0.5}), ("selu", f.selu, {}),
        ("gelu", f.gelu, {}), ("gelu", lambda v: f.gelu(v, approximate="tanh"), {"approximate": "tanh"}),
        ("silu", f.silu, {}), ("mish", f.mish, {}), ("softplus", f.softplus, {}), ("softsign", f.softsign, {}),
        ("sigmoid", torch.sigmoid, {}), ("log_sigmoid", f.logsigmoid, {}), ("tanh", torch.tanh, {}),
        ("hard_tanh", f.hardtanh, {}), ("softmax", lambda v: f.softmax(v, -1), {}),
        ("log_softmax", lambda v: f.log_softmax(v, -1), {}),
        ("norm", lambda v: v.norm(dim=-1), {"over": ["channels"]}),
        ("variance", lambda v: v.var(dim=-1, unbiased=False), {"over": ["channels"]}),
    ]
    for name, function, settings in table:
        yield case(name, function, [x.clone()], settings=settings)
    yield case("glu", lambda v: f.glu(v, -1), [numbers(3, 8)])
    yield case("prelu", lambda v, slope: f.prelu(v, slope), [numbers(3, 5)], {"slope": numbers(5)})
    yield case("cosine_similarity", lambda a, b: f.cosine_similarity(a, b, -1), [numbers(3, 5), numbers(3, 5)])
    squareplus = lambda b: lambda v: (v + torch.sqrt(v * v + b)) / 2
    yield case("squareplus", squareplus(4), [torch.cat([numbers(9), torch.tensor([0.0, -200.0, 200.0])]).reshape(3, 4)])
    yield case("squareplus", squareplus(0.5), [numbers(3, 4)], settings={"b": 0.5})


def layers():
    yield case("dense", lambda x, weight, bias: x @ weight + bias, [numbers(3, 4)],
               {"weight": numbers(4, 2), "bias": numbers(2)}, {"units": 2})
    yield case("dense", lambda x, weight: x @ weight, [numbers(3, 5, 4)], {"weight": numbers(4, 2)},
               {"units": 2, "bias": False})
    yield case("embed", lambda x, weight: f.embedding(x, weight), [torch.tensor([[0, 3, 3], [2, 0, 1]])],
               {"weight": numbers(4, 3)}, {"width": 3, "classes": 4})
    yield case("layer_norm", lambda x, weight, bias: f.layer_norm(x, (6,), weight, bias, 1e-5), [numbers(3, 4, 6)],
               {"weight": numbers(6), "bias": numbers(6)})
    yield case("layer_norm", lambda x, weight: f.layer_norm(x, (6,), weight, None, 1e-3), [numbers(3, 6)],
               {"weight": numbers(6)}, {"epsilon": 1e-3, "bias": False})
    yield case("rms_norm", lambda x, weight: f.rms_norm(x, (6,), weight, 1e-6), [numbers(3, 4, 6)],
               {"weight": numbers(6)})
    for shape in [(5, 3), (4, 2, 3, 3)]:
        yield batch_norm(shape, training=True)
        yield batch_norm(shape, training=False)


def project(x, weight, bias=None):
    return x @ weight if bias is None else x @ weight + bias


def attend(x, memory, weights, heads, groups=None, causal=False):
    """Multi-head attention from PyTorch's own kernel, batch first; weights `[in, out]`."""
    weights = weights or {}
    groups = groups or heads
    q = project(x, weights["query"], weights.get("query_bias")) if weights else x
    k = project(memory, weights["key"], weights.get("key_bias")) if weights else memory
    v = project(memory, weights["value"], weights.get("value_bias")) if weights else memory
    parts = lambda t, n: t.unflatten(-1, (n, -1)).transpose(1, 2)
    y = f.scaled_dot_product_attention(parts(q, heads), parts(k, groups), parts(v, groups), is_causal=causal,
                                       enable_gqa=groups != heads)
    y = y.transpose(1, 2).flatten(-2)
    return project(y, weights["output"], weights.get("output_bias")) if weights else y


def attentions():
    def table(width, source, answers, bias=True):
        rows = {"query": (width, width), "key": (source, answers), "value": (source, answers), "output": (width, width)}
        result = {name: numbers(*shape, scale=0.7) for name, shape in rows.items()}
        return result | ({name + "_bias": numbers(shape[1]) for name, shape in rows.items() if name != "key"}
                         if bias else {})

    for causal in [False, True]:
        yield case("attention", lambda x, **w: attend(x, x, w, 2, causal=causal), [numbers(3, 5, 6, scale=1.0)],
                   table(6, 6, 6), {"heads": 2, "causal": causal})
    yield case("attention", lambda x, **w: attend(x, x, w, 4, 2, causal=True), [numbers(2, 4, 8, scale=1.0)],
               table(8, 8, 4, bias=False), {"heads": 4, "groups": 2, "causal": True, "bias": False})
    yield case("attention", lambda x, m, **w: attend(x, m, w, 3), [numbers(2, 4, 6), numbers(2, 7, 5)],
               table(6, 5, 6), {"heads": 3})
    yield case("attention", lambda x, m: attend(x, m, None, 2), [numbers(2, 3, 4), numbers(2, 5, 4)], None,
               {"heads": 2, "project": False})
    yield rotary_attention()
    yield case("add_positions", lambda x, weight: x + weight, [numbers(2, 5, 4)], {"weight": numbers(5, 4)})
    place = torch.arange(5)[:, None] / 10000 ** (torch.arange(0, 6, 2) / 6)
    # Tables of sines and cosines are float32 constants.
    yield case("add_positions", lambda x: x + torch.stack([place.sin(), place.cos()], -1).flatten(1).float().double(),
               [numbers(2, 5, 6)], settings={"kind": "sinusoidal"})


def rotary_attention():
    """Pairs (i, i + width / 2) as complex numbers, multiplied by e^(i · angle)."""
    place = torch.arange(4)[:, None] / 10000 ** (torch.arange(0, 4, 2) / 4)
    turn = torch.complex(place.cos().float().double(), place.sin().float().double())[:, None, :]

    def rotated(x):
        heads = x.unflatten(-1, (2, 4))
        pairs = torch.complex(heads[..., :2], heads[..., 2:]) * turn
        return torch.cat([pairs.real, pairs.imag], -1).transpose(1, 2)

    def run(x, query, key, value, output):
        v = (x @ value).unflatten(-1, (2, 4)).transpose(1, 2)
        y = f.scaled_dot_product_attention(rotated(x @ query), rotated(x @ key), v, is_causal=True)
        return y.transpose(1, 2).flatten(-2) @ output

    weights = {name: numbers(8, 8, scale=0.7) for name in ["query", "key", "value", "output"]}
    return case("attention", run, [numbers(2, 4, 8, scale=1.0)], weights,
                {"heads": 2, "causal": True, "bias": False, "positions": "rotary"})


def batch_norm(shape, training):
    mean, variance = numbers(shape[-1]), numbers(shape[-1]).abs() + 0.5
    before = {"running_mean": mean.clone(), "running_variance": variance.clone()}

    def normalise(x, weight, bias):
        channels_first = x.movedim(-1, 1)
        y = f.batch_norm(channels_first, mean, variance, weight, bias, training=training, momentum=0.2, eps=1e-4)
        return y.movedim(1, -1)

    record = case("batch_norm", normalise, [numbers(*shape)],
                  {"weight": numbers(shape[-1]), "bias": numbers(shape[-1])}, {"momentum": 0.2, "epsilon": 1e-4},
                  "training" if training else "evaluation",
                  lambda: {"running_mean": mean, "running_variance": variance} if training else {})
    record["statistics"] = {k: tensor(v) for k, v in before.items()}
    return record


def losses():
    """Losses of a batch of four examples: the mean over the positions of each, apart."""
    each = lambda loss: lambda *inputs: torch.stack([loss(*example) for example in zip(*inputs)])
    labels = torch.tensor([[1, 0, 2], [2, 2, 0], [0, 1, 1], [1, 1, 2]])
    weights = torch.tensor([0.5, 2.0, 1.5])
    yield case("cross_entropy", each(f.cross_entropy), [numbers(4, 3, 3), labels], settings={"classes": 3})
    yield case("cross_entropy", each(lambda x, y: f.cross_entropy(x, y, label_smoothing=0.1)),
               [numbers(4, 3, 3), labels], settings={"classes": 3, "smoothing": 0.1})
    yield case("cross_entropy",
               each(lambda x, y: f.cross_entropy(x, y, weights, label_smoothing=0.1, reduction="sum")),
               [numbers(4, 3, 3), labels],
               settings={"classes": 3, "smoothing": 0.1, "weights": weights.tolist(), "reduce": "sum"})
    yield case("cross_entropy", each(f.cross_entropy), [numbers(4, 3, scale=40), torch.tensor([0, 1, 2, 0])],
               settings={"classes": 3})
    soft = torch.rand(4, 5, generator=GENERATOR)
    yield case("binary_cross_entropy", each(f.binary_cross_entropy_with_logits), [numbers(4, 5, scale=20), soft])
    a, b = numbers(4, 5), numbers(4, 5)
    yield case("mean_squared_error", each(f.mse_loss), [a.clone(), b.clone()])
    yield case("mean_absolute_error", each(f.l1_loss), [a.clone(), b.clone()])
    yield case("huber", each(lambda x, y: f.huber_loss(x, y, delta=1.5)), [a.clone(), b.clone()],
               settings={"delta": 1.5})
    yield case("huber", each(lambda x, y: f.huber_loss(x, y, reduction="sum")), [a.clone(), b.clone()],
               settings={"reduce": "sum"})
    yield case("log_cosh", each(lambda x, y: torch.log(torch.cosh(x - y)).mean()), [a.clone(), b.clone()])
    yield case("kl_divergence",
               each(lambda x, y: f.kl_div(f.log_softmax(x, -1), f.log_softmax(y, -1), log_target=True,
                                          reduction="sum")), [a.clone(), b.clone()])
    truth = (numbers(4, 5) > 0).to(torch.get_default_dtype())
    yield case("hinge", each(lambda x, y: torch.relu(1 - (2 * y - 1) * x).mean()), [a.clone(), truth],
               settings={"truth": True})


def two_classes():
    """Losses of a truth value, which has no gradient."""

    def each(loss):
        return lambda *inputs: torch.stack([loss(*row) for row in zip(*inputs)])

    def focal(gamma, alpha):
        """The formula of Lin et al. as it stands in the paper, over the probability of the truth."""
        def loss(x, y):
            q = torch.where(y == 1, torch.sigmoid(x), torch.sigmoid(-x))
            weight = 1 if alpha is None else torch.where(y == 1, alpha, 1 - alpha)
            return (-weight * (1 - q) ** gamma * torch.log(q)).mean()
        return loss

    def contrastive(x, y, same):
        """The formula of Hadsell et al., whose Y is 0 where a pair belongs together."""
        distance = torch.linalg.vector_norm(x - y, dim=-1)
        return torch.where(same == 1, distance ** 2 / 2, torch.relu(2.5 - distance) ** 2 / 2).mean()

    truth = (numbers(4, 5) > 0).long()
    for gamma, alpha in [(2, None), (1.5, 0.25), (0, 0.75)]:
        settings = {"classes": 2, "gamma": gamma} | ({} if alpha is None else {"alpha": alpha})
        yield case("binary_focal", each(focal(gamma, alpha)), [numbers(4, 5), truth], settings=settings)
    yield case("contrastive", each(contrastive), [numbers(4, 5, 3), numbers(4, 5, 3), truth],
               settings={"classes": 2, "margin": 2.5})


def functions():
    """What has neither weights nor statistics: numbers of both signs, away from kinks but for chance."""
    every = [
        ("hard_sigmoid", lambda v: (v / 6 + 0.5).clamp(0, 1), {}), ("linear", lambda v: v * 1, {}), ("abs", torch.abs, {}),
        ("sign", torch.sign, {}), ("exp", torch.exp, {}), ("square", torch.square, {}), ("sin", torch.sin, {}),
        ("cos", torch.cos, {}), ("round", lambda v: torch.floor(v + 0.5), {}),
        ("clip", lambda v: v.clamp(-0.5, 1.25), {"low": -0.5, "high": 1.25}),
        ("clip", lambda v: v.clamp(min=0.25), {"low": 0.25}),
    ]
    for name, function, settings in every:
        yield case(name, function, [numbers(4, 11)], settings=settings)
    for name, function in [("log", torch.log), ("sqrt", torch.sqrt)]:
        yield case(name, function, [numbers(4, 11).abs() + 0.05])
    reductions = [
        ("mean", lambda v, axes: v.mean(axes)), ("sum", lambda v, axes: v.sum(axes)),
        ("max", lambda v, axes: v.amax(axes)), ("min", lambda v, axes: v.amin(axes)),
        ("variance", lambda v, axes: v.var(axes, unbiased=False)),
        ("norm", lambda v, axes: torch.linalg.vector_norm(v, dim=axes)),
    ]
    for name, function in reductions:
        yield case(name, lambda v: function(v, (1, 2)), [numbers(2, 3, 4, 5)], settings={"over": ["height", "width"]})
        yield case(name, lambda v: function(v, (1, 2, 3)), [numbers(2, 3, 4, 5)])
    yield case("maximum", torch.maximum, [numbers(3, 4, 5), numbers(3, 4, 5)])
    yield case("minimum", torch.minimum, [numbers(3, 4, 5), numbers(3, 4, 5)])
    condition = (numbers(3, 5) > 0).to(torch.get_default_dtype())
    yield case("select", lambda c, a, b: torch.where(c.detach() > 0, a, b), [condition, numbers(3, 5), numbers(3, 5)])
    yield case("concat", lambda a, b: torch.cat([a, b], -1), [numbers(2, 3, 4), numbers(2, 3, 2)],
               settings={"over": ["features"]})
    yield case("flatten", lambda v: v.flatten(1), [numbers(2, 3, 4)])
    yield case("argmax", lambda v: v.detach().argmax(-1), [numbers(4, 7)])
    yield case("one_hot", lambda v: f.one_hot(v, 5).to(torch.get_default_dtype()), [torch.tensor([3, 0, 4])],
               settings={"classes": 5})
    yield case("shift", lambda v: f.pad(v, (0, 0, 2, 0))[:, :-2], [numbers(2, 5, 3)], settings={"by": 2})
    yield case("stop_gradient", lambda v: v.detach() + 0 * v, [numbers(4, 11)])


def convolve(x, weight, bias, function, order, **options):
    """PyTorch's convolution of channels-last values; `order` brings a channels-last weight to PyTorch's."""
    y = function(x.movedim(-1, 1), weight.permute(order), bias, **options)
    return y.movedim(1, -1)


def windows():
    one, two = (2, 1, 0), (3, 2, 0, 1)
    table = [
        ("conv", f.conv2d, two, (5, 6, 2), (3, 3, 2, 4), {}, {"filters": 4, "kernel": 3}),
        ("conv", f.conv2d, two, (6, 7, 4), (3, 2, 2, 6), {"stride": (2, 3), "padding": 1, "groups": 2},
         {"filters": 6, "kernel": [3, 2], "stride": [2, 3], "padding": 1, "groups": 2}),
        ("conv", f.conv2d, two, (7, 5, 3), (3, 3, 3, 2), {"padding": "same", "dilation": 2},
         {"filters": 2, "kernel": 3, "padding": "same", "dilation": 2}),
        ("conv", f.conv1d, one, (9, 3), (4, 3, 5), {"stride": 2}, {"filters": 5, "kernel": 4, "stride": 2}),
        ("depthwise_conv", f.conv2d, two, (5, 5, 3), (3, 3, 1, 3), {"padding": 1, "groups": 3},
         {"kernel": 3, "padding": 1}),
        ("conv_transpose", f.conv_transpose2d, two, (3, 4, 2), (4, 4, 3, 2), {"stride": 2, "padding": 1},
         {"filters": 3, "kernel": 4, "stride": 2, "padding": "same"}),
        ("conv_transpose", f.conv_transpose2d, two, (3, 2, 3), (3, 2, 2, 3), {"stride": (3, 1), "dilation": 2},
         {"filters": 2, "kernel": [3, 2], "stride": [3, 1], "dilation": 2}),
        ("conv_transpose", f.conv_transpose1d, one, (5, 2), (3, 4, 2), {"stride": 2}, {"filters": 4, "kernel": 3, "stride": 2}),
    ]
    for name, function, order, x, w, options, settings in table:
        width = w[-2] if name == "conv_transpose" else w[-1]
        yield case(name, lambda v, weight, bias: convolve(v, weight, bias, function, order, **options),
                   [numbers(3, *x)], {"weight": numbers(*w, scale=0.7), "bias": numbers(width)}, settings)
    last = lambda function: lambda v: function(v.movedim(-1, 1)).movedim(1, -1)
    yield case("max_pool", last(lambda v: f.max_pool2d(v, 2)), [numbers(2, 4, 6, 3)], settings={"kernel": 2})
    yield case("max_pool", last(lambda v: f.max_pool2d(v, 3, 2, 1)), [numbers(2, 7, 5, 2)],
               settings={"kernel": 3, "stride": 2, "padding": 1})
    yield case("max_pool", last(lambda v: f.max_pool1d(v, 3, 1)), [numbers(2, 7, 2)], settings={"kernel": 3, "stride": 1})
    yield case("average_pool", last(lambda v: f.avg_pool2d(v, (2, 3))), [numbers(2, 4, 6, 3)], settings={"kernel": [2, 3]})
    yield case("average_pool", last(lambda v: f.avg_pool2d(v, 3, 2, 1, count_include_pad=False)), [numbers(2, 7, 5, 2)],
               settings={"kernel": 3, "stride": 2, "padding": 1})
    yield case("upsample", last(lambda v: f.interpolate(v, scale_factor=2)), [numbers(2, 3, 4, 2)], settings={"factor": 2})
    yield case("pad", lambda v: f.pad(v, (0, 0, 2, 2, 1, 1)), [numbers(2, 3, 4, 2)], settings={"size": [1, 2]})
    yield case("group_norm", lambda v, weight, bias: f.group_norm(v.movedim(-1, 1), 3, weight, bias, 1e-4).movedim(1, -1),
               [numbers(2, 3, 4, 6)], {"weight": numbers(6), "bias": numbers(6)}, {"groups": 3, "epsilon": 1e-4})


def recurrences():
    """PyTorch's own layers; its weights are ours transposed, and its second bias is 0 but for the new state of a GRU."""

    def run(kind, gates):
        def function(x, input, recurrent, bias, new_bias=None):
            units = recurrent.shape[0]
            layer = kind(x.shape[-1], units, batch_first=True)
            second = torch.zeros(gates * units)
            if new_bias is not None:
                second = torch.cat([torch.zeros(2 * units), new_bias])
            parameters = {"weight_ih_l0": input.T, "weight_hh_l0": recurrent.T, "bias_ih_l0": bias,
                          "bias_hh_l0": second}
            return torch.func.functional_call(layer, parameters, (x,))[0]

        return function

    for name, kind, gates in [("rnn", torch.nn.RNN, 1), ("lstm", torch.nn.LSTM, 4), ("gru", torch.nn.GRU, 3)]:
        for length, width, units in [(1, 3, 2), (5, 3, 4), (9, 2, 3)]:
            weights = {"input": numbers(width, gates * units, scale=0.7),
                       "recurrent": numbers(units, gates * units, scale=0.7), "bias": numbers(gates * units)}
            if name == "gru":
                weights["new_bias"] = numbers(units)
            yield case(name, run(kind, gates), [numbers(3, length, width)], weights, {"units": units})


if __name__ == "__main__":
    cases = []
    for group in [activations, layers, losses, attentions, functions, windows, recurrences, two_classes]:
        # Each group draws its own numbers and each case is a line, so that a new last case of a group changes no other.
        GENERATOR.manual_seed(11)
        cases += [json.dumps(item, separators=(",", ":")) for item in group()]
    lines = ",\n".join(cases)
    text = f'{{"torch":{json.dumps(torch.__version__)},"cases":[\n{lines}\n]}}\n'
    pathlib.Path(__file__).with_suffix(".json").write_text(text)
