"""CUDA graphs: what a captured graph allocates stays its own between replays, and a replay allocates nothing."""

import torch
from measured import expect, requested_bytes

WIDTH = 1024
BYTES = WIDTH * WIDTH * 4

x = torch.randn(WIDTH, WIDTH, device="cuda")
side = torch.cuda.Stream()
side.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(side):
    for _ in range(2):
        y = torch.relu(x + 1.0)
torch.cuda.current_stream().wait_stream(side)
del y
expect("before the capture", requested_bytes(), BYTES)

graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    y = torch.relu(x + 1.0)
# Within the capture x + 1 is freed again; y is kept. torch.cuda.graph() registers the generator's state: a seed and an
# offset of 8 bytes each.
captured = requested_bytes() - BYTES
expect("kept by the capture", captured, BYTES + 2 * 8)
before = torch.cuda.memory_stats()["allocation.all.allocated"]
for _ in range(3):
    graph.replay()
expect("allocations of three replays", torch.cuda.memory_stats()["allocation.all.allocated"] - before, 0)
reserved = torch.cuda.memory_reserved()
del y
graph.reset()
torch.cuda.empty_cache()
assert torch.cuda.memory_reserved() < reserved, "the graph's pool was not given back"
