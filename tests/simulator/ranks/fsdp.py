"""fully_shard: a rank of eight holds an eighth of parameters, gradients and optimizer states between steps."""

import torch
from job import RANKS, expect, join, requested_bytes
from torch.distributed.fsdp import fully_shard

LAYERS, WIDTH, ROWS = 6, 1024, 64
PARAMETER_BYTES = LAYERS * (WIDTH * WIDTH + WIDTH) * 4
SHARD_BYTES = PARAMETER_BYTES // RANKS  # 1,024 rows: 128 a rank, no padding

join()
x = torch.randn(ROWS, WIDTH, device="cuda")


def make():
    return torch.nn.Sequential(*[torch.nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]).cuda()


def shard(model):
    for layer in model:
        fully_shard(layer)
    return fully_shard(model)


plain = make()
plain(x).sum().backward()  # workspaces
del plain

before = requested_bytes()
model = shard(make())
expect("parameters", requested_bytes() - before, SHARD_BYTES)
optimizer = torch.optim.AdamW(model.parameters())  # its step counters are on the host
for _ in range(3):
    model(x).sum().backward()
    torch.cuda.synchronize()
    expect("and gradients, and moments" if optimizer.state else "and gradients", requested_bytes() - before,
           (4 if optimizer.state else 2) * SHARD_BYTES)
    optimizer.step()
    optimizer.zero_grad()
    torch.cuda.synchronize()
    expect("parameters and two moments", requested_bytes() - before, 3 * SHARD_BYTES)
torch.distributed.destroy_process_group()
