"""Records loss curves of a small convolutional network in PyTorch, in the format of record.py beside this.

    python record_cnn.py
"""
import csv, gzip, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
BATCH, STEPS = 64, 100
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.003, alpha=0.99),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3), nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x.reshape(-1, 1, 8, 8))), 2)
        return self.last(F.relu(self.second(x)).movedim(1, -1).flatten(1))


def tensors(model, prefix):
    """Kernels as [height, width, in, out], dense weights as [in, out]."""
    names = {"first": "Net.conv", "second": "Net.conv_2", "last": "Net.dense"}
    result = {}
    for key, value in model.state_dict().items():
        layer, part = key.split(".")
        value = value.permute(2, 3, 1, 0) if value.ndim == 4 else value.T if value.ndim == 2 else value
        result[f"{prefix} {names[layer]}.{part}"] = value.numpy().copy(order="C")
    return result


with gzip.open(HERE.parents[3] / "examples" / "data" / "digits.csv.gz", "rt") as file:
    digits = list(csv.DictReader(file))
torch.manual_seed(4)
x = torch.tensor(np.asarray([[float(r[f"p{i}"]) for i in range(64)] for r in digits], dtype=np.float32) / 16)
y = torch.tensor([int(r["digit"]) for r in digits])
model = Net()
start = {k: v.clone() for k, v in model.state_dict().items()}
out = tensors(model, "initial")
for title, make in OPTIMIZERS.items():
    model.load_state_dict(start)
    optimizer = make(model.parameters())
    curve = []
    for step in range(STEPS):
        index = torch.tensor([(step * BATCH + i) % len(x) for i in range(BATCH)])
        optimizer.zero_grad()
        value = F.cross_entropy(model(x[index]), y[index])
        value.backward()
        optimizer.step()
        curve.append(value.item())
    out[f"losses {title}"] = np.asarray(curve, dtype=np.float32)
    out |= tensors(model, f"final {title}")
save_file(out, HERE / "digits_cnn.safetensors")
