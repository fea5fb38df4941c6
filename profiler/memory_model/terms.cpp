#include "profiler/memory_model/terms.h"

#include <numeric>

#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/teacher.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

constexpr std::string_view kChunkedLossNode = "ChunkedCrossEntropy";

/// "transformer.h.3.attn.c_attn" → "attn.c_attn"; "transformer.h.3" → "block"; others as they are.
std::string_view within_block(std::string_view module, const FamilyRows& rows) {
  for (const std::string_view blocks : rows.blocks) {
    if (!module.starts_with(blocks)) continue;
    const std::size_t dot = module.find('.', blocks.size());
    return dot == std::string_view::npos ? "block" : module.substr(dot + 1);
  }
  return module;
}

bool has_size(Bytes bytes, ResultSize size, const TrainingSetup& setup) {
  if (size == ResultSize::any) return true;
  const Bytes scores = setup.batch * setup.heads * setup.sequence * setup.sequence;
  const Widths w = widths_of(setup);
  const bool is_copy = w.cast_softmax > 0 && bytes == w.cast_softmax * scores;
  return bytes == w.softmax * scores || is_copy || (setup.on_cuda() && bytes == scores);
}

/// One number a token, beside the result of a norm. RMSNorm's has 4 bytes in every precision.
bool is_statistic(const Birth& birth, const TrainingSetup& setup) {
  const std::int64_t tokens = setup.batch * setup.sequence;
  if (birth.op == "aten::layer_norm") return birth.bytes == widths_of(setup).statistic * tokens;
  return birth.op == "aten::rms_norm" && birth.bytes == 4 * tokens;
}

Term term_of_logits(const Birth& birth, const TrainingSetup& setup) {
  if (birth.module == "lm_head") return Term::logits;
  if (is_of_teacher(birth.module)) return Term::teacher_logits;
  if (setup.teacher_blocks == 0 || birth.op == "aten::cross_entropy_loss") return Term::log_softmax;
  const bool softened = birth.op == "aten::softmax" || birth.op == "aten::log_softmax" || birth.is_cast;
  return softened ? Term::softened_logits : Term::divergence;
}

/// Of the model itself, or of one it learns from.
Term term_of_weights(const Birth& birth, const TrainingSetup& setup) {
  if (is_of_teacher(birth.module)) return Term::teacher_weights;
  const bool masked = setup.pruning == Pruning::unstructured && birth.role == Role::buffer;
  return masked ? Term::pruning_masks : Term::weights;
}

/// The product of a matrix of GPT-2's blocks and its mask.
bool is_masked_weight(const Birth& birth, const TrainingSetup& setup) {
  if (setup.pruning != Pruning::unstructured || birth.op != "aten::mul" || birth.is_cast) return false;
  return birth.module.ends_with(".c_attn") || birth.module.ends_with(".c_proj") || birth.module.ends_with(".c_fc");
}

Term term_of_forward(const Birth& birth, const TrainingSetup& setup) {
  if (birth.is_weight_copy) return Term::weight_copies;
  if (birth.is_logits) return term_of_logits(birth, setup);
  if (is_masked_weight(birth, setup)) return Term::masked_weights;
  if (birth.module == "loss") return birth.is_cast ? Term::forward_temporaries : Term::loss_scalars;
  const FamilyRows& rows = family_rows(setup.model_family);
  const std::string_view module = within_block(birth.module, rows);
  for (const ForwardRule& rule : birth.is_cast ? rows.casts : rows.results) {
    if (rule.module != module || rule.op != birth.op || !has_size(birth.bytes, rule.size, setup)) continue;
    return is_statistic(birth, setup) ? Term::norm_statistics : rule.term;
  }
  return Term::forward_temporaries;
}

Term term_of_backward(const Birth& birth, const TrainingSetup& setup) {
  constexpr std::string_view kEngine = "autograd::engine::evaluate_function: ";
  std::string_view op = birth.op;
  if (op.substr(0, kEngine.size()) == kEngine) op.remove_prefix(kEngine.size());
  if (birth.is_logits) return setup.loss_chunk_rows > 0 ? Term::logits_of_chunk : Term::logits_gradients;
  // Gradients of the shared table from the head and from the embedding, and the engine's sum of the two.
  const bool of_head = birth.module == "lm_head" && (op == "MmBackward0" || op == "AddmmBackward0");
  const bool of_table = of_head || op == kChunkedLossNode || op == "EmbeddingBackward0" || op == "aten::add";
  // Under autocast the head's own gradient is cast before it waits, and that cast is the gradient in the end.
  const bool table_sized = birth.bytes == widths_of(setup).weight * setup.vocabulary * setup.hidden;
  if (setup.tied_head && head_is_trained(setup) && of_table && table_sized) return Term::tied_gradients;
  if (birth.module.empty() && op == "aten::empty") return Term::worker_row_sums;
  return Term::backward_in_flight;
}

}  // namespace

Bytes sum(const TermBytes& bytes) { return std::accumulate(bytes.begin(), bytes.end(), Bytes{0}); }

Term term_of(const Birth& birth, const TrainingSetup& setup) {
  switch (birth.role) {
    case Role::parameter:
    case Role::buffer: return term_of_weights(birth, setup);
    case Role::gradient: return Term::gradients;
    case Role::optimizer_state: return Term::optimizer_state;
    case Role::input: return Term::inputs;
    case Role::workspace: return Term::library_workspaces;
    case Role::none: break;
  }
  if (birth.is_library_scratch) return Term::library_scratch;
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
    case Term::teacher_weights: return "weights of the teacher";
    case Term::pruning_masks: return "masks of pruned weights";
    case Term::weight_copies: return "weights cast by autocast";
    case Term::gradients: return "gradients";
    case Term::optimizer_state: return "optimizer state";
    case Term::inputs: return "inputs: tokens and targets";
    case Term::positions: return "position ids";
    case Term::rotary_angles: return "cosine and sine of the rotary positions";
    case Term::position_bias: return "positions as a bias of the scores";
    case Term::residual_stream: return "blocks: inputs of the norms (residual stream)";
    case Term::embedding_dropout: return "embedding dropout: noise and result";
    case Term::norm_outputs: return "blocks: norm outputs, inputs of c_attn and c_fc";
    case Term::norm_statistics: return "mean and 1/std of the norms";
    case Term::query_key_value: return "blocks: q, k, v";
    case Term::rotated_query_key: return "blocks: q and k, turned by their positions";
    case Term::shared_key_value: return "blocks: k and v, a copy for each head of queries";
    case Term::attention_kernel: return "blocks: kept by scaled_dot_product_attention";
    case Term::causal_mask: return "blocks: causal mask";
    case Term::padding_mask: return "mask of what follows and of padding, one for all blocks";
    case Term::attention_scores: return "blocks: softmax of the scores";
    case Term::attention_dropout: return "blocks: attention dropout, noise and result";
    case Term::heads_joined: return "blocks: heads joined, input of attn.c_proj";
    case Term::feed_forward_wide: return "blocks: c_fc output, input of GELU";
    case Term::feed_forward_gelu: return "blocks: GELU output, input of mlp.c_proj";
    case Term::adapter_products: return "blocks: x A of the adapters, input of B";
    case Term::feed_forward_silu: return "blocks: SiLU output of the gate";
    case Term::feed_forward_product: return "blocks: gate · up, input of down_proj";
    case Term::masked_weights: return "blocks: weights with their mask applied";
    case Term::residual_dropout: return "blocks: noise of the residual dropouts";
    case Term::head_transform: return "head: inputs of its GELU and of its norm";
    case Term::head_input: return "final norm output, input of the head";
    case Term::logits: return "logits";
    case Term::log_softmax: return "log-softmax of the logits";
    case Term::softened_logits: return "softened logits: the teacher's softmax, the student's log-softmax";
    case Term::loss_scalars: return "loss and its total weight";
    case Term::logits_gradients: return "gradients of log-softmax and logits (the spike)";
    case Term::logits_of_chunk: return "logits of a chunk and their softmax (the spike)";
    case Term::teacher_logits: return "logits of the teacher";
    case Term::divergence: return "divergence from the teacher, number by number";
    case Term::tied_gradients: return "tied head: two gradients waiting for their sum";
    case Term::backward_in_flight: return "gradients of activations, scratch of backward";
    case Term::worker_row_sums: return "row sums of flash attention's worker threads";
    case Term::optimizer_temporaries: return "temporaries of the optimizer step";
    case Term::forward_temporaries: return "temporaries of the forward pass";
    case Term::library_workspaces: return "cuBLAS workspaces";
    case Term::library_scratch: return "scratch of oneDNN and cuDNN";
    case Term::carried_in: return "allocated before the session began";
    case Term::other: return "not in the model";
  }
  return "not in the model";
}

std::string_view name_of(Term term, const TrainingSetup& setup) {
  for (const RowName& row : family_rows(setup.model_family).names)
    if (row.term == term) return row.name;
  return name_of(term);
}

}  // namespace profile_train
