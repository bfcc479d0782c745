"""Times one training step (forward, backward, Adam) of a yardstick model in PyTorch or JAX.

Usage: peers.py FORM MODEL THREADS, where FORM is torch (eager), jax (one jitted step a call) or jax_scan (many steps in
one call). Prints one JSON line with the least and the median microseconds of a step. Needs numpy and torch or jax[cpu].
"""
import json
import os
import statistics
import sys
import time

FORM, MODEL, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:THREADS]))
BATCH = {"iris_mlp": 16, "mnist_mlp": 64, "mnist_cnn": 64, "char_lstm": 32, "char_gpt": 12}[MODEL]
SIZES = {"iris_mlp": [4, 16, 16, 3], "mnist_mlp": [784, 128, 10]}
VOCABULARY, LENGTH = 65, 64


def report(times):
    times = sorted(times)
    line = {"peer": FORM, "model": MODEL, "threads": THREADS}
    line["best_us"] = round(times[0] * 1e6, 2)
    line["step_us"] = round(statistics.median(times) * 1e6, 2)
    print(json.dumps(line))


def measure(run, steps_a_call):
    """Seconds of a step, for windows of at least 50 ms over 2 s, after a warm-up."""
    for _ in range(3):
        run()
    start, times = time.perf_counter(), []
    while time.perf_counter() - start < 2 or len(times) < 3:
        begin, calls = time.perf_counter(), 0
        while time.perf_counter() - begin < 0.05:
            run()
            calls += 1
        times.append((time.perf_counter() - begin) / calls / steps_a_call)
    report(times)


def with_torch():
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY, 64)
            self.lstm = nn.LSTM(64, 128, batch_first=True)
            self.head = nn.Linear(128, VOCABULARY)

        def forward(self, tokens):
            return self.head(self.lstm(self.embedding(tokens))[0])

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.inputs, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            batch, length, width = x.shape
            parts = self.inputs(self.norm1(x)).view(batch, length, 3, self.heads, width // self.heads)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY, 128)
            self.positions = nn.Parameter(torch.randn(LENGTH, 128) * 0.02)
            self.blocks = nn.Sequential(*[Block(128, 4) for _ in range(4)])
            self.norm, self.head = nn.LayerNorm(128), nn.Linear(128, VOCABULARY)

        def forward(self, tokens):
            return self.head(self.norm(self.blocks(self.embedding(tokens) + self.positions)))

    def layers(sizes):
        result = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            result += [nn.Linear(inputs, outputs), nn.ReLU()]
        return nn.Sequential(*result[:-1])

    if MODEL in SIZES:
        sizes = SIZES[MODEL]
        model, x, y = layers(sizes), torch.randn(BATCH, sizes[0]), torch.randint(sizes[-1], (BATCH,))
    elif MODEL == "mnist_cnn":
        model = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1600, 10)).to(memory_format=torch.channels_last)
        x = torch.randn(BATCH, 1, 28, 28).to(memory_format=torch.channels_last)
        y = torch.randint(10, (BATCH,))
    else:
        model = Recurrent() if MODEL == "char_lstm" else Transformer()
        x, y = torch.randint(VOCABULARY, (BATCH, LENGTH)), torch.randint(VOCABULARY, (BATCH, LENGTH))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = model(x)
        loss = functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
        loss.backward()
        optimizer.step()

    measure(step, 1)


def with_jax(scans):
    import jax
    import numpy
    from jax import lax
    from jax import numpy as jnp

    rng = numpy.random.default_rng(0)

    def normal(*shape, scale=1.0):
        return jnp.asarray(rng.normal(size=shape) * scale, jnp.float32)

    def linear(inputs, outputs):
        return {"w": normal(inputs, outputs, scale=inputs**-0.5), "b": jnp.zeros(outputs)}

    def apply(p, x):
        return x @ p["w"] + p["b"]

    def perceptron():
        sizes = SIZES[MODEL]

        def forward(weights, x):
            for p in weights[:-1]:
                x = jax.nn.relu(apply(p, x))
            return apply(weights[-1], x)

        return [linear(a, b) for a, b in zip(sizes, sizes[1:])], forward, normal(BATCH, sizes[0])

    def convolutional():
        weights = {
            "w1": normal(3, 3, 1, 32, scale=0.2), "b1": jnp.zeros(32),
            "w2": normal(3, 3, 32, 64, scale=0.05), "b2": jnp.zeros(64), "head": linear(1600, 10)}

        def stage(x, w, b):
            x = lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            return lax.reduce_window(jax.nn.relu(x + b), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

        def forward(p, x):
            x = stage(stage(x, p["w1"], p["b1"]), p["w2"], p["b2"])
            return apply(p["head"], x.reshape(x.shape[0], -1))

        return weights, forward, normal(BATCH, 28, 28, 1)

    def recurrent():
        weights = {
            "table": normal(VOCABULARY, 64), "inputs": linear(64, 512),
            "states": normal(128, 512, scale=128**-0.5), "head": linear(128, VOCABULARY)}

        def forward(p, tokens):
            gates = apply(p["inputs"], p["table"][tokens]).swapaxes(0, 1)

            def cell(carry, gate):
                hidden, memory = carry
                i, f, g, o = jnp.split(gate + hidden @ p["states"], 4, -1)
                memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
                hidden = jax.nn.sigmoid(o) * jnp.tanh(memory)
                return (hidden, memory), hidden

            start = jnp.zeros((tokens.shape[0], 128))
            return apply(p["head"], lax.scan(cell, (start, start), gates)[1].swapaxes(0, 1))

        return weights, forward, None

    def transformer():
        width, heads = 128, 4

        def block():
            return {
                "inputs": linear(width, 3 * width), "output": linear(width, width), "up": linear(width, 4 * width),
                "down": linear(4 * width, width), "norm1": norm(), "norm2": norm()}

        def norm():
            return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}

        def normalize(p, x):
            mean = x.mean(-1, keepdims=True)
            variance = ((x - mean) ** 2).mean(-1, keepdims=True)
            return (x - mean) * lax.rsqrt(variance + 1e-5) * p["scale"] + p["shift"]

        weights = {
            "table": normal(VOCABULARY, width, scale=0.02), "positions": normal(LENGTH, width, scale=0.02),
            "blocks": [block() for _ in range(4)], "norm": norm(), "head": linear(width, VOCABULARY)}
        causal = jnp.tril(jnp.ones((LENGTH, LENGTH), bool))

        def forward(p, tokens):
            x = p["table"][tokens] + p["positions"]
            batch = x.shape[0]
            for b in p["blocks"]:
                parts = apply(b["inputs"], normalize(b["norm1"], x)).reshape(batch, LENGTH, 3, heads, width // heads)
                query, key, value = parts.transpose(2, 0, 3, 1, 4)
                scores = query @ key.swapaxes(2, 3) / (width // heads) ** 0.5
                mixed = jax.nn.softmax(jnp.where(causal, scores, -1e30), -1) @ value
                x = x + apply(b["output"], mixed.swapaxes(1, 2).reshape(batch, LENGTH, width))
                x = x + apply(b["down"], jax.nn.gelu(apply(b["up"], normalize(b["norm2"], x)), approximate=False))
            return apply(p["head"], normalize(p["norm"], x))

        return weights, forward, None

    makers = {"mnist_cnn": convolutional, "char_lstm": recurrent, "char_gpt": transformer}
    weights, forward, x = makers.get(MODEL, perceptron)()
    if x is None:
        x = jnp.asarray(rng.integers(0, VOCABULARY, (BATCH, LENGTH)))
        y = jnp.asarray(rng.integers(0, VOCABULARY, (BATCH, LENGTH)))
    else:
        y = jnp.asarray(rng.integers(0, SIZES.get(MODEL, [10])[-1], (BATCH,)))

    def loss(weights, x, y):
        logits = forward(weights, x)
        logits = logits.reshape(-1, logits.shape[-1])
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y.reshape(-1, 1), 1).mean()

    def update(state, x, y):
        weights, m, v, t = state
        value, gradient = jax.value_and_grad(loss)(weights, x, y)
        t = t + 1
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, gradient)

        def moved(w, a, b):
            return w - 1e-3 * (a / (1 - 0.9**t)) / (jnp.sqrt(b / (1 - 0.999**t)) + 1e-8)

        return (jax.tree.map(moved, weights, m, v), m, v, t), value

    count = (200 if MODEL in SIZES else 5) if scans else 1
    if scans:
        def many(state, x, y):
            return lax.scan(lambda s, _: update(s, x, y), state, None, length=count)
    else:
        many = update
    compiled = jax.jit(many, donate_argnums=0)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    holder = [(weights, zeros, jax.tree.map(jnp.zeros_like, weights), jnp.float32(0))]

    def run():
        holder[0], value = compiled(holder[0], x, y)
        value.block_until_ready()

    measure(run, count)


if FORM == "torch":
    with_torch()
else:
    with_jax(FORM == "jax_scan")
