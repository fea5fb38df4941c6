"""Tensor parallel: a rank of eight holds an eighth of the weights that are cut, and all of those that are not."""

import torch
from job import RANKS, expect, join, requested_bytes
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

WIDTH, HIDDEN, ROWS = 512, 2048, 64


class FeedForward(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.up = torch.nn.Linear(WIDTH, HIDDEN)
        self.down = torch.nn.Linear(HIDDEN, WIDTH)

    def forward(self, x):
        return self.down(torch.nn.functional.gelu(self.up(x)))


# Cut: both weights and the bias of the hidden units. Whole on each rank: the bias behind the sum over ranks.
CUT_BYTES = (2 * WIDTH * HIDDEN + HIDDEN) * 4
WHOLE_BYTES = WIDTH * 4
LOCAL_BYTES = CUT_BYTES // RANKS + WHOLE_BYTES

join()
mesh = init_device_mesh("cuda", (RANKS,))
x = torch.randn(ROWS, WIDTH, device="cuda")


def step(model):
    model(x).sum().backward()


step(FeedForward().cuda())  # workspaces
plan = {"up": ColwiseParallel(), "down": RowwiseParallel()}
step(parallelize_module(FeedForward().cuda(), mesh, plan))  # and what is made once

before = requested_bytes()
model = parallelize_module(FeedForward().cuda(), mesh, plan)
expect("weights", requested_bytes() - before, LOCAL_BYTES)
for _ in range(3):
    step(model)
    torch.cuda.synchronize()
    expect("weights and gradients", requested_bytes() - before, 2 * LOCAL_BYTES)
torch.distributed.destroy_process_group()
