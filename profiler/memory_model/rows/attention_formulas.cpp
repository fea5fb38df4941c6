#include "profiler/memory_model/rows/attention_formulas.h"

#include <fmt/format.h>

#include <string_view>

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// E, unless the heads together are not as wide as the residual stream.
std::int64_t e(const TrainingSetup& s) { return s.batch * s.sequence * attention_width(s); }
std::string_view e_of_layers(const TrainingSetup& s) { return attention_width(s) == s.hidden ? "E·L" : "BSad·L"; }
std::int64_t a(const TrainingSetup& s) { return s.batch * s.heads * s.sequence * s.sequence; }
std::int64_t bas(const TrainingSetup& s) { return s.batch * s.heads * s.sequence; }

/// (B, a, S, d) as three dimensions is a view, not a copy, if B or a is 1.
bool heads_fold_as_they_lie(const TrainingSetup& s) { return s.batch == 1 || s.heads == 1; }

/// Of the mask of padded sequences: one for each position, or where they all see the same one for each sequence.
struct MaskRows {
  std::string_view letters;
  std::int64_t number;
};
MaskRows mask_rows(const TrainingSetup& s) {
  if (s.model_family == "bert") return {"B·", s.batch};
  return {"BS·", s.batch * s.sequence};
}

}  // namespace

TermFormula longer_heads(const TrainingSetup& s, std::int64_t layers) {
  constexpr std::int64_t kNumbersTogether = 8;
  const std::int64_t numbers = (head_size(s) + kNumbersTogether - 1) / kNumbersTogether * kNumbersTogether;
  return sized(4 * widths_of(s).product, "BaS·ceil8(d)·L", bas(s) * numbers * layers);
}

TermFormula added_mask(const TrainingSetup& s, std::int64_t layers) {
  constexpr std::int64_t kColumnsTogether = 8;  // of memory-efficient attention
  const AttentionPath path = path_of(s);
  if (s.padding == 0.0 || path == AttentionPath::materialised || path == AttentionPath::parts) return {};
  const Bytes product = widths_of(s).product;
  const MaskRows rows = mask_rows(s);
  if (path != AttentionPath::efficient)
    return sized(product, fmt::format("{}S·L", rows.letters), rows.number * s.sequence * layers);
  const std::int64_t columns = (s.sequence + kColumnsTogether - 1) / kColumnsTogether * kColumnsTogether;
  return sized(product, fmt::format("{}ceil8(S)·L", rows.letters), rows.number * columns * layers);
}

TermFormula padding_mask(const TrainingSetup& s, std::int64_t layers, std::int64_t checkpoints) {
  const bool filled = path_of(s) == AttentionPath::materialised && layers > 0;
  if (s.padding == 0.0 || (!filled && checkpoints == 0)) return {};
  const MaskRows rows = mask_rows(s);
  return sized(1, fmt::format("{}S", rows.letters), rows.number * s.sequence);
}

TermFormula query_key_value(const TrainingSetup& s, Projections projections, std::int64_t layers) {
  const Bytes product = widths_of(s).product;
  const AttentionPath path = path_of(s);
  const bool joined_here = path == AttentionPath::materialised && s.heads == 1;  // nothing to reorder
  if (joined_here) return sized(4 * product, e_of_layers(s), e(s) * layers);
  const bool kernel_copies =
      lengthens_heads(s) || (path == AttentionPath::parts && (product == 2 || !heads_fold_as_they_lie(s)));
  if (kernel_copies) return {"0: the kernel keeps copies", 0};
  const bool only_v = path == AttentionPath::parts && projections == Projections::separate;  // q and k are scaled first
  if (only_v) return sized(product, e_of_layers(s), e(s) * layers);
  return sized(3 * product, e_of_layers(s), e(s) * layers);
}

TermFormula attention_kernel(const TrainingSetup& s, std::int64_t layers) {
  constexpr std::int64_t kRowsTogether = 32;
  const std::int64_t rounded_rows = (s.sequence + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
  const Bytes product = widths_of(s).product;
  const TermFormula result = sum_of(sized(product, e_of_layers(s), e(s) * layers), added_mask(s, layers));
  switch (path_of(s)) {
    case AttentionPath::materialised: return {};
    case AttentionPath::flash_cpu: return sum_of(result, sized(4, "BaS·L", bas(s) * layers));
    case AttentionPath::flash:
      return sum_of(sum_of(lengthens_heads(s) ? longer_heads(s, layers) : result, sized(4, "BaS·L", bas(s) * layers)),
                    sized(24, "L", layers));
    case AttentionPath::cudnn:
      return sum_of(sum_of(result, sized(4, "BaS·L", bas(s) * layers)), sized(16, "L", layers));
    case AttentionPath::efficient:
      return sum_of(result, sized(4, "Ba·ceil32(S)·L", s.batch * s.heads * rounded_rows * layers));
    case AttentionPath::parts: break;
  }
  // In fp32, whatever comes in: q, k scaled and v, folded into three dimensions, and the result if it stays as it is.
  const bool half = product == 2;
  const Bytes v = half || !heads_fold_as_they_lie(s) ? 4 : 0;
  const Bytes joined = s.heads == 1 ? product : 0;
  const Bytes noise = s.on_cuda() ? 1 : 4;
  const Bytes scores = 4 + (s.dropout > 0.0 ? 4 + noise : 0);
  return sum_of(sized(8 + v + joined, e_of_layers(s), e(s) * layers), sized(scores, "A·L", a(s) * layers));
}

TermFormula attention_scores(const TrainingSetup& s, std::int64_t layers) {
  if (path_of(s) != AttentionPath::materialised) return {};
  const Widths w = widths_of(s);
  return sized(w.softmax + w.cast_softmax, "A·L", a(s) * layers);
}

TermFormula attention_dropout(const TrainingSetup& s, std::int64_t layers) {
  if (path_of(s) != AttentionPath::materialised || s.dropout == 0.0) return {};
  const Widths w = widths_of(s);
  const Bytes noise = s.on_cuda() ? 1 : w.product;           // a mask, or the factor itself
  const Bytes dropped = w.cast_softmax > 0 ? 0 : w.product;  // else the cast is what is kept of them
  return sized(noise + dropped, "A·L", a(s) * layers);
}

TermFormula heads_joined(const TrainingSetup& s, std::int64_t layers) {
  const AttentionPath path = path_of(s);
  const bool copied =
      lengthens_heads(s) || ((path == AttentionPath::materialised || path == AttentionPath::parts) && s.heads > 1);
  return copied ? sized(widths_of(s).product, e_of_layers(s), e(s) * layers) : TermFormula{};
}

}  // namespace profile_train
