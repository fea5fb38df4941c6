"""The peak does not depend on how fast steps go: ten runs of the same training, at three speeds, to the byte.

PyTorch keeps the tensors of a collective that nobody waited for, such as DDP's buckets, until its watchdog thread has seen
the end, ten times a second, and the next collective is issued. DDP lays out its buckets anew in the second step: steps of
a few milliseconds would have both layouts at once, slow ones would not."""

import gc
import sys
import time

import torch
from job import expect, join, requested_bytes, requested_peak
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

LAYERS, WIDTH, ROWS = 8, 512, 64
PARAMETER_BYTES = LAYERS * (WIDTH * WIDTH + WIDTH) * 4

rank = join()


def make():
    return torch.nn.Sequential(*[torch.nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]).cuda()


def ddp():
    return DistributedDataParallel(make(), device_ids=[rank])


def fsdp():
    model = make()
    for layer in model:
        fully_shard(layer)
    return fully_shard(model)


def peak(wrap, pause):
    """Requested and allocated at the peak, over what was there before. Not reserved: in one process, that also depends on
    where the run before left pieces of its segments. same_events.py compares it between processes."""
    gc.collect()
    torch.distributed.barrier()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    before = requested_bytes(), torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    model = wrap()
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(4):
        model(torch.randn(ROWS, WIDTH, device="cuda")).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        time.sleep(pause)
    return requested_peak() - before[0], torch.cuda.max_memory_allocated() - before[1]


for wrap in (ddp, fsdp):
    peak(wrap, 0)  # workspaces
    peaks = [peak(wrap, pause) for pause in (0, 0, 0, 0.02, 0, 0.2, 0, 0.02, 0, 0)]
    print(wrap.__name__, peaks[0])
    if len(set(peaks)) != 1:
        sys.exit(f"{wrap.__name__}: the peak depends on luck: {peaks}")
    if wrap is ddp:
        # In the optimizer's step: parameters, gradients, two moments, one layout of the buckets, and the square roots of the
        # second moments. Both layouts at once would be one more.
        expect("ddp's peak", peaks[0][0], 6 * PARAMETER_BYTES)
torch.distributed.destroy_process_group()
