"""What cuDNN runs: attention, convolutions, batch normalization, recurrent networks, CTC, samplers, forward and backward.
Their workspaces are not measured and count as 0, so what stays alive is what PyTorch itself keeps."""

import torch
import torch.nn.functional as F
from measured import expect, requested_bytes, requested_peak, tensor_bytes
from torch.nn.attention import SDPBackend, sdpa_kernel


def attention():
    batch, heads, length, width = 2, 12, 1024, 64
    q, k, v = (torch.randn(batch, heads, length, width, device="cuda", dtype=torch.bfloat16, requires_grad=True) for _ in range(3))
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        before = requested_bytes()
        output = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    # The output; a log-sum-exp in single precision for each row; seed and offset of dropout, one 8-byte number each.
    expect("attention, kept", requested_bytes() - before, 2 * q.numel() + 4 * batch * heads * length + 2 * 8)
    gradient = torch.ones_like(output)
    torch.cuda.reset_peak_memory_stats()
    before = requested_bytes()
    output.backward(gradient)
    # Three gradients, and what cuDNN's front end, which is part of LibTorch, asks for: the gradient of the queries in
    # single precision, and a sum for each row.
    expect(
        "attention, peak of backward",
        requested_peak() - before,
        3 * 2 * q.numel() + 4 * q.numel() + 4 * batch * heads * length,
    )


def convolution(dimensions, layer, options):
    module = layer(16, 32, 3, bias=False, **options).cuda()
    x = torch.randn(8, 16, *[12] * dimensions, device="cuda", requires_grad=True)
    before = requested_bytes()
    y = module(x)
    expect(f"Conv{dimensions}d {options}, kept", requested_bytes() - before, 4 * y.numel())
    y.sum().backward()
    expect("its gradients", tensor_bytes([x.grad, module.weight.grad]), 4 * (x.numel() + module.weight.numel()))


def convolutions():
    for benchmark in (False, True):
        torch.backends.cudnn.benchmark = benchmark
        for dimensions, layer in enumerate((torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d), start=1):
            for options in ({}, {"groups": 4}, {"stride": 2, "padding": 1}, {"dilation": 2}):
                convolution(dimensions, layer, options)


def batch_norm():
    module = torch.nn.BatchNorm2d(16).cuda()
    x = torch.randn(8, 16, 20, 20, device="cuda", requires_grad=True)
    before = requested_bytes()
    y = module(x)
    # The output; a mean and an inverse deviation for each channel.
    expect("batch norm, kept", requested_bytes() - before, 4 * y.numel() + 2 * 4 * 16)
    y.sum().backward()


def recurrent_network(gates, cell):
    before = requested_bytes()
    module = cell(24, 40, num_layers=2, bidirectional=True).cuda()
    # A direction of a layer has, for each gate, a matrix of what it reads and one of its state, and two biases.
    first, second = 40 * (24 + 40 + 2), 40 * (2 * 40 + 40 + 2)
    expect(f"{cell.__name__}, weights", requested_bytes() - before, 4 * gates * 2 * (first + second))
    module(torch.randn(10, 4, 24, device="cuda"))[0].sum().backward()
    expect("its gradients", sum(p.grad.nbytes for p in module.parameters()), 4 * gates * 2 * (first + second))


def recurrent_networks():
    for gates, cell in ((4, torch.nn.LSTM), (3, torch.nn.GRU), (1, torch.nn.RNN)):
        recurrent_network(gates, cell)
    projected = torch.nn.LSTM(24, 40, num_layers=2, proj_size=8, dropout=0.5).cuda()
    projected(torch.randn(10, 4, 24, device="cuda"))[0].sum().backward()


def ctc_loss():
    scores = torch.randn(50, 4, 20, device="cuda", requires_grad=True)
    targets = torch.randint(1, 20, (40,), dtype=torch.int)
    assert torch._use_cudnn_ctc_loss(scores, targets, [50] * 4, [10] * 4, 0)
    F.ctc_loss(scores.log_softmax(2), targets, (50,) * 4, (10,) * 4).backward()


def samplers():
    images = torch.randn(2, 3, 8, 8, device="cuda", requires_grad=True)
    transforms = torch.randn(2, 2, 3, device="cuda", requires_grad=True)
    torch.cudnn_grid_sampler(images, torch.cudnn_affine_grid_generator(transforms, 2, 3, 8, 8)).sum().backward()
    expect("samplers, gradients", tensor_bytes([images.grad, transforms.grad]), 4 * (2 * 3 * 8 * 8 + 2 * 2 * 3))


for check in (attention, convolutions, batch_norm, recurrent_networks, ctc_loss, samplers):
    check()
