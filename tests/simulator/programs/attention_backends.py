"""What one pre-layer-norm GPT-2 block keeps for backward, for each way to compute attention, precision and dropout: the
table of docs/memory_model.md, section 3, as the difference of two depths, at two shapes, with 0 bytes left over."""

import contextlib
import math

import torch
import torch.nn.functional as F
from measured import expect, requested_bytes
from torch.nn.attention import SDPBackend, sdpa_kernel

BACKENDS = {
    "math": SDPBackend.MATH,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
}


class Block(torch.nn.Module):
    def __init__(self, hidden, heads, attention, dropout):
        super().__init__()
        self.heads, self.attention, self.dropout = heads, attention, dropout
        self.ln_1 = torch.nn.LayerNorm(hidden)
        self.qkv = torch.nn.Linear(hidden, 3 * hidden)
        self.proj = torch.nn.Linear(hidden, hidden)
        self.ln_2 = torch.nn.LayerNorm(hidden)
        self.fc = torch.nn.Linear(hidden, 4 * hidden)
        self.out = torch.nn.Linear(4 * hidden, hidden)

    def attend(self, q, k, v):
        if self.attention != "materialised":
            return F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout, is_causal=True)
        length = q.size(-2)
        future = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(q.size(-1)))
        weights = scores.masked_fill(future, float("-inf")).softmax(-1)
        return self.drop(weights) @ v

    def drop(self, x):
        return F.dropout(x, self.dropout) if self.dropout > 0 else x

    def forward(self, x):
        batch, length, hidden = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)
            for part in self.qkv(self.ln_1(x)).split(hidden, 2)
        )
        y = self.attend(q, k, v).transpose(1, 2).contiguous().view(batch, length, hidden)
        x = x + self.drop(self.proj(y))
        return x + self.drop(self.out(F.gelu(self.fc(self.ln_2(x)), approximate="tanh")))


def kept(shape, attention, precision, dropout, blocks):
    """Bytes that a forward pass of so many blocks leaves alive."""
    batch, length, hidden, heads = shape
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    model = torch.nn.Sequential(*(Block(hidden, heads, attention, dropout) for _ in range(blocks))).to("cuda", dtype)
    x = torch.randn(batch, length, hidden, device="cuda", dtype=dtype, requires_grad=True)
    for _ in range(2):  # the first pass makes workspaces
        before = requested_bytes()
        with contextlib.ExitStack() as around:
            if precision == "autocast":
                around.enter_context(torch.autocast("cuda", torch.bfloat16))
            if attention in BACKENDS:
                around.enter_context(sdpa_kernel(BACKENDS[attention]))
            y = model(x)
        held = requested_bytes() - before
        y.sum().backward()
        model.zero_grad()
        x.grad = None
        del y
    return held


def expected(shape, attention, precision, dropout):
    """The table. E: a byte for each of (B,S,H); A: for each of (B,a,S,S)."""
    batch, length, hidden, heads = shape
    e, a = batch * length * hidden, batch * heads * length * length
    half = {"fp32": 0, "autocast": 1, "bf16": 2}[precision]
    # Both residual branches keep a mask of a byte an element.
    linear = (64, 36, 32)[half] * e + (2 * e if dropout else 0)
    if attention == "materialised":
        scores = ((9, 7, 5) if dropout else (4, 6, 2))[half] * a + length * length
    elif attention == "math":
        linear += 6 * e if half else 0  # q, k and v once more, scaled or as they came
        scores = (9 if dropout else 4) * a
    elif attention == "efficient":
        scores = 4 * batch * heads * (-(-length // 32) * 32)  # log-sum-exp of rows, padded to 32
    elif attention == "flash":
        scores = 4 * batch * heads * length + 24  # log-sum-exp; seed and offset of the random state
    else:
        scores = 4 * batch * heads * length + 16
    statistics = 16 * batch * length  # mean and reciprocal deviation of two layer norms, fp32
    weight_copies = 2 * 12 * hidden * hidden if precision == "autocast" else 0
    return linear + scores + statistics + weight_copies


for shape in ((2, 64, 128, 4), (3, 80, 192, 3)):
    for attention in ("materialised", *BACKENDS):
        for precision in ("fp32", "autocast", "bf16"):
            if precision == "fp32" and attention in ("flash", "cudnn"):
                continue  # half precision only
            for dropout in (0.0, 0.1):
                two, one = (kept(shape, attention, precision, dropout, blocks) for blocks in (2, 1))
                expect(
                    f"{attention}, {precision}, dropout {dropout}, B S H a {shape}",
                    two - one,
                    expected(shape, attention, precision, dropout),
                )
