#include "profiler/memory_model/rows/gpt2_formulas.h"

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/attention_formulas.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// The letters of docs/memory_model.md. E counts numbers, not bytes.
///
/// Checkpointing leaves fewer than L blocks that keep what they did, and of frozen blocks none does: `L` is the number
/// of those that do, for attention and for the rest of a block apart, and `inputs` the number of blocks that keep their
/// input instead. `first_untrained`: with adapters the first block's input and first norm need no gradient, so that the
/// norm keeps nothing and c_attn not its weight; 1 if that block is one of `L`, else 0.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : inputs(checkpointed_blocks(s)),
        L(s.blocks - s.frozen_blocks - inputs),
        L_attention(s.checkpointing == Checkpointing::attention ? 0 : L),
        first_untrained(s.lora_rank > 0 && !is_checkpointed(s.checkpointing, s.checkpoint_every, 0) ? 1 : 0),
        S(s.sequence),
        E(s.batch * s.sequence * s.hidden),
        BS(s.batch * s.sequence),
        BSF(s.batch * s.sequence * s.feed_forward),
        VH(s.vocabulary * s.hidden) {}
  Bytes inputs, L, L_attention, first_untrained, S, E, BS, BSF, VH;
};

/// Whether what the embeddings give is kept, as the input of a norm or of a checkpoint.
bool first_input_is_kept(const TrainingSetup& s, const Letters& n) {
  return s.frozen_blocks == 0 && n.first_untrained == 0;
}

/// Beside what the norms of the blocks keep: the inputs of checkpointed blocks and of the final norm. The first of them
/// is the embedding dropout's result, if there is one, and counts there.
TermFormula inputs_and_final_norm(const Letters& n, const Widths& w, const TrainingSetup& s) {
  const bool is_dropped = s.dropout > 0.0 && first_input_is_kept(s, n);
  const std::int64_t tensors = n.inputs + 1 - (is_dropped ? 1 : 0) - n.first_untrained;
  return tensors == 0 ? TermFormula{} : sized(w.residual * tensors, "E", n.E);
}

/// Numbers in the matrices of so many attentions and so many feed-forward parts.
std::int64_t matrix_parameters(const TrainingSetup& s, std::int64_t attentions, std::int64_t feed_forwards) {
  return 4 * s.hidden * attention_width(s) * attentions + 2 * s.hidden * s.feed_forward * feed_forwards;
}

/// Numbers in the matrices that products keep for their input's gradient, if they are stored whole.
std::int64_t whole_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t first = n.L_attention > 0 ? n.first_untrained * 3 * s.hidden * s.heads * head_size(s) : 0;
  return matrix_parameters(s, n.L_attention, n.L) - first;
}

/// What the products keep of pruned weights; under autocast a copy of that, which is another row.
TermFormula masked_weights(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.pruning != Pruning::unstructured || is_autocast(s.precision)) return {};
  return sized(w.weight, "N_blocks", whole_matrix_parameters(s, n));
}

/// Numbers in both factors of the adapters that are kept: all but the first block's A of c_attn.
std::int64_t adapter_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t inner = s.heads * head_size(s);
  const std::int64_t sides_of_attention = (s.hidden + 3 * inner) + (inner + s.hidden);
  const std::int64_t sides_of_feed_forward = 2 * (s.hidden + s.feed_forward);
  const std::int64_t first = n.L_attention > 0 ? n.first_untrained * s.hidden : 0;
  return s.lora_rank * (sides_of_attention * n.L_attention + sides_of_feed_forward * n.L - first);
}

/// Numbers in the weights that autocast copies for a graph that is kept.
/// A loss in chunks casts the head again in backward.
std::int64_t kept_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t head = s.loss_chunk_rows > 0 ? 0 : n.VH;
  const std::int64_t whole = s.weight_storage == WeightStorage::full ? whole_matrix_parameters(s, n) : 0;
  return whole + adapter_parameters(s, n) + head;
}

/// Its result, as the first block's input, and what its own backward needs.
TermFormula embedding_dropout(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.dropout == 0.0) return {};
  const Bytes noise = s.on_cuda() ? 1 : w.residual;
  return sized((first_input_is_kept(s, n) ? w.residual : 0) + (is_tuned_in_part(s) ? 0 : noise), "E", n.E);
}

}  // namespace

std::optional<TermFormula> gpt2_formula(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const Widths w = widths_of(s);
  const bool drops = s.dropout > 0.0;
  const bool materialised = path_of(s) == AttentionPath::materialised;
  const Bytes noise = s.on_cuda() ? 1 : w.product;  // of a dropped number: a mask, or the factor itself
  const bool attention_again = s.checkpointing == Checkpointing::attention;
  switch (term) {
    case Term::weight_copies:
      return is_autocast(s.precision) ? sized(2, "N_lin", kept_matrix_parameters(s, n)) : TermFormula{};
    case Term::positions: return is_tuned_in_part(s) ? TermFormula{} : sized(8, "S", n.S);
    case Term::residual_stream: return sum_of(sized(2 * w.residual, "E·L", n.E * n.L), inputs_and_final_norm(n, w, s));
    case Term::embedding_dropout: return embedding_dropout(s, n, w);
    case Term::norm_outputs:  // a checkpoint keeps its input as the norm gave it
      return sized(w.norm_output + (attention_again ? w.residual : w.norm_output), "E·L", n.E * n.L);
    case Term::norm_statistics:
      return sum_of(sized(4 * w.statistic, "BS·L", n.BS * n.L),
                    sized(2 * w.statistic, "BS", n.BS * (1 - n.first_untrained)));
    case Term::query_key_value: return query_key_value(s, Projections::joint, n.L_attention);
    case Term::attention_kernel: return attention_kernel(s, n.L_attention);
    case Term::causal_mask:
      return materialised && s.padding == 0.0 ? sized(1, "S²·L", n.S * n.S * n.L_attention) : TermFormula{};
    case Term::padding_mask: return padding_mask(s, n.L_attention, n.inputs + (attention_again ? n.L : 0));
    case Term::attention_scores: return attention_scores(s, n.L_attention);
    case Term::attention_dropout: return attention_dropout(s, n.L_attention);
    case Term::heads_joined: return heads_joined(s, n.L_attention);
    case Term::feed_forward_wide:
    case Term::feed_forward_gelu: return sized(w.product, "BSF·L", n.BSF * n.L);
    case Term::residual_dropout:
      return drops ? sized((attention_again ? 1 : 2) * noise, "E·L", n.E * n.L) : TermFormula{};
    case Term::pruning_masks:
      return s.pruning == Pruning::unstructured ? sized(1, "N_blocks", matrix_parameters(s, s.blocks, s.blocks))
                                                : TermFormula{};
    case Term::masked_weights: return masked_weights(s, n, w);
    case Term::adapter_products: return sized(w.product, "BSr·4L", n.BS * s.lora_rank * (2 * n.L_attention + 2 * n.L));
    case Term::head_input:
      if (s.loss_chunk_rows > 0) return sized(w.residual, "E", n.E);
      return head_is_trained(s) ? sized(w.norm_output, "E", n.E) : TermFormula{};
    default: return std::nullopt;
  }
}

}  // namespace profile_train
