"""Records trajectories of PyTorch's optimizers and rates of its schedules, in float64, to optimizers.json beside this.

Run: python optimizers.py
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
STEPS = 30


def gradients():
    """Gradients that change sign and scale, with a zero among them."""
    generator = torch.Generator().manual_seed(7)
    values = torch.randn(STEPS, 5, generator=generator) * torch.tensor([1.0, 1e-3, 30.0, 0.1, 1.0])
    values[:, 4] = 0
    values[10:, 4] = torch.randn(STEPS - 10, generator=generator)
    return values


def trajectory(make, grads):
    weights = torch.tensor([0.5, -1.0, 2.0, 0.0, 0.1], requires_grad=True)
    optimizer = make([weights])
    path = []
    for gradient in grads:
        weights.grad = gradient.clone()
        optimizer.step()
        path.append(weights.detach().tolist())
    return path


class Lion(torch.optim.Optimizer):
    """The algorithm of the paper (arXiv 2302.06675, Algorithm 2), line by line."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "wd": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                b1, b2 = group["betas"]
                update = torch.sign(b1 * m + (1 - b1) * p.grad)
                p -= group["lr"] * (update + group["wd"] * p)
                m.copy_(b2 * m + (1 - b2) * p.grad)


o = torch.optim
OPTIMIZERS = [
    ("sgd", {"rate": 0.1}, lambda p: o.SGD(p, lr=0.1)),
    ("sgd", {"rate": 0.1, "momentum": 0.9}, lambda p: o.SGD(p, lr=0.1, momentum=0.9)),
    ("sgd", {"rate": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
     lambda p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.01)),
    ("adam", {"rate": 0.01}, lambda p: o.Adam(p, lr=0.01)),
    ("adam", {"rate": 0.01, "beta1": 0.0, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
     lambda p: o.Adam(p, lr=0.01, betas=(0.0, 0.9), eps=1e-3, weight_decay=0.1)),
    ("adamw", {"rate": 0.02}, lambda p: o.AdamW(p, lr=0.02)),
    ("adamw", {"rate": 0.02, "weight_decay": 0.3}, lambda p: o.AdamW(p, lr=0.02, weight_decay=0.3)),
    ("rmsprop", {"rate": 0.01}, lambda p: o.RMSprop(p, lr=0.01)),
    ("rmsprop", {"rate": 0.01, "decay": 0.9, "momentum": 0.5, "epsilon": 1e-4, "weight_decay": 0.01},
     lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, eps=1e-4, weight_decay=0.01)),
    ("adagrad", {"rate": 0.1}, lambda p: o.Adagrad(p, lr=0.1)),
    ("adagrad", {"rate": 0.1, "weight_decay": 0.05}, lambda p: o.Adagrad(p, lr=0.1, weight_decay=0.05)),
    ("adadelta", {}, lambda p: o.Adadelta(p)),
    ("adadelta", {"rate": 0.5, "decay": 0.8, "epsilon": 1e-3}, lambda p: o.Adadelta(p, lr=0.5, rho=0.8, eps=1e-3)),
    ("lion", {"rate": 0.01, "weight_decay": 0.1}, lambda p: Lion(p, 0.01, (0.9, 0.99), 0.1)),
]

s = torch.optim.lr_scheduler
SCHEDULES = [
    ("cosine", {"from": 0.1, "to": 0.01}, lambda q: s.CosineAnnealingLR(q, STEPS - 1, eta_min=0.01), 0.1),
    ("step_decay", {"from": 0.1, "factor": 0.5, "every": 7}, lambda q: s.StepLR(q, 7, gamma=0.5), 0.1),
    ("exponential", {"from": 0.1, "factor": 0.9, "every": 1}, lambda q: s.ExponentialLR(q, 0.9), 0.1),
    ("linear", {"from": 0.1, "to": 0.02},
     lambda q: s.LinearLR(q, start_factor=1, end_factor=0.2, total_iters=STEPS - 1), 0.1),
    ("one_cycle", {"peak": 0.3}, lambda q: s.OneCycleLR(q, 0.3, total_steps=STEPS), 0.1),
    ("one_cycle", {"peak": 0.3, "rise": 0.5, "start": 10.0, "end": 100.0},
     lambda q: s.OneCycleLR(q, 0.3, total_steps=STEPS, pct_start=0.5, div_factor=10, final_div_factor=100), 0.1),
]


def rates(make, rate):
    optimizer = o.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    schedule = make(optimizer)
    values = []
    for _ in range(STEPS):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(values) < STEPS else None
    return values


if __name__ == "__main__":
    grads = gradients()
    record = {
        "torch": torch.__version__,
        "gradients": grads.tolist(),
        "optimizers": [{"name": n, "settings": c, "weights": trajectory(m, grads)} for n, c, m in OPTIMIZERS],
        "schedules": [{"name": n, "settings": c, "rates": rates(m, r)} for n, c, m, r in SCHEDULES],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(record, separators=(",", ":")) + "\n")
