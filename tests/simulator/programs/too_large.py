"""More than the card has: PyTorch frees its cache, tries again, and raises the error that it always raises."""

import torch

held = [torch.empty(300 << 20, dtype=torch.uint8, device="cuda") for _ in range(3)]
del held[0]  # cached by the allocator, and too small for the next: the allocator gives it back before it fails
torch.empty(500 << 20, dtype=torch.uint8, device="cuda")
