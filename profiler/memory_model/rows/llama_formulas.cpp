#include "profiler/memory_model/rows/llama_formulas.h"

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/attention_formulas.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// The letters of docs/memory_model.md, as numbers, not bytes. `L` counts the blocks that are not checkpointed.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : inputs(checkpointed_blocks(s)),
        L(s.blocks - inputs),
        BS(s.batch * s.sequence),
        E(BS * s.hidden),
        BSad(BS * s.heads * head_size(s)),
        BSgd(BS * kv_heads(s) * head_size(s)),
        A(s.batch * s.heads * s.sequence * s.sequence),
        BSF(BS * s.feed_forward) {}
  std::int64_t inputs, L, BS, E, BSad, BSgd, A, BSF;
};

/// What becomes of keys and values that several heads of queries share.
struct Sharing {
  explicit Sharing(const TrainingSetup& s)
      : copied(kv_heads(s) != s.heads && kv_heads(s) > 1), seen_often(kv_heads(s) != s.heads && kv_heads(s) == 1) {}
  bool copied;      ///< a copy for each head of queries
  bool seen_often;  ///< one head for all: a view with a stride of 0, until an operator wants it to lie in memory
};

/// (B, a, S, d) as three dimensions is a view, not a copy, if B or a is 1.
bool heads_fold_as_they_lie(const TrainingSetup& s) { return s.batch == 1 || s.heads == 1; }

/// Bytes of q and k that are kept with their positions: as numbers of BSad and of BSgd, each with its width.
TermFormula rotated_query_key(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const AttentionPath path = path_of(s);
  // Under autocast a half precision copy is kept instead, and attention from parts keeps what it has scaled.
  if (is_autocast(s.precision) || path == AttentionPath::parts) return {};
  const bool as_they_lie = path != AttentionPath::materialised || heads_fold_as_they_lie(s);
  const Sharing sharing(s);
  const TermFormula query = as_they_lie ? sized(w.product, "BSad·L", n.BSad * n.L) : TermFormula{};
  const bool key_lies = as_they_lie && !sharing.copied;
  return sum_of(query, key_lies ? sized(w.product, "BSgd·L", n.BSgd * n.L) : TermFormula{});
}

/// Copies of keys and values: of the keys only where they are multiplied in the precision that they were turned in.
TermFormula shared_key_value(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (!Sharing(s).copied) return {};
  const bool parts = path_of(s) == AttentionPath::parts;
  const bool keys = !is_autocast(s.precision) && !parts;
  const bool values = !parts || w.product == 4;
  return sized((keys ? w.product : 0) + (values ? w.product : 0), "BSad·L", n.BSad * n.L);
}

/// v as its projection made it, and copies that materialised attention made of q, k and v.
TermFormula query_key_value(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const AttentionPath path = path_of(s);
  const Sharing sharing(s);
  const bool folds = heads_fold_as_they_lie(s);
  const TermFormula projected = sized(w.product, "BSgd·L", n.BSgd * n.L);
  if (path == AttentionPath::parts)  // in fp32: it keeps a copy unless v is that already and lies right
    return w.product == 4 && folds && !sharing.copied ? projected : TermFormula{};
  if (path != AttentionPath::materialised) return sharing.copied ? TermFormula{} : projected;

  const bool half_copies = is_autocast(s.precision);
  std::int64_t copies = 0;  // of BSad numbers
  copies += half_copies || !folds ? 1 : 0;
  copies += half_copies || (!folds && !sharing.copied) ? 1 : 0;
  const bool value_is_copied = sharing.seen_often && !folds;
  copies += value_is_copied ? 1 : 0;
  copies += s.heads == 1 ? 1 : 0;  // the result, which needs no joining
  const bool value_lies = !sharing.copied && !value_is_copied;
  return sum_of(sized(copies * w.product, "BSad·L", n.BSad * n.L), value_lies ? projected : TermFormula{});
}

TermFormula attention_kernel(const TrainingSetup& s, const Letters& n, const Widths& w) {
  constexpr std::int64_t kRowsTogether = 32;
  const std::int64_t rounded_rows = (s.sequence + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
  const AttentionPath path = path_of(s);
  const bool folds = heads_fold_as_they_lie(s);
  const std::int64_t BaS = n.BS * s.heads;
  if (path == AttentionPath::materialised) return {};
  if (path == AttentionPath::parts) {  // in fp32: q and k scaled, v if it had to be copied, the result if it stays
    const bool copies_value = w.product == 2 || (!folds && !Sharing(s).copied);
    const Bytes joined = s.heads == 1 ? w.product : 0;
    return sum_of(sized(8 + (copies_value ? 4 : 0) + joined, "BSad·L", n.BSad * n.L), sized(4, "A·L", n.A * n.L));
  }
  // The result, and under autocast q and k, whose positions have made them fp32.
  const Bytes casts = is_autocast(s.precision) ? 4 : 0;
  const TermFormula tensors = sum_of(sized(w.product + casts, "BSad·L", n.BSad * n.L), added_mask(s, n.L));
  const TermFormula sums = sized(4, "BaS·L", BaS * n.L);
  switch (path) {
    case AttentionPath::flash:
      return sum_of(sum_of(lengthens_heads(s) ? longer_heads(s, n.L) : tensors, sums), sized(24, "L", n.L));
    case AttentionPath::cudnn: return sum_of(sum_of(tensors, sums), sized(16, "L", n.L));
    case AttentionPath::efficient:
      return sum_of(tensors, sized(4, "Ba·ceil32(S)·L", s.batch * s.heads * rounded_rows * n.L));
    default: return sum_of(tensors, sums);
  }
}

/// Numbers in the weights that autocast copies for a graph that is kept. A loss in chunks casts the head by itself.
std::int64_t kept_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t head = s.loss_chunk_rows > 0 ? 0 : s.vocabulary * s.hidden;
  const std::int64_t heads = 2 * s.heads + 2 * kv_heads(s);
  return (heads * head_size(s) * s.hidden + 3 * s.hidden * s.feed_forward) * n.L + head;
}

}  // namespace

std::optional<TermFormula> llama_formula(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const Widths w = widths_of(s);
  const bool autocast = is_autocast(s.precision);
  const AttentionPath path = path_of(s);
  const bool materialised = path == AttentionPath::materialised;
  const bool lengthens = lengthens_heads(s);  // copies, which the kernel keeps instead
  const bool copies_joined = lengthens || ((materialised || path == AttentionPath::parts) && s.heads > 1);
  // The CPU makes RMSNorm from parts, in fp32: the quotient before it is scaled is kept, and the input's copy in fp32
  // instead of the input.
  const bool half_on_cpu = !s.on_cuda() && is_pure_half(s.precision);
  const Bytes norm_parts = s.on_cuda() ? 0 : half_on_cpu ? 8 : 4;
  const Bytes norm_input = half_on_cpu ? 0 : w.residual;
  switch (term) {
    case Term::weight_copies: return autocast ? sized(2, "N_lin", kept_matrix_parameters(s, n)) : TermFormula{};
    case Term::rotary_angles:
      return s.blocks > 0 ? sized(2 * w.residual, "Sd", s.sequence * head_size(s)) : TermFormula{};
    case Term::residual_stream:
      return sum_of(sized(2 * norm_input, "E·L", n.E * n.L), sized(w.residual * n.inputs + norm_input, "E", n.E));
    case Term::norm_outputs:  // under autocast each of the five products takes a copy of its own
      return sized(2 * norm_parts + (autocast ? 10 : 2 * w.residual), "E·L", n.E * n.L);
    case Term::norm_statistics: return sum_of(sized(8, "BS·L", n.BS * n.L), sized(4, "BS", n.BS));
    case Term::query_key_value: return lengthens ? TermFormula{} : query_key_value(s, n, w);
    case Term::rotated_query_key: return lengthens ? TermFormula{} : rotated_query_key(s, n, w);
    case Term::shared_key_value: return lengthens ? TermFormula{} : shared_key_value(s, n, w);
    case Term::attention_kernel: return attention_kernel(s, n, w);
    case Term::causal_mask:
      return materialised && s.padding == 0.0 ? sized(1, "S²·L", s.sequence * s.sequence * n.L) : TermFormula{};
    case Term::padding_mask: return padding_mask(s, n.L, n.inputs);
    case Term::attention_scores:
      return materialised ? sized(w.softmax + w.cast_softmax, "A·L", n.A * n.L) : TermFormula{};
    case Term::heads_joined: return copies_joined ? sized(w.product, "BSad·L", n.BSad * n.L) : TermFormula{};
    case Term::feed_forward_wide: return sized(2 * w.product, "BSF·L", n.BSF * n.L);
    case Term::feed_forward_silu:
    case Term::feed_forward_product: return sized(w.product, "BSF·L", n.BSF * n.L);
    case Term::head_input: return sized(norm_parts + (autocast && s.loss_chunk_rows == 0 ? 2 : w.residual), "E", n.E);
    case Term::library_workspaces:  // no biases, so that nothing asks cuBLASLt
      return s.on_cuda() ? TermFormula{"2·cuBLAS", 2 * s.cublas_workspace_bytes} : TermFormula{};
    default: return std::nullopt;
  }
}

}  // namespace profile_train
