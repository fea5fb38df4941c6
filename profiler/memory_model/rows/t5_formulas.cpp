#include "profiler/memory_model/rows/t5_formulas.h"

#include "profiler/memory_model/attention_path.h"
#include "profiler/memory_model/parameter_shapes.h"
#include "profiler/memory_model/rows/attention_formulas.h"
#include "profiler/memory_model/rows/formula_parts.h"
#include "profiler/memory_model/widths.h"

namespace profile_train {
namespace {

/// The blocks of a stack: `L` keep what they did, `inputs` are checkpointed and keep their inputs instead.
struct Stack {
  Stack(TrainingSetup s, std::int64_t blocks) {
    s.blocks = blocks;
    inputs = checkpointed_blocks(s);
    L = blocks - inputs;
  }
  std::int64_t inputs = 0, L = 0;
};

/// The letters of docs/memory_model.md, as numbers, not bytes. L counts the blocks of both stacks that are not
/// checkpointed, Ld those of the decoder; a block has two norms, and in the decoder three.
struct Letters {
  explicit Letters(const TrainingSetup& s)
      : encoder(s, s.blocks),
        decoder(s, s.decoder_blocks > 0 ? s.decoder_blocks : s.blocks),
        inputs(encoder.inputs + decoder.inputs),
        L(encoder.L + decoder.L),
        norms(2 * encoder.L + 3 * decoder.L),
        S2(s.sequence * s.sequence),
        BS(s.batch * s.sequence),
        E(BS * s.hidden),
        A(s.batch * s.heads * S2),
        BSF(BS * s.feed_forward) {}
  Stack encoder, decoder;
  std::int64_t inputs, L, norms, S2, BS, E, A, BSF;
};

/// The CPU makes RMSNorm from parts, in fp32: the quotient before it is scaled is kept, and in pure half precision the
/// input's copy in fp32 instead of the input.
struct NormWidths {
  NormWidths(const TrainingSetup& s, const Widths& w) {
    const bool half_on_cpu = !s.on_cuda() && is_pure_half(s.precision);
    parts = s.on_cuda() ? 0 : half_on_cpu ? 8 : 4;
    input = half_on_cpu ? 0 : w.residual;
  }
  Bytes parts = 0, input = 0;
};

/// As a setup whose attention is that of the scores with a bias.
TrainingSetup with_bias(TrainingSetup s) {
  switch (path_of_learned_bias(s)) {
    case AttentionPath::parts: s.attention = AttentionKind::math; break;
    case AttentionPath::efficient: s.attention = AttentionKind::efficient; break;
    default: s.attention = AttentionKind::materialised;
  }
  return s;
}

/// Memory-efficient attention takes the bias as it lies if every row begins at a multiple of 8 numbers. With one head
/// the encoder's is a view whose strides say otherwise.
bool bias_lies_right(const TrainingSetup& s, bool encoder) { return s.sequence % 8 == 0 && !(encoder && s.heads == 1); }

/// What each block keeps of the bias for itself: a copy with longer rows, or a cast.
TermFormula bias_of_blocks(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (path_of_learned_bias(s) != AttentionPath::efficient) return {};
  const std::int64_t longer_row = s.sequence + 8 - s.sequence % 8;
  std::int64_t numbers = 0;
  for (const bool encoder : {true, false}) {
    const std::int64_t blocks = encoder ? n.encoder.L : n.decoder.L;
    const bool right = bias_lies_right(s, encoder);
    if (right && !is_autocast(s.precision)) continue;
    numbers += blocks * s.heads * s.sequence * (right ? s.sequence : longer_row);
  }
  return sized(w.product, "aS·ceil8(S)·L", numbers);
}

/// Kept by kernels that take it as it lies, and by checkpoints.
TermFormula position_bias(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const bool kernels_keep = path_of_learned_bias(s) == AttentionPath::efficient && !is_autocast(s.precision);
  std::int64_t stacks = 0;
  for (const bool encoder : {true, false}) {
    const Stack& stack = encoder ? n.encoder : n.decoder;
    stacks += stack.inputs > 0 || (kernels_keep && stack.L > 0 && bias_lies_right(s, encoder)) ? 1 : 0;
  }
  return sized(stacks * w.weight, "aS²", s.heads * n.S2);
}

/// Bytes a number of what the first block of a stack keeps of its input.
Bytes first_input(const Stack& stack, const NormWidths& norm, const Widths& w) {
  return stack.inputs > 0 ? w.residual : norm.input;
}

/// Inputs of all norms, the final ones too, and of checkpointed blocks. The first of a stack is its dropout's result,
/// if there is one, and counts there.
TermFormula residual_stream(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const NormWidths norm(s, w);
  Bytes of_all = norm.input * (n.norms + 2) + w.residual * n.inputs;
  if (s.dropout > 0.0) of_all -= first_input(n.encoder, norm, w) + first_input(n.decoder, norm, w);
  return sized(of_all, "E", n.E);
}

/// Of what the encoder made, or its dropout did: autocast's products keep casts of it.
bool encoded_is_kept(const TrainingSetup& s, const Letters& n) {
  return !is_autocast(s.precision) || n.decoder.inputs > 0;
}

/// Of what the decoder made, without a scale after it.
bool decoded_is_kept(const TrainingSetup& s) {
  return !s.tied_head && (!is_autocast(s.precision) || s.loss_chunk_rows > 0);
}

/// Two before the stacks and two after them.
TermFormula dropouts_of_stacks(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.dropout == 0.0) return {};
  const NormWidths norm(s, w);
  const Bytes noise = s.on_cuda() ? 1 : w.residual;
  const Bytes results = first_input(n.encoder, norm, w) + first_input(n.decoder, norm, w) +
                        (encoded_is_kept(s, n) ? w.residual : 0) + (decoded_is_kept(s) ? w.residual : 0);
  return sized(4 * noise + results, "E", n.E);
}

/// Of the blocks and of the encoder; under autocast what each product took: q, k and v of self-attention, q of the
/// other one, k and v of what the encoder made, and one or two of the feed-forward part.
TermFormula norm_outputs(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const Bytes parts = NormWidths(s, w).parts * (n.norms + 1);
  const bool autocast = is_autocast(s.precision);
  const Bytes encoded = s.dropout == 0.0 && encoded_is_kept(s, n) ? w.residual : 0;
  const std::int64_t casts = n.L * (s.gated_feed_forward ? 5 : 4) + 3 * n.decoder.L;
  return sized(parts + (autocast ? 2 * casts : w.residual * n.norms) + encoded, "E", n.E);
}

TermFormula head_input(const TrainingSetup& s, const Letters& n, const Widths& w) {
  const bool cast = is_autocast(s.precision) && s.loss_chunk_rows == 0;
  const bool counts_as_dropout = s.dropout > 0.0 && !s.tied_head;
  return sized(NormWidths(s, w).parts + (cast ? 2 : counts_as_dropout ? 0 : w.residual), "E", n.E);
}

/// With a bias scores are as wide as the bias, under autocast too.
TermFormula scores(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.attention != AttentionKind::materialised) return {};
  const Bytes with_bias = is_autocast(s.precision) ? 6 : w.softmax;
  return sum_of(sized(with_bias, "A·L", n.A * n.L), attention_scores(s, n.decoder.L));
}

TermFormula dropouts_of_scores(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.attention != AttentionKind::materialised || s.dropout == 0.0) return {};
  const Bytes noise = s.on_cuda() ? 1 : w.weight;
  const Bytes dropped = is_autocast(s.precision) ? 0 : w.product;  // else the cast is what is kept of them
  return sum_of(sized(noise + dropped, "A·L", n.A * n.L), attention_dropout(s, n.decoder.L));
}

/// Noise of the residual dropouts, one for each norm, and noise and result of the wide one.
TermFormula dropouts_of_blocks(const TrainingSetup& s, const Letters& n, const Widths& w) {
  if (s.dropout == 0.0) return {};
  const Bytes noise = s.on_cuda() ? 1 : w.product;
  return sum_of(sized(noise * n.norms, "E", n.E), sized(noise + w.product, "BSF·L", n.BSF * n.L));
}

/// Numbers in the weights that autocast copies for a graph that is kept. A loss in chunks casts the head by itself.
std::int64_t kept_matrix_parameters(const TrainingSetup& s, const Letters& n) {
  const std::int64_t head = s.loss_chunk_rows > 0 ? 0 : s.vocabulary * s.hidden;
  const std::int64_t attention = 4 * s.heads * head_size(s) * s.hidden;
  const std::int64_t wide = (s.gated_feed_forward ? 3 : 2) * s.hidden * s.feed_forward;
  return attention * (n.L + n.decoder.L) + wide * n.L + head;
}

}  // namespace

std::optional<TermFormula> t5_formula(Term term, const TrainingSetup& s) {
  const Letters n(s);
  const Widths w = widths_of(s);
  const TrainingSetup self = with_bias(s);
  const bool gated = s.gated_feed_forward;
  switch (term) {
    case Term::weight_copies:
      return is_autocast(s.precision) ? sized(2, "N_lin", kept_matrix_parameters(s, n)) : TermFormula{};
    case Term::positions: return sized(16, "S²", n.S2);
    case Term::position_bias: return position_bias(s, n, w);
    case Term::residual_stream: return residual_stream(s, n, w);
    case Term::embedding_dropout: return dropouts_of_stacks(s, n, w);
    case Term::norm_outputs: return norm_outputs(s, n, w);
    case Term::norm_statistics: return sized(4 * (n.norms + 2), "BS", n.BS);
    case Term::query_key_value:
      return sum_of(query_key_value(self, Projections::separate, n.L),
                    query_key_value(s, Projections::separate, n.decoder.L));
    case Term::attention_kernel:
      return sum_of(sum_of(attention_kernel(self, n.L), bias_of_blocks(s, n, w)), attention_kernel(s, n.decoder.L));
    case Term::causal_mask: return sized(1, "S²", n.S2);
    case Term::attention_scores: return scores(s, n, w);
    case Term::attention_dropout: return dropouts_of_scores(s, n, w);
    case Term::heads_joined: return sum_of(heads_joined(self, n.L), heads_joined(s, n.decoder.L));
    case Term::feed_forward_wide: return gated ? sized(2 * w.product, "BSF·L", n.BSF * n.L) : TermFormula{};
    case Term::feed_forward_gelu: return sized(w.product, "BSF·L", n.BSF * n.L);
    case Term::feed_forward_product:
      return gated && s.dropout == 0.0 ? sized(w.product, "BSF·L", n.BSF * n.L) : TermFormula{};
    case Term::residual_dropout: return dropouts_of_blocks(s, n, w);
    case Term::head_input: return head_input(s, n, w);
    case Term::library_workspaces:  // no biases, so that nothing asks cuBLASLt
      return s.on_cuda() ? TermFormula{"2·cuBLAS", 2 * s.cublas_workspace_bytes} : TermFormula{};
    default: return std::nullopt;
  }
}

}  // namespace profile_train
