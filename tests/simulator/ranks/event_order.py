"""event_order.py WRAPPER SECONDS: trains as DDP or fully_shard with a pause between steps, and prints what the caching
allocator did: how many events, a digest of their kinds, sizes, addresses and order, and its peaks."""

import hashlib
import sys
import time

import torch
from job import join
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

LAYERS, WIDTH, ROWS = 8, 512, 64
wrapper, pause = sys.argv[1], float(sys.argv[2])

rank = join()
torch.cuda.memory._record_memory_history(context=None, max_entries=100_000)
model = torch.nn.Sequential(*[torch.nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]).cuda()
if wrapper == "ddp":
    model = DistributedDataParallel(model, device_ids=[rank])
else:
    for layer in model:
        fully_shard(layer)
    fully_shard(model)
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(6):
    model(torch.randn(ROWS, WIDTH, device="cuda")).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    time.sleep(pause)

events = [(e["action"], e["size"], e["addr"]) for e in torch.cuda.memory._snapshot()["device_traces"][rank]]
statistics = torch.cuda.memory_stats()
peaks = [statistics[f"{kind}_bytes.all.peak"] for kind in ("requested", "allocated", "reserved")]
print(len(events), hashlib.sha256(repr(events).encode()).hexdigest(), *peaks)
torch.distributed.destroy_process_group()
