"""Which digits a run of examples/digits_gan.nnet draws, as a classifier that PyTorch trains on the real ones sees them.

    nnc run examples/digits_gan.nnet --out RUN && python Tests/Scripts/gan_classes.py RUN     # torch, numpy, safetensors
"""
import csv, gzip, pathlib, sys
import numpy as np, torch
from safetensors.numpy import load_file

torch.manual_seed(0)
weights = {name: torch.tensor(value) for name, value in load_file(sys.argv[1] + "/weights.safetensors").items()}
data = pathlib.Path(__file__).parents[2] / "examples" / "data" / "digits.csv.gz"
rows = list(csv.DictReader(gzip.open(data, "rt")))
x = torch.tensor([[float(row[f"p{i}"]) for i in range(64)] for row in rows]) / 16
y = torch.tensor([int(row["digit"]) for row in rows])
order = torch.randperm(len(x))
train, test = order[:1400], order[1400:]

network = torch.nn.Sequential(
    torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(128, 10))
optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
for _ in range(60):
    for start in range(0, len(train), 50):
        batch = train[start:start + 50]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x[batch]), y[batch]).backward()
        optimizer.step()
network.eval()
print(f"classifier on its test rows: {(network(x[test]).argmax(1) == y[test]).float().mean():.3f}")

drawn = torch.randn(2000, weights["Generator.dense.weight"].shape[0])
for name in ["dense", "dense_2", "dense_3"]:
    drawn = drawn @ weights[f"Generator.{name}.weight"] + weights[f"Generator.{name}.bias"]
    drawn = torch.sigmoid(drawn) if name == "dense_3" else torch.nn.functional.leaky_relu(drawn, 0.2)
logits = network(drawn)
print("share of each digit:", (np.bincount(logits.argmax(1).numpy(), minlength=10) / 2000).tolist())
print(f"above 90 % sure: {(logits.softmax(1).amax(1) > 0.9).float().mean():.3f}")
