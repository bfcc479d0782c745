"""Records 100 steps of a Wasserstein network pair with gradient penalty in PyTorch (Gulrajani et al. 2017).

    python record_wasserstein.py        # writes iris_wasserstein.safetensors beside this file

Noise and mixing come from columns of the data, so that nothing is random after the initial weights. Rows are taken in
file order, 30 at a time, the same ones for both steps. Tensors: `initial PATH`, `losses STEP LABEL`, `final PATH`.
"""
import csv, pathlib
import numpy as np, torch, torch.nn as nn
from safetensors.numpy import save_file

torch.set_num_threads(1)
here = pathlib.Path(__file__).parent
iris = list(csv.DictReader(open(here.parents[3] / "examples" / "data" / "iris.csv")))

def columns(*names):
    x = np.asarray([[float(r[n]) for n in names] for r in iris])
    return torch.tensor(((x - x.mean(0)) / x.std(0)).astype(np.float32))

points, noise = columns("petal_length", "petal_width"), columns("sepal_length", "sepal_width")
shares = torch.tensor(np.asarray([[float(r["sepal_length"])] for r in iris], dtype=np.float32)) / 10

torch.manual_seed(4)
generator = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.GELU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
networks = {"Generator": generator, "Critic": critic}
rules = {n: torch.optim.Adam(m.parameters(), lr=0.003, betas=(0.0, 0.9)) for n, m in networks.items()}
out = {"losses Critic distance": [], "losses Critic penalty": [], "losses Generator": []}

def tensors(prefix):
    for name, network in networks.items():
        for position, layer in enumerate([m for m in network if isinstance(m, nn.Linear)]):
            path = f"{name}.dense" + (f"_{position + 1}" if position else "")
            out[f"{prefix} {path}.weight"] = np.ascontiguousarray(layer.weight.detach().numpy().T.copy())
            out[f"{prefix} {path}.bias"] = layer.bias.detach().numpy().copy()

tensors("initial")
for step in range(100):
    index = torch.tensor([(step * 30 + i) % len(iris) for i in range(30)])
    point, z, t = points[index], noise[index], shares[index]
    fake = generator(z).detach()
    mixed = (t * point + (1 - t) * fake).requires_grad_()
    slope, = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    distance = (critic(fake) - critic(point)).mean()
    penalty = (10 * (slope.norm(dim=1) - 1) ** 2).mean()
    rules["Critic"].zero_grad()
    (distance + penalty).backward()
    rules["Critic"].step()
    out["losses Critic distance"].append(distance.item())
    out["losses Critic penalty"].append(penalty.item())
    rules["Generator"].zero_grad()
    loss = -critic(generator(z)).mean()
    loss.backward()
    rules["Generator"].step()
    out["losses Generator"].append(loss.item())
tensors("final")
save_file({k: np.asarray(v, dtype=np.float32) for k, v in out.items()}, here / "iris_wasserstein.safetensors")
for name in ["losses Critic distance", "losses Critic penalty", "losses Generator"]:
    print(name, out[name][0], out[name][-1])
