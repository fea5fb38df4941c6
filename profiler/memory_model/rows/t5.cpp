#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/rows/t5_formulas.h"

namespace profile_train {
namespace {

constexpr std::string_view kBlocks[] = {"encoder.block.", "decoder.block."};

constexpr std::string_view kBias = "layer.0.SelfAttention.relative_attention_bias";

constexpr ForwardRule kResults[] = {
    {"shared", "aten::embedding", Term::residual_stream},
    {"encoder", "aten::dropout", Term::embedding_dropout},
    {"decoder", "aten::dropout", Term::embedding_dropout},
    {kBias, "aten::add", Term::positions},    // the buckets that an encoder looks up,
    {kBias, "aten::where", Term::positions},  // and a decoder
    {kBias, "aten::embedding", Term::position_bias},
    {kBias, "aten::contiguous", Term::position_bias},
    {kBias, "aten::masked_fill", Term::position_bias},
    {kBias, "aten::triu", Term::causal_mask},
    {"block", "aten::add", Term::residual_stream},
    {"layer.0.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.1.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.2.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"encoder.final_layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.0.SelfAttention.q", "aten::linear", Term::query_key_value},
    {"layer.0.SelfAttention.k", "aten::linear", Term::query_key_value},
    {"layer.0.SelfAttention.v", "aten::linear", Term::query_key_value},
    {"layer.0.SelfAttention", "aten::matmul", Term::query_key_value},
    {"layer.0.SelfAttention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"layer.0.SelfAttention", "aten::softmax", Term::attention_scores},
    {"layer.0.SelfAttention", "aten::dropout", Term::attention_dropout},
    {"layer.0.SelfAttention", "aten::contiguous", Term::heads_joined},
    {"layer.1.EncDecAttention.q", "aten::linear", Term::query_key_value},
    {"layer.1.EncDecAttention.k", "aten::linear", Term::query_key_value},
    {"layer.1.EncDecAttention.v", "aten::linear", Term::query_key_value},
    {"layer.1.EncDecAttention", "aten::matmul", Term::query_key_value},
    {"layer.1.EncDecAttention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"layer.1.EncDecAttention", "aten::softmax", Term::attention_scores},
    {"layer.1.EncDecAttention", "aten::dropout", Term::attention_dropout},
    {"layer.1.EncDecAttention", "aten::contiguous", Term::heads_joined},
    {"layer.1.DenseReluDense.wi_0", "aten::linear", Term::feed_forward_wide},
    {"layer.1.DenseReluDense.wi_1", "aten::linear", Term::feed_forward_wide},
    {"layer.2.DenseReluDense.wi_0", "aten::linear", Term::feed_forward_wide},
    {"layer.2.DenseReluDense.wi_1", "aten::linear", Term::feed_forward_wide},
    {"block", "aten::relu", Term::feed_forward_gelu},
    {"block", "aten::gelu", Term::feed_forward_gelu},
    {"block", "aten::mul", Term::feed_forward_product},
    {"block", "aten::dropout", Term::residual_dropout},
    {"decoder.final_layer_norm", "aten::rms_norm", Term::head_input},
    {"", "aten::mul", Term::head_input},  // the scale of a tied head
};

constexpr ForwardRule kCasts[] = {
    {"layer.0.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.1.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.2.layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"encoder.final_layer_norm", "aten::rms_norm", Term::norm_outputs},
    {"layer.0.SelfAttention.q", "aten::linear", Term::norm_outputs},
    {"layer.0.SelfAttention.k", "aten::linear", Term::norm_outputs},
    {"layer.0.SelfAttention.v", "aten::linear", Term::norm_outputs},
    {"layer.0.SelfAttention", "aten::matmul", Term::attention_scores},
    {"layer.0.SelfAttention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"layer.1.EncDecAttention.q", "aten::linear", Term::norm_outputs},
    {"layer.1.EncDecAttention.k", "aten::linear", Term::norm_outputs},
    {"layer.1.EncDecAttention.v", "aten::linear", Term::norm_outputs},
    {"layer.1.EncDecAttention", "aten::matmul", Term::attention_scores},
    {"layer.1.EncDecAttention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"layer.1.DenseReluDense.wi", "aten::linear", Term::norm_outputs},
    {"layer.1.DenseReluDense.wi_0", "aten::linear", Term::norm_outputs},
    {"layer.1.DenseReluDense.wi_1", "aten::linear", Term::norm_outputs},
    {"layer.2.DenseReluDense.wi", "aten::linear", Term::norm_outputs},
    {"layer.2.DenseReluDense.wi_0", "aten::linear", Term::norm_outputs},
    {"layer.2.DenseReluDense.wi_1", "aten::linear", Term::norm_outputs},
    {"decoder.final_layer_norm", "aten::rms_norm", Term::head_input},
    {"lm_head", "aten::linear", Term::head_input},
};

constexpr RowName kNames[] = {
    {Term::positions, "buckets of the distances between positions"},
    {Term::embedding_dropout, "dropouts before and after the stacks: noise and result"},
    {Term::norm_outputs, "norm outputs, inputs of the products after them"},
    {Term::norm_statistics, "1/rms of the norms"},
    {Term::query_key_value, "blocks: q, k, v of both attentions"},
    {Term::heads_joined, "blocks: heads joined, input of o"},
    {Term::feed_forward_wide, "blocks: wi_0 and wi_1 outputs"},
    {Term::feed_forward_gelu, "blocks: ReLU output, or GELU of the gate"},
    {Term::feed_forward_product, "blocks: gate · wi_1, input of wo"},
    {Term::residual_dropout, "blocks: dropouts, noise and the input of wo"},
};

constexpr Term kStated[] = {Term::residual_stream, Term::residual_stream,   Term::norm_outputs,     Term::norm_outputs,
                            Term::heads_joined,    Term::feed_forward_gelu, Term::feed_forward_gelu};

}  // namespace

constexpr FamilyRows kT5Rows = {.family = "t5",
                                .blocks = kBlocks,
                                .token_table = "shared",
                                .results = kResults,
                                .casts = kCasts,
                                .names = kNames,
                                .formula = t5_formula,
                                .large = {},
                                .stated = kStated,
                                .last_gradient = {}};

}  // namespace profile_train
