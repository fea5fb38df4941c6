"""A thousand steps hold no more than a hundred, on the device and on the host."""

import pathlib

import torch
from measured import expect, requested_bytes


def resident_bytes():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.GELU(), torch.nn.Linear(256, 64)).cuda()
optimizer = torch.optim.AdamW(model.parameters())
data = torch.randn(32, 64)
held = {}
for step in range(1, 1001):
    loss = (model(data.cuda()) - 1.0).pow(2).mean()
    assert torch.isfinite(loss)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
    if step in (100, 1000):
        del loss
        held[step] = requested_bytes(), resident_bytes()
expect("on the device after 1,000 steps", held[1000][0], held[100][0])
grown = held[1000][1] - held[100][1]
print(f"the host's resident set grew by {grown:,} B in 900 steps")
# The interpreter's and malloc's own breathing. A byte that a launch or a read leaves behind would be some 100 kB here, an
# event or a handle of each step a multiple of that.
assert grown < 1 << 20, f"the host's resident set grew by {grown:,} B in 900 steps"
