"""A loop that waits for a device value: the simulation ends it, and says which read it was."""

import torch

x = torch.zeros(1, device="cuda")
while x.item() < 1.0:
    x += 0.1
