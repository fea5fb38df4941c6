"""Collectives as PyTorch issues them, with the contents that follow from all ranks holding the same as this one."""

import torch
import torch.distributed as dist
from job import RANKS, join

rank = join()
one = torch.tensor([1, 2], device="cuda")

gathered = torch.empty(2 * RANKS, dtype=torch.int64, device="cuda")
dist.all_gather_into_tensor(gathered, one)
assert gathered.tolist() == [1, 2] * RANKS

total = torch.tensor([5.0], device="cuda")
dist.all_reduce(total)
assert total.item() == 40.0

largest = torch.tensor([7], device="cuda")
dist.all_reduce(largest, op=dist.ReduceOp.MAX)
assert largest.item() == 7

work = dist.all_reduce(total, async_op=True)
assert work.is_completed()
work.wait()
dist.barrier()

half = dist.new_group([0, 1, 2, 3])
if rank in (0, 1, 2, 3):
    assert dist.get_world_size(half) == 4
    gathered = torch.empty(8, dtype=torch.int64, device="cuda")
    dist.all_gather_into_tensor(gathered, one, group=half)
    dist.barrier(half)
dist.destroy_process_group()
print("collectives give what they must")
