"""A probe that no simulation can satisfy: the program stops at its own check, and the summary names the read before it."""

import torch

model = torch.nn.Linear(8, 8).cuda()
before = model.weight.detach().clone()
model(torch.randn(2, 8, device="cuda")).sum().backward()
torch.optim.SGD(model.parameters(), lr=0.1).step()
assert not torch.equal(before, model.weight), "the step changed nothing"
