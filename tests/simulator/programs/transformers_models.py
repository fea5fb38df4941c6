"""Models of the transformers library, built from a configuration and trained with AdamW: between steps the device holds
weights, buffers, two states for each weight, and cuBLAS's workspaces, to the byte."""

import gc
import sys

import torch
from measured import bias_workspace_bytes, expect, requested_bytes, tensor_bytes, workspace_bytes
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

MODELS = {
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(n_layer=2, n_embd=128, n_head=4, vocab_size=1000, n_positions=128, bos_token_id=0, eos_token_id=0)),
    "bert": lambda: BertForMaskedLM(
        BertConfig(hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512, vocab_size=1000)
    ),
    "t5": lambda: T5ForConditionalGeneration(
        T5Config(d_model=128, num_layers=2, num_heads=4, d_kv=32, d_ff=256, vocab_size=1000, decoder_start_token_id=0)
    ),
    "llama": lambda: LlamaForCausalLM(
        LlamaConfig(
            hidden_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            intermediate_size=344,
            vocab_size=1000,
        )
    ),
}


def train(name):
    model = MODELS[name]().cuda().train()
    weights = tensor_bytes(model.parameters())
    buffers = tensor_bytes(model.buffers())
    expect(f"{name}, weights and buffers", requested_bytes(), weights + buffers)

    optimizer = torch.optim.AdamW(model.parameters())
    tokens = torch.randint(0, 1000, (2, 64)).cuda()
    tokens_bytes = 2 * 64 * 8
    for _ in range(3):
        loss = model(input_ids=tokens, labels=tokens).loss
        assert torch.isfinite(loss)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    loss = None
    # Linear layers with a bias; T5 and Llama have none.
    has_biases = name in ("gpt2", "bert")
    # exp_avg and exp_avg_sq as large as each weight; the step counts are on the host.
    # Forward ran on this thread, backward on the engine's: each has a workspace of its own.
    expect(
        f"{name}, between steps",
        requested_bytes(),
        weights + buffers + 2 * weights + tokens_bytes + 2 * workspace_bytes() + has_biases * bias_workspace_bytes(),
    )


for model_name in sys.argv[1:] or MODELS:
    train(model_name)
    gc.collect()
    torch._C._cuda_clearCublasWorkspaces()
