"""A DataLoader with worker processes and pinned memory: workers never touch the device, and their batches arrive."""

import torch
from measured import expect, requested_bytes
from torch.utils.data import DataLoader, TensorDataset

if __name__ == "__main__":
    torch.zeros(1, device="cuda")  # the device is in use before the workers are forked
    data = TensorDataset(torch.arange(64, dtype=torch.float32).reshape(64, 1))
    total = 0.0
    for (batch,) in DataLoader(data, batch_size=8, num_workers=2, pin_memory=True):
        on_device = batch.to("cuda", non_blocking=True)
        total += batch.sum().item()
    assert total == sum(range(64)), f"the workers' batches sum to {total}"
    expect("the last batch", requested_bytes(), 8 * 4)
