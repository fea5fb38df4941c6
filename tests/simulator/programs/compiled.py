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
# Of the three intermediate results that plain PyTorch would keep nothing is left: x is there already, y is alive, and of
# relu a mask of a byte an element is kept.
expect("kept by the compiled forward", requested_bytes() - before, BYTES + ROWS * WIDTH)
