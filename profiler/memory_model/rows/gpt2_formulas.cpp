#include "profiler/memory_model/rows/gpt2_formulas.h"

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// The letters of docs/memory_model.md. E and A count numbers, not bytes.
///
/// Checkpointing leaves fewer than L blocks that keep what they did: `L` is the number of those, for attention and for
/// the rest of a block apart, and `inputs` the number of blocks that keep their input instead.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : inputs(checkpointed_blocks(s)),
        L(s.blocks - inputs),
        L_attention(s.checkpointing == Checkpointing::attention ? 0 : L),
        S(s.sequence),
        E(s.batch * s.sequence * s.hidden),
        A(s.batch * s.heads * s.sequence * s.sequence),
        BS(s.batch * s.sequence),
        BaS(s.batch * s.heads * s.sequence),
        BSF(s.batch * s.sequence * s.feed_forward),
        VH(s.vocabulary * s.hidden) {}
  Bytes inputs, L, L_attention, S, E, A, BS, BaS, BSF, VH;
};

/// (B, a, S, d) as three dimensions is a view, not a copy, if B or a is 1.
bool heads_fold_as_they_lie(const TrainingSetup& s) { return s.batch == 1 || s.heads == 1; }

/// The projection itself, where an operator keeps q, k and v as they lie; else the copies it made of them.
TermFormula query_key_value(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const AttentionPath path = path_of(s);
  const bool joined_here = path == AttentionPath::materialised && s.heads == 1;  // nothing to reorder
  if (joined_here) return sized(4 * w.product, "E·L", n.E * n.L_attention);
  const bool kernel_copies = path == AttentionPath::parts && (w.product == 2 || !heads_fold_as_they_lie(s));
  if (kernel_copies) return {"0: the kernel keeps copies", 0};
  return sized(3 * w.product, "E·L", n.E * n.L_attention);
}

TermFormula attention_kernel(const TrainingSetup& s, const Letters& n, const Widths& w) {
  constexpr std::int64_t kRowsTogether = 32;
  const std::int64_t rounded_rows = (s.sequence + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
  const TermFormula result = sized(w.product, "E·L", n.E * n.L_attention);
  switch (path_of(s)) {
    case AttentionPath::materialised: return {};
    case AttentionPath::flash_cpu: return sum_of(result, sized(4, "BaS·L", n.BaS * n.L_attention));
    case AttentionPath::flash:
      return sum_of(sum_of(result, sized(4, "BaS·L", n.BaS * n.L_attention)), sized(24, "L", n.L_attention));
    case AttentionPath::cudnn:
      return sum_of(sum_of(result, sized(4, "BaS·L", n.BaS * n.L_attention)), sized(16, "L", n.L_attention));
    case AttentionPath::efficient:
      return sum_of(result, sized(4, "Ba·ceil32(S)·L", s.batch * s.heads * rounded_rows * n.L_attention));
    case AttentionPath::parts: break;
  }
  // In fp32, whatever comes in: q, k scaled and v, folded into three dimensions, and the result if it stays as it is.
  const bool half = w.product == 2;
  const Bytes v = half || !heads_fold_as_they_lie(s) ? 4 : 0;
  const Bytes joined = s.heads == 1 ? w.product : 0;
  const Bytes noise = s.on_cuda() ? 1 : 4;
  const Bytes scores = 4 + (s.dropout > 0.0 ? 4 + noise : 0);
  return sum_of(sized(8 + v + joined, "E·L", n.E * n.L_attention), sized(scores, "A·L", n.A * n.L_attention));
}

/// Beside what the norms of the blocks keep: the inputs of checkpointed blocks and of the final norm. The first of them
/// is the embedding dropout's result, if there is one, and counts there.
TermFormula inputs_and_final_norm(const Letters& n, const Widths& w, const TrainingSetup& s) {
  const std::int64_t tensors = n.inputs + (s.dropout > 0.0 ? 0 : 1);
  return tensors == 0 ? TermFormula{} : sized(w.residual * tensors, "E", n.E);
}

/// Numbers in the weights that autocast copies for a graph that is kept.
std::int64_t kept_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  return 4 * s.hidden * s.hidden * n.L_attention + 2 * s.hidden * s.feed_forward * n.L + n.VH;
}

}  // namespace

std::optional<TermFormula> gpt2_formula(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const Widths w = widths_of(s);
  const bool drops = s.dropout > 0.0;
  const AttentionPath path = path_of(s);
  const bool materialised = path == AttentionPath::materialised;
  const bool copies_joined = (materialised || path == AttentionPath::parts) && s.heads > 1;
  const Bytes noise = s.on_cuda() ? 1 : w.product;  // of a dropped number: a mask, or the factor itself
  const Bytes embedding_noise = s.on_cuda() ? 1 : w.residual;
  const Bytes dropped_scores = w.cast_softmax > 0 ? 0 : w.product;  // else the cast is what is kept of them
  const bool attention_again = s.checkpointing == Checkpointing::attention;
  switch (term) {
    case Term::weight_copies:
      return is_autocast(s.precision) ? sized(2, "N_lin", kept_matrix_parameters(s, n)) : TermFormula{};
    case Term::positions: return sized(8, "S", n.S);
    case Term::residual_stream: return sum_of(sized(2 * w.residual, "E·L", n.E * n.L), inputs_and_final_norm(n, w, s));
    case Term::embedding_dropout: return drops ? sized(w.residual + embedding_noise, "E", n.E) : TermFormula{};
    case Term::norm_outputs:  // a checkpoint keeps its input as the norm gave it
      return sized(w.norm_output + (attention_again ? w.residual : w.norm_output), "E·L", n.E * n.L);
    case Term::norm_statistics:
      return sum_of(sized(4 * w.statistic, "BS·L", n.BS * n.L), sized(2 * w.statistic, "BS", n.BS));
    case Term::query_key_value: return query_key_value(s, n, w);
    case Term::attention_kernel: return attention_kernel(s, n, w);
    case Term::causal_mask: return materialised ? sized(1, "S²·L", n.S * n.S * n.L_attention) : TermFormula{};
    case Term::attention_scores:
      return materialised ? sized(w.softmax + w.cast_softmax, "A·L", n.A * n.L_attention) : TermFormula{};
    case Term::attention_dropout:
      return materialised && drops ? sized(noise + dropped_scores, "A·L", n.A * n.L_attention) : TermFormula{};
    case Term::heads_joined: return copies_joined ? sized(w.product, "E·L", n.E * n.L_attention) : TermFormula{};
    case Term::feed_forward_wide:
    case Term::feed_forward_gelu: return sized(w.product, "BSF·L", n.BSF * n.L);
    case Term::residual_dropout:
      return drops ? sized((attention_again ? 1 : 2) * noise, "E·L", n.E * n.L) : TermFormula{};
    case Term::head_input: return sized(w.norm_output, "E", n.E);
    default: return std::nullopt;
  }
}

}  // namespace profile_train
