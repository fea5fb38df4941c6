"""DistributedDataParallel costs one more copy of the gradients: its buckets. With views into the buckets, nothing."""

import torch
from job import expect, join, requested_bytes
from torch.nn.parallel import DistributedDataParallel

LAYERS, WIDTH, ROWS = 6, 1024, 64
# A layer is WIDTH x WIDTH weights and WIDTH biases of 4 B: 4,198,400 B.
PARAMETER_BYTES = LAYERS * (WIDTH * WIDTH + WIDTH) * 4

rank = join()


def make():
    return torch.nn.Sequential(*[torch.nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]).cuda()


def held(wrap):
    """Bytes that a model, wrapped, and its gradients hold between steps."""
    before = requested_bytes()
    model = wrap(make())
    x = torch.randn(ROWS, WIDTH, device="cuda")
    for _ in range(4):  # the buckets are laid out anew behind the first backward
        model(x).sum().backward()
    # Gradients are there; what the last bucket's collective still held is let go of with the next collective.
    torch.distributed.barrier()
    holds = requested_bytes() - before - ROWS * WIDTH * 4
    del model
    return holds


held(lambda model: model)  # workspaces
alone = held(lambda model: model)
expect("parameters and gradients", alone, 2 * PARAMETER_BYTES)
# Buckets hold each gradient once.
wrapped = held(lambda model: DistributedDataParallel(model, device_ids=[rank]))
expect("with buckets", wrapped, 3 * PARAMETER_BYTES)
views = held(lambda model: DistributedDataParallel(model, device_ids=[rank], gradient_as_bucket_view=True))
expect("with views into the buckets", views, 2 * PARAMETER_BYTES)
torch.distributed.destroy_process_group()
