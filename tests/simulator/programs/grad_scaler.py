"""autocast to fp16 with torch.amp.GradScaler: no step is skipped, since no gradient is infinite, and the scaler's own
tensors are two scalars."""

import torch
from measured import expect, requested_bytes, tensor_bytes, workspace_bytes

WIDTH = 512

model = torch.nn.Linear(WIDTH, WIDTH, bias=False).cuda()
optimizer = torch.optim.AdamW(model.parameters())
scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
x = torch.randn(64, WIDTH, device="cuda")
for _ in range(3):
    with torch.autocast("cuda", torch.float16):
        loss = model(x).float().pow(2).mean()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()
del loss
steps = next(iter(optimizer.state.values()))["step"].item()
assert steps == 3, f"the scaler skipped steps: {steps} of 3 were made"
weights = tensor_bytes(model.parameters())
# The scale and the growth tracker: one number of 4 bytes each. The copies of weights that autocast caches end with it.
expect("between steps", requested_bytes(), 3 * weights + 64 * WIDTH * 4 + 2 * 4 + 2 * workspace_bytes())
