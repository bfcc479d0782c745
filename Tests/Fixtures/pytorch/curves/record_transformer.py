"""Records loss curves of a transformer over the rows of digits in PyTorch: 100 steps of each optimizer from given weights.

    python record_transformer.py    # needs torch, numpy and safetensors; writes digits_transformer.safetensors

Keys have no bias, as in ours: softmax does not see one. As in record.py, rows are taken in file order.
"""
import csv, gzip, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_num_threads(1)
torch.manual_seed(5)
here = pathlib.Path(__file__).parent
with gzip.open(here.parents[3] / "examples" / "data" / "digits.csv.gz", "rt") as file:
    digits = list(csv.DictReader(file))
x = torch.tensor(np.asarray([[float(r[f"p{i}"]) for i in range(64)] for r in digits], dtype=np.float32) / 16)
y = torch.tensor([int(r["digit"]) for r in digits])

# Rates at which the losses in float32 do not depend on how sums are rounded: those in float64 are within 5e-6.
optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.0005),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.0005, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.0002, alpha=0.99),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.002),
}
WIDTH, HEADS, LENGTH = 16, 2, 8


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        normal = self.norm(x)
        q, k, v = (part(normal).unflatten(2, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + self.output(mixed)
        return x + self.down(F.gelu(self.up(self.norm_2(x))))


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(8, WIDTH)
        self.positions = nn.Parameter(torch.randn(LENGTH, WIDTH) * 0.02)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10)

    def forward(self, x):
        x = self.dense(x.unflatten(1, (LENGTH, 8))) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, -1])


names = {"dense.weight": "Net.dense.weight", "dense.bias": "Net.dense.bias", "positions": "Net.add_positions.weight",
         "norm.weight": "Net.layer_norm.weight", "norm.bias": "Net.layer_norm.bias", "head.weight": "Net.dense_2.weight",
         "head.bias": "Net.dense_2.bias"}
for i in range(2):
    base, ours = f"blocks.{i}.", f"Net.repeat[{i}]."
    first, second = ours + "residual.", ours + "residual_2."
    for part in ("query", "key", "value", "output"):
        names[f"{base}{part}.weight"] = f"{first}attention.{part}"
        if part != "key":
            names[f"{base}{part}.bias"] = f"{first}attention.{part}_bias"
    for theirs, place in (("norm", first + "layer_norm"), ("norm_2", second + "layer_norm"), ("up", second + "dense"),
                          ("down", second + "dense_2")):
        names[f"{base}{theirs}.weight"], names[f"{base}{theirs}.bias"] = place + ".weight", place + ".bias"
model = Reader()
start = {k: v.clone() for k, v in model.state_dict().items()}
assert set(start) == set(names), set(start) ^ set(names)
out = {}


def tensors(prefix):
    state = model.state_dict()
    for torch_name, path in names.items():
        value = state[torch_name].detach().numpy()
        # Matrices of layers are stored [out, in] there.
        is_turned = value.ndim == 2 and torch_name != "positions"
        out[f"{prefix} {path}"] = np.ascontiguousarray((value.T if is_turned else value).astype(np.float32))


tensors("initial")
for title, make in optimizers.items():
    model.load_state_dict(start)
    optimizer = make(model.parameters())
    curve = []
    for step in range(100):
        index = torch.tensor([(step * 32 + i) % len(x) for i in range(32)])
        optimizer.zero_grad()
        value = F.cross_entropy(model(x[index]), y[index])
        value.backward()
        optimizer.step()
        curve.append(value.item())
    out[f"losses {title}"] = np.asarray(curve, dtype=np.float32)
    tensors(f"final {title}")
save_file(out, here / "digits_transformer.safetensors")
