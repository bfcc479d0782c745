"""Records loss curves of three small networks in PyTorch: 100 steps of each optimizer from given weights.

    python record.py        # needs torch, numpy and safetensors; writes NAME.safetensors beside this file

Rows are taken in file order, `batch` at a time, starting over at the end; nothing is random after the initial weights.
Tensors in a file: `initial PATH` (weights by their path in the .nnet program, dense weights as [in, out]), and for each
optimizer `losses OPTIMIZER` and `final OPTIMIZER PATH`.
"""
import csv, gzip, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_num_threads(1)
here = pathlib.Path(__file__).parent
data = here.parents[3] / "examples" / "data"
steps = 100

def rows(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        return list(csv.DictReader(file))

def standardized(x):
    x = np.asarray(x, dtype=np.float64)
    return torch.tensor(((x - x.mean(0)) / x.std(0)).astype(np.float32))

iris = rows(data / "iris.csv")
species = sorted({r["species"] for r in iris})
measures = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
digits = rows(data / "digits.csv.gz")

optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.003, alpha=0.99),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
}

def case(name, model, x, y, loss, batch, names):
    """`names`: for each torch parameter (and buffer) its path in the program."""
    model.train()
    start = {k: v.clone() for k, v in model.state_dict().items()}
    out = {}
    def tensors(prefix):
        state = model.state_dict()
        for torch_name, path in names.items():
            value = state[torch_name].detach().numpy()
            if torch_name.endswith("weight") and value.ndim == 2:
                value = value.T
            out[f"{prefix} {path}"] = np.ascontiguousarray(value.astype(np.float32))
    tensors("initial")
    for title, make in optimizers.items():
        model.load_state_dict(start)
        optimizer = make(model.parameters())
        curve = []
        for step in range(steps):
            index = torch.tensor([(step * batch + i) % len(x) for i in range(batch)])
            optimizer.zero_grad()
            value = loss(model(x[index]), y[index])
            value.backward()
            optimizer.step()
            curve.append(value.item())
        out[f"losses {title}"] = np.asarray(curve, dtype=np.float32)
        tensors(f"final {title}")
    save_file(out, here / f"{name}.safetensors")
    print(name, {k: [round(float(v[0]), 4), round(float(v[-1]), 4)] for k, v in out.items() if k.startswith("losses")})

torch.manual_seed(1)
case("iris_relu",
     nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3)),
     standardized([[float(r[m]) for m in measures] for r in iris]),
     torch.tensor([species.index(r["species"]) for r in iris]), F.cross_entropy, 16,
     {"0.weight": "Net.dense.weight", "0.bias": "Net.dense.bias", "2.weight": "Net.dense_2.weight",
      "2.bias": "Net.dense_2.bias", "4.weight": "Net.dense_3.weight", "4.bias": "Net.dense_3.bias"})

torch.manual_seed(2)
case("iris_regression",
     nn.Sequential(nn.Linear(3, 24), nn.GELU(), nn.Linear(24, 12), nn.Tanh(), nn.Linear(12, 1)),
     standardized([[float(r[m]) for m in measures[:3]] for r in iris]),
     standardized([[float(r["petal_width"])] for r in iris]), F.mse_loss, 30,
     {"0.weight": "Net.dense.weight", "0.bias": "Net.dense.bias", "2.weight": "Net.dense_2.weight",
      "2.bias": "Net.dense_2.bias", "4.weight": "Net.dense_3.weight", "4.bias": "Net.dense_3.bias"})

torch.manual_seed(3)
case("digits_batch_norm",
     # Without a bias before the normalisation: its gradient is zero up to rounding, which Adam would blow up.
     nn.Sequential(nn.Linear(64, 24, bias=False), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 10)),
     torch.tensor(np.asarray([[float(r[f"p{i}"]) for i in range(64)] for r in digits], dtype=np.float32) / 16),
     torch.tensor([int(r["digit"]) for r in digits]), F.cross_entropy, 64,
     {"0.weight": "Net.dense.weight", "1.weight": "Net.batch_norm.weight",
      "1.bias": "Net.batch_norm.bias", "1.running_mean": "Net.batch_norm.running_mean",
      "1.running_var": "Net.batch_norm.running_variance", "3.weight": "Net.dense_2.weight", "3.bias": "Net.dense_2.bias"})
