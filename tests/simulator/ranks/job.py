"""What the programs here share. Each runs as one rank of eight, written as it would be for a machine with eight cards."""

import os
import sys

import torch
import torch.distributed as dist

RANKS = 8


def join():
    """Joins the job and returns this rank's number."""
    dist.init_process_group("nccl")
    rank = dist.get_rank()
    assert dist.get_world_size() == RANKS and rank == int(os.environ["RANK"])
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return rank


def requested_bytes():
    return torch.cuda.memory_stats()["requested_bytes.all.current"]


def requested_peak():
    return torch.cuda.memory_stats()["requested_bytes.all.peak"]


def expect(what, observed, expected):
    if observed != expected:
        sys.exit(f"{what}: observed {observed:,} B, expected {expected:,} B, difference {observed - expected:,} B")
    print(f"{what}: {observed:,} B")
