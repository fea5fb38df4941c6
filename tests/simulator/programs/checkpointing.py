"""torch.utils.checkpoint: of each block only its input is kept until backward."""

import torch
from measured import expect, requested_bytes
from torch.utils.checkpoint import checkpoint

BLOCKS, ROWS, WIDTH = 6, 512, 256
INPUT_BYTES = ROWS * WIDTH * 4

blocks = torch.nn.ModuleList(
    torch.nn.Sequential(torch.nn.Linear(WIDTH, 4 * WIDTH, bias=False), torch.nn.GELU(), torch.nn.Linear(4 * WIDTH, WIDTH, bias=False))
    for _ in range(BLOCKS)
).cuda()


def held_by_forward(run_block):
    """Bytes that a forward pass leaves alive, workspaces apart: the first pass, which makes them, is not looked at."""
    x = torch.randn(ROWS, WIDTH, device="cuda", requires_grad=True)
    for _ in range(2):
        before = requested_bytes()
        y = x
        for block in blocks:
            y = run_block(block, y)
        held = requested_bytes() - before
        y.sum().backward()
        x.grad = None
        blocks.zero_grad()
        del y
    return held


# Kept by a block: its input (ROWS, WIDTH), what GELU got and gave (ROWS, 4·WIDTH) each. The first input is x, which was
# there before; the last output is y, which is alive as well.
expect("plain", held_by_forward(lambda block, x: block(x)), BLOCKS * (INPUT_BYTES + 2 * 4 * INPUT_BYTES))
# With checkpoints: the inputs of the blocks, and y in place of the first.
expect(
    "checkpointed, no random state",
    held_by_forward(lambda block, x: checkpoint(block, x, use_reentrant=False, preserve_rng_state=False)),
    BLOCKS * INPUT_BYTES,
)
expect(
    "checkpointed, reentrant",
    held_by_forward(lambda block, x: checkpoint(block, x, use_reentrant=True, preserve_rng_state=False)),
    BLOCKS * INPUT_BYTES,
)
