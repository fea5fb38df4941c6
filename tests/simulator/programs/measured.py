"""What the programs here share: reading the allocator, and complaining with numbers when it disagrees with arithmetic."""

import torch


def requested_bytes():
    """Requested of the caching allocator now, over all live tensors on the device."""
    return torch.cuda.memory_stats()["requested_bytes.all.current"]


def requested_peak():
    return torch.cuda.memory_stats()["requested_bytes.all.peak"]


def expect(what, observed, expected):
    """Equality to the byte, or the end of the program."""
    if observed != expected:
        raise SystemExit(f"{what}: observed {observed:,} B, expected {expected:,} B, difference {observed - expected:,} B")
    print(f"{what}: {observed:,} B")


def workspace_bytes():
    """What cuBLAS takes of the caching allocator, for each pair of thread and stream that multiplied a matrix: PyTorch asks
    for 32 MiB on compute capability 9.0, for 8,519,680 B on every other. Forward and backward run on two threads."""
    return 33_554_432 if torch.cuda.get_device_capability() == (9, 0) else 8_519_680


def bias_workspace_bytes():
    """What a thread takes that multiplied a matrix and added a bias in one call, which goes to cuBLASLt: 1,024 KiB, the
    default of CUBLASLT_WORKSPACE_SIZE."""
    return 1_048_576


def tensor_bytes(tensors):
    """Bytes of distinct storages."""
    return sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}.values())
