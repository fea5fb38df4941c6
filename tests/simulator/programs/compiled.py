"""torch.compile: Triton compiles kernels on the host, and the fused forward keeps what its backward needs and no more."""

import torch
from measured import expect, requested_bytes

ROWS, WIDTH = 1024, 512
BYTES = ROWS * WIDTH * 4


@torch.compile
def function(x):
    return (torch.sin(x) * 2.0 + 1.0).relu()


x = torch.randn(ROWS, WIDTH, device="cuda", requires_grad=True)
for _ in range(2):
    y = function(x)
    y.sum().backward()
    x.grad = None
    del y
before = requested_bytes()
y = function(x)
# x is there already, and relu's mask is recomputed from it or kept as y's sign: one float tensor y, and at most one byte
# an element for the mask.
held = requested_bytes() - before
assert held in (BYTES, BYTES + ROWS * WIDTH), f"the compiled forward holds {held:,} B"
expect("eager holds more", int(held < 3 * BYTES), 1)
