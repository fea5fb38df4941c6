"""Sorting and its kin, which ask what their kernels were compiled for: what they give has the bytes of its numbers and of
their places, on any card."""

import torch
from measured import expect, requested_bytes

NUMBERS = 100_000  # more than a single block of threads sorts

x = torch.randn(NUMBERS, device="cuda")
before = requested_bytes()
values, places = x.sort()
expect("sorted numbers and their places", requested_bytes() - before, (4 + 8) * NUMBERS)
del values, places
values, places = x.topk(10)
expect("the ten largest and their places", requested_bytes() - before, (4 + 8) * 10)
del values, places
sums = x.cumsum(0)
expect("sums", requested_bytes() - before, 4 * NUMBERS)
