#include "profiler/memory_model/rows/bert_formulas.h"

#include "profiler/memory_model/rows/attention_formulas.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// The letters of docs/memory_model.md. E counts numbers, not bytes. L: the blocks that keep what they did; `inputs`:
/// those that are checkpointed and keep their input instead.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : inputs(checkpointed_blocks(s)),
        L(s.blocks - inputs),
        S(s.sequence),
        E(s.batch * s.sequence * s.hidden),
        BS(s.batch * s.sequence),
        BSF(s.batch * s.sequence * s.feed_forward) {}
  Bytes inputs, L, S, E, BS, BSF;
};

/// A block keeps what its first norm gave for the feed-forward part, and its input, which is what the norm before it
/// gave, for q, k and v. Autocast keeps a copy for each of the four products instead, and the input of a checkpointed
/// block alone as it was. The head's transform takes what the last block gave. The input of the first block is the
/// embedding dropout's result, if there is one, and counts there.
TermFormula norm_outputs(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const bool first_is_dropped = s.dropout > 0.0;
  if (!is_autocast(s.precision))
    return sum_of(sized(2 * w.residual, "E·L", n.E * n.L),
                  sized(w.residual * (n.inputs + (first_is_dropped ? 0 : 1)), "E", n.E));
  const std::int64_t kept_inputs = n.inputs > 0 && first_is_dropped ? n.inputs - 1 : n.inputs;
  return sum_of(sized(4 * w.norm_output, "E·L", n.E * n.L), sized(w.norm_output + w.residual * kept_inputs, "E", n.E));
}

TermFormula embedding_dropout(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.dropout == 0.0) return {};
  const Bytes noise = s.on_cuda() ? 1 : w.residual;
  const bool result_is_kept = !is_autocast(s.precision) || n.inputs > 0;  // by products as it is, or by a checkpoint
  return sized(noise + (result_is_kept ? w.residual : 0), "E", n.E);
}

/// Inputs of GELU and of the norm after it. Autocast on CUDA norms in fp32.
TermFormula head_transform(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const bool cast = is_autocast(s.precision) && s.on_cuda();
  return sized(w.product + (cast ? w.residual : w.product), "E", n.E);
}

/// Numbers in the weights that autocast copies for a graph that is kept.
std::int64_t kept_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t square = s.hidden * s.hidden;
  return (4 * square + 2 * s.hidden * s.feed_forward) * n.L + square + s.vocabulary * s.hidden;
}

}  // namespace

std::optional<TermFormula> bert_formula(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const Widths w = widths_of(s);
  const Bytes noise = s.on_cuda() ? 1 : w.product;
  switch (term) {
    case Term::weight_copies:
      return is_autocast(s.precision) ? sized(2, "N_lin", kept_matrix_parameters(s, n)) : TermFormula{};
    case Term::positions: return sum_of(sized(8, "S", n.S), {"8", 8});  // and the one segment id
    case Term::residual_stream: return sum_of(sized(2 * w.residual, "E·L", n.E * n.L), sized(w.residual, "E", n.E));
    case Term::embedding_dropout: return embedding_dropout(s, n, w);
    case Term::norm_outputs: return norm_outputs(s, n, w);
    case Term::norm_statistics:
      return sum_of(sized(4 * w.statistic, "BS·L", n.BS * n.L), sized(4 * w.statistic, "BS", n.BS));
    case Term::query_key_value: return query_key_value(s, Projections::separate, n.L);
    case Term::attention_kernel: return attention_kernel(s, n.L);
    case Term::causal_mask: return TermFormula{};
    case Term::padding_mask: return padding_mask(s, n.L, n.inputs);
    case Term::attention_scores: return attention_scores(s, n.L);
    case Term::attention_dropout: return attention_dropout(s, n.L);
    case Term::heads_joined: return heads_joined(s, n.L);
    case Term::feed_forward_wide:
    case Term::feed_forward_gelu: return sized(w.product, "BSF·L", n.BSF * n.L);
    case Term::residual_dropout: return s.dropout > 0.0 ? sized(2 * noise, "E·L", n.E * n.L) : TermFormula{};
    case Term::head_transform: return head_transform(s, n, w);
    case Term::head_input: return sized(w.norm_output, "E", n.E);
    default: return std::nullopt;
  }
}

}  // namespace profile_train
