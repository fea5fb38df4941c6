"""Llama 2 7B in bf16 with AdamW, three steps: what no laptop could hold. Weights, gradients and both states at 2 bytes a
number, the published count of 6,738,415,616 parameters."""

import resource

import torch
from measured import bias_workspace_bytes, expect, requested_bytes, requested_peak, workspace_bytes
from transformers import LlamaConfig, LlamaForCausalLM

PARAMETERS = 6_738_415_616

torch.set_default_dtype(torch.bfloat16)
with torch.device("cuda"):
    model = LlamaForCausalLM(LlamaConfig(vocab_size=32000, hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32))
assert sum(p.numel() for p in model.parameters()) == PARAMETERS
buffers = sum(b.nbytes for b in model.buffers())
expect("weights and buffers", requested_bytes(), 2 * PARAMETERS + buffers)
optimizer = torch.optim.AdamW(model.parameters())
tokens = torch.randint(0, 32000, (1, 512), device="cuda")
for _ in range(3):
    model(input_ids=tokens, labels=tokens).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
expect("between steps", requested_bytes(), 3 * 2 * PARAMETERS + buffers + tokens.nbytes + 2 * workspace_bytes())
print(f"peak {requested_peak():,} B; host {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
