"""Records loss curves of an LSTM over the rows of digits in PyTorch: 100 steps of each optimizer from given weights.

    python record_lstm.py        # needs torch, numpy and safetensors; writes digits_lstm.safetensors beside this file

The second bias of PyTorch's layer stays 0, since ours has one. As in record.py, rows are taken in file order.
"""
import csv, gzip, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_num_threads(1)
torch.manual_seed(4)
here = pathlib.Path(__file__).parent
with gzip.open(here.parents[3] / "examples" / "data" / "digits.csv.gz", "rt") as file:
    digits = list(csv.DictReader(file))
x = torch.tensor(np.asarray([[float(r[f"p{i}"]) for i in range(64)] for r in digits], dtype=np.float32) / 16)
y = torch.tensor([int(r["digit"]) for r in digits])

optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.003, alpha=0.99),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
}


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.dense = nn.Linear(24, 10)
        nn.init.zeros_(self.lstm.bias_hh_l0)
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, x):
        return self.dense(self.lstm(x.unflatten(1, (8, 8)))[0][:, -1])


names = {"lstm.weight_ih_l0": "Net.lstm.input", "lstm.weight_hh_l0": "Net.lstm.recurrent",
         "lstm.bias_ih_l0": "Net.lstm.bias", "dense.weight": "Net.dense.weight", "dense.bias": "Net.dense.bias"}
model = Reader()
start = {k: v.clone() for k, v in model.state_dict().items()}
out = {}


def tensors(prefix):
    state = model.state_dict()
    for torch_name, path in names.items():
        value = state[torch_name].detach().numpy()
        out[f"{prefix} {path}"] = np.ascontiguousarray((value.T if value.ndim == 2 else value).astype(np.float32))


tensors("initial")
for title, make in optimizers.items():
    model.load_state_dict(start)
    optimizer = make([p for p in model.parameters() if p.requires_grad])
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
save_file(out, here / "digits_lstm.safetensors")
