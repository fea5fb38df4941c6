"""Checks that programs make of themselves hold, scalars read as what was set, and what steers a shape is told."""

import torch

x = torch.randn(64, 64, device="cuda")
loss = (x * x).mean()

assert torch.isfinite(loss), "a loss is finite"
assert torch.isfinite(x).all() and not torch.isnan(x).any() and not torch.isinf(x).any()
assert not (torch.isnan(x) | torch.isinf(x)).any(), "neither of two that do not hold"
assert (torch.isfinite(x) & torch.isfinite(x)).all(), "both of two that hold"
assert torch.allclose(x, x) and torch.equal(x, x)
torch.testing.assert_close(x, x.clone())
assert loss.item() == 0.0
assert not bool(~torch.isfinite(loss))

# Written by the host, and no kernel since: known, and read back as it was.
sizes = torch.tensor([3, 1, 4, 1, 5]).cuda()
assert sizes.tolist() == [3, 1, 4, 1, 5]

# How many there are is not known: none, and the summary says where.
assert (x > 0).nonzero().shape == (0, 2)
assert x[x > 0].numel() == 0
