#include "profiler/memory_model/terms.h"

#include <numeric>

#include "profiler/memory_model/parameter_count.h"

namespace profile_train {
namespace {

constexpr std::string_view kBlocks = "transformer.h.";
constexpr std::string_view kChunkedLossNode = "ChunkedCrossEntropy";

/// "transformer.h.3.attn.c_attn" → "attn.c_attn"; "transformer.h.3" → "block"; others as they are.
std::string_view within_block(std::string_view module) {
  if (module.substr(0, kBlocks.size()) != kBlocks) return module;
  const std::size_t dot = module.find('.', kBlocks.size());
  return dot == std::string_view::npos ? "block" : module.substr(dot + 1);
}

/// A place of the forward pass whose result is kept for backward. The first that fits counts.
struct ForwardRule {
  std::string_view module;
  std::string_view op;
  Term term;
};
constexpr ForwardRule kForwardRules[] = {
    {"transformer", "aten::arange", Term::positions},
    {"transformer", "aten::add", Term::residual_stream},
    {"transformer", "aten::dropout", Term::embedding_dropout},
    {"block", "aten::add", Term::residual_stream},
    {"ln_1", "aten::layer_norm", Term::norm_outputs},
    {"ln_2", "aten::layer_norm", Term::norm_outputs},
    {"attn.c_attn", "aten::addmm", Term::query_key_value},
    {"attn", "aten::matmul", Term::query_key_value},
    {"attn", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"attn", "aten::triu", Term::causal_mask},
    {"attn", "aten::softmax", Term::attention_scores},
    {"attn", "aten::dropout", Term::residual_dropout},
    {"attn", "aten::contiguous", Term::heads_joined},
    {"mlp.c_fc", "aten::addmm", Term::feed_forward_wide},
    {"mlp", "aten::gelu", Term::feed_forward_gelu},
    {"mlp", "aten::dropout", Term::residual_dropout},
    {"transformer.ln_f", "aten::layer_norm", Term::head_input},
};

Term term_of_forward(const Birth& birth, const TrainingSetup& setup) {
  const Bytes statistic_bytes = 4 * setup.batch * setup.sequence;
  const Bytes score_bytes = 4 * setup.batch * setup.heads * setup.sequence * setup.sequence;
  if (birth.is_logits) return birth.module == "lm_head" ? Term::logits : Term::log_softmax;
  if (birth.module == "loss") return Term::loss_scalars;
  const std::string_view module = within_block(birth.module);
  for (const ForwardRule& rule : kForwardRules) {
    if (rule.module != module || rule.op != birth.op) continue;
    // Operators with results of several sizes.
    if (rule.op == "aten::layer_norm" && birth.bytes == statistic_bytes) return Term::norm_statistics;
    const bool of_scores = birth.bytes == score_bytes || (setup.on_cuda() && birth.bytes == score_bytes / 4);  // mask
    if (module == "attn" && rule.op == "aten::dropout" && of_scores) return Term::attention_dropout;
    return rule.term;
  }
  return Term::forward_temporaries;
}

Term term_of_backward(const Birth& birth, const TrainingSetup& setup) {
  constexpr std::string_view kEngine = "autograd::engine::evaluate_function: ";
  std::string_view op = birth.op;
  if (op.substr(0, kEngine.size()) == kEngine) op.remove_prefix(kEngine.size());
  if (birth.is_logits) return setup.loss_chunk_rows > 0 ? Term::logits_of_chunk : Term::logits_gradients;
  // Gradients of the shared table from the head and from the embedding, and the engine's sum of the two.
  const bool of_table =
      op == "MmBackward0" || op == kChunkedLossNode || op == "EmbeddingBackward0" || op == "aten::add";
  const bool table_sized = birth.bytes == 4 * setup.vocabulary * setup.hidden;
  if (setup.tied_head && of_table && table_sized) return Term::tied_gradients;
  if (birth.module.empty() && op == "aten::empty") return Term::worker_row_sums;
  return Term::backward_in_flight;
}

/// The letters of docs/memory_model.md. E and A count numbers, not bytes.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : L(s.blocks),
        S(s.sequence),
        E(s.batch * s.sequence * s.hidden),
        A(s.batch * s.heads * s.sequence * s.sequence),
        Nl(s.batch * s.sequence * s.vocabulary),
        BS(s.batch * s.sequence),
        BSF(s.batch * s.sequence * s.feed_forward) {}
  Bytes L, S, E, A, Nl, BS, BSF;
};

/// The ways a block computes attention: flash and from_parts on the CPU, efficient on CUDA.
enum class AttentionPath { materialised, flash, from_parts, efficient };
AttentionPath path_of(const TrainingSetup& s) {
  if (s.attention == AttentionKind::materialised) return AttentionPath::materialised;
  if (s.on_cuda()) return AttentionPath::efficient;
  return s.dropout > 0.0 ? AttentionPath::from_parts : AttentionPath::flash;
}

/// (B, a, S, d) as three dimensions is a view, not a copy, if B or a is 1.
bool heads_fold_as_they_lie(const TrainingSetup& s) { return s.batch == 1 || s.heads == 1; }

TermFormula query_key_value(const TrainingSetup& s, const Letters& n) {
  const bool joined_here = path_of(s) == AttentionPath::materialised && s.heads == 1;  // nothing to reorder
  if (joined_here) return {"16E·L", 16 * n.E * n.L};
  if (path_of(s) != AttentionPath::from_parts || heads_fold_as_they_lie(s)) return {"12E·L", 12 * n.E * n.L};
  return {"0: the kernel keeps copies", 0};
}

TermFormula attention_kernel(const TrainingSetup& s, const Letters& n) {
  const Bytes row_sums = 4 * s.batch * s.heads * s.sequence;
  switch (path_of(s)) {
    case AttentionPath::materialised: return {};
    case AttentionPath::flash: return {"(4E + 4BaS)·L", (4 * n.E + row_sums) * n.L};
    case AttentionPath::efficient:
      return {"(4E + 4Ba·ceil32(S))·L", (4 * n.E + 4 * s.batch * s.heads * ((s.sequence + 31) / 32 * 32)) * n.L};
    case AttentionPath::from_parts: break;
  }
  const Bytes joined = s.heads == 1 ? 4 : 0;  // with one head the result is kept as it is
  const Bytes copies = (heads_fold_as_they_lie(s) ? 8 : 12) + joined;
  return {std::to_string(copies) + "E·L + 12A·L", (copies * n.E + 12 * n.A) * n.L};
}

Bytes parameter_bytes(const TrainingSetup& s) { return 4 * parameter_count(s); }

TermFormula optimizer_state(const TrainingSetup& s) {
  const Bytes parameters = parameter_bytes(s);
  if (s.optimizer == OptimizerKind::adamw) return {"8N", 2 * parameters};
  return s.momentum != 0.0 ? TermFormula{"4N", parameters} : TermFormula{"0", 0};
}

TermFormula optimizer_temporaries(const TrainingSetup& s) {
  const Bytes largest = 4 * largest_parameter(s);
  if (s.optimizer == OptimizerKind::adamw && s.on_cuda()) return {"8·n_max", 2 * largest};
  if (s.optimizer == OptimizerKind::adamw) return {"8·n_max + 12", 2 * largest + 12};
  return s.weight_decay != 0.0 ? TermFormula{"4·n_max", largest} : TermFormula{"0", 0};
}

}  // namespace

Bytes sum(const TermBytes& bytes) { return std::accumulate(bytes.begin(), bytes.end(), Bytes{0}); }

Term term_of(const Birth& birth, const TrainingSetup& setup) {
  switch (birth.role) {
    case Role::parameter:
    case Role::buffer: return Term::weights;
    case Role::gradient: return Term::gradients;
    case Role::optimizer_state: return Term::optimizer_state;
    case Role::input: return Term::inputs;
    case Role::workspace: return Term::library_workspaces;
    case Role::none: break;
  }
  if (birth.carried_in) return Term::carried_in;
  switch (birth.phase) {
    case Phase::data: return Term::inputs;
    case Phase::forward:
    case Phase::loss: return term_of_forward(birth, setup);
    case Phase::backward: return term_of_backward(birth, setup);
    case Phase::optimizer_step: return Term::optimizer_temporaries;
    case Phase::init:
    case Phase::zero_grad:
    case Phase::other: break;
    case Phase::recompute: return term_of_forward(birth, setup);
  }
  return Term::other;
}

std::string_view name_of(Term term) {
  switch (term) {
    case Term::weights: return "weights";
    case Term::gradients: return "gradients";
    case Term::optimizer_state: return "optimizer state";
    case Term::inputs: return "inputs: tokens and targets";
    case Term::positions: return "position ids";
    case Term::residual_stream: return "blocks: inputs of the norms (residual stream)";
    case Term::embedding_dropout: return "embedding dropout: noise and result";
    case Term::norm_outputs: return "blocks: norm outputs, inputs of c_attn and c_fc";
    case Term::norm_statistics: return "mean and 1/std of the norms";
    case Term::query_key_value: return "blocks: q, k, v";
    case Term::attention_kernel: return "blocks: kept by scaled_dot_product_attention";
    case Term::causal_mask: return "blocks: causal mask";
    case Term::attention_scores: return "blocks: softmax of the scores";
    case Term::attention_dropout: return "blocks: attention dropout, noise and result";
    case Term::heads_joined: return "blocks: heads joined, input of attn.c_proj";
    case Term::feed_forward_wide: return "blocks: c_fc output, input of GELU";
    case Term::feed_forward_gelu: return "blocks: GELU output, input of mlp.c_proj";
    case Term::residual_dropout: return "blocks: noise of the residual dropouts";
    case Term::head_input: return "final norm output, input of the head";
    case Term::logits: return "logits";
    case Term::log_softmax: return "log-softmax of the logits";
    case Term::loss_scalars: return "loss and its total weight";
    case Term::logits_gradients: return "gradients of log-softmax and logits (the spike)";
    case Term::logits_of_chunk: return "logits of a chunk and their softmax (the spike)";
    case Term::tied_gradients: return "tied head: two gradients waiting for their sum";
    case Term::backward_in_flight: return "gradients of activations, scratch of backward";
    case Term::worker_row_sums: return "row sums of flash attention's worker threads";
    case Term::optimizer_temporaries: return "temporaries of the optimizer step";
    case Term::forward_temporaries: return "temporaries of the forward pass";
    case Term::library_workspaces: return "cuBLAS workspaces";
    case Term::carried_in: return "allocated before the session began";
    case Term::other: return "not in the model";
  }
  return "not in the model";
}

TermFormula formula_of(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const bool drops = s.dropout > 0.0;
  const bool materialised = path_of(s) == AttentionPath::materialised;
  const bool fused = path_of(s) == AttentionPath::flash || path_of(s) == AttentionPath::efficient;
  const bool copies_joined = !fused && s.heads > 1;
  const Bytes noise = s.on_cuda() ? 1 : 4;  // of a dropped number: a mask, or the factor itself
  const bool in_chunks = s.loss_chunk_rows > 0;
  switch (term) {
    case Term::weights: return {"4N", parameter_bytes(s)};
    case Term::gradients: return {"4N", parameter_bytes(s)};
    case Term::optimizer_state: return optimizer_state(s);
    case Term::inputs: return {"16BS", 16 * n.BS};
    case Term::positions: return {"8S", 8 * n.S};
    case Term::residual_stream:
      return drops ? TermFormula{"8E·L", 8 * n.E * n.L} : TermFormula{"8E·L + 4E", 8 * n.E * n.L + 4 * n.E};
    case Term::embedding_dropout:
      return drops ? TermFormula{s.on_cuda() ? "5E" : "8E", (4 + noise) * n.E} : TermFormula{};
    case Term::norm_outputs: return {"8E·L", 8 * n.E * n.L};
    case Term::norm_statistics: return {"16BS·L + 8BS", (16 * n.L + 8) * n.BS};
    case Term::query_key_value: return query_key_value(s, n);
    case Term::attention_kernel: return attention_kernel(s, n);
    case Term::causal_mask: return materialised ? TermFormula{"S²·L", n.S * n.S * n.L} : TermFormula{};
    case Term::attention_scores: return materialised ? TermFormula{"4A·L", 4 * n.A * n.L} : TermFormula{};
    case Term::attention_dropout:
      return materialised && drops ? TermFormula{s.on_cuda() ? "5A·L" : "8A·L", (4 + noise) * n.A * n.L}
                                   : TermFormula{};
    case Term::heads_joined: return copies_joined ? TermFormula{"4E·L", 4 * n.E * n.L} : TermFormula{};
    case Term::feed_forward_wide: return {"4BSF·L", 4 * n.BSF * n.L};
    case Term::feed_forward_gelu: return {"4BSF·L", 4 * n.BSF * n.L};
    case Term::residual_dropout:
      return drops ? TermFormula{s.on_cuda() ? "2E·L" : "8E·L", 2 * noise * n.E * n.L} : TermFormula{};
    case Term::head_input: return {"4E", 4 * n.E};
    case Term::logits: return s.logits_held ? TermFormula{"4Nl", 4 * n.Nl} : TermFormula{};
    case Term::log_softmax: return in_chunks ? TermFormula{} : TermFormula{"4Nl", 4 * n.Nl};
    case Term::loss_scalars: return in_chunks ? TermFormula{"4", 4} : TermFormula{"8", 8};
    case Term::logits_gradients: return in_chunks ? TermFormula{} : TermFormula{"8Nl", 8 * n.Nl};
    case Term::logits_of_chunk: return in_chunks ? TermFormula{"8cV", 8 * chunk_rows(s) * s.vocabulary} : TermFormula{};
    case Term::tied_gradients:
      if (!s.tied_head) return {};
      return in_chunks ? TermFormula{"4VH", 4 * s.vocabulary * s.hidden}
                       : TermFormula{"8VH", 8 * s.vocabulary * s.hidden};
    case Term::optimizer_temporaries: return optimizer_temporaries(s);
    case Term::backward_in_flight:
    case Term::worker_row_sums:
    case Term::forward_temporaries:
    case Term::carried_in:
    case Term::other: break;
    case Term::library_workspaces:
      if (!s.on_cuda()) break;
      return {"2·cuBLAS + cuBLASLt", 2 * s.cublas_workspace_bytes + s.cublaslt_workspace_bytes};
  }
  return {};
}

}  // namespace profile_train
