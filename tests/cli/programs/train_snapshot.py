"""Trains a small network on CUDA and leaves PyTorch's own record of its memory.

    train_snapshot.py STACKS WHEN SNAPSHOT STATISTICS

STACKS: python or all, as for _record_memory_history. WHEN: early, before the model is made, or late, after it.
"""

import json
import sys

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        return x + self.down(nn.functional.gelu(self.up(self.norm(x))))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1000, 256)
        self.blocks = nn.ModuleList([Block(256) for _ in range(4)])
        self.head = nn.Linear(256, 1000, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def main(stacks, when, snapshot, statistics):
    if when == "early":
        torch.cuda.memory._record_memory_history(stacks=stacks)
    network = Network().cuda()
    optimizer = torch.optim.AdamW(network.parameters())
    if when == "late":
        torch.cuda.memory._record_memory_history(stacks=stacks)
    for _ in range(4):
        tokens = torch.zeros(8, 128, dtype=torch.long).cuda()
        targets = torch.zeros(8, 128, dtype=torch.long).cuda()
        loss = nn.functional.cross_entropy(network(tokens).view(-1, 1000), targets.view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.cuda.memory._dump_snapshot(snapshot)
    figures = torch.cuda.memory_stats()
    with open(statistics, "w", encoding="utf-8") as file:
        json.dump({
            "requested_peak": figures["requested_bytes.all.peak"],
            "requested": figures["requested_bytes.all.current"],
            "reserved_peak": figures["reserved_bytes.all.peak"],
            "parameters": sum(p.numel() * p.element_size() for p in network.parameters()),
            "batch": tokens.numel() * 8 + targets.numel() * 8,
            "segments": [
                [segment["address"], segment["total_size"], segment["segment_type"], segment["allocated_size"],
                 [[block["size"], block["requested_size"] if block["state"] != "inactive" else 0, block["state"]]
                  for block in segment["blocks"]]]
                for segment in sorted(torch.cuda.memory._snapshot()["segments"], key=lambda one: one["address"])
            ],
        }, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
