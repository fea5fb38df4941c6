#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/rows/llama_formulas.h"

namespace profile_train {
namespace {

constexpr std::string_view kBlocks[] = {"model.layers."};

constexpr ForwardRule kResults[] = {
    {"model.embed_tokens", "aten::embedding", Term::residual_stream},
    {"model", "aten::logical_or", Term::padding_mask},
    {"model", "aten::logical_and", Term::padding_mask},
    {"model", "aten::cos", Term::rotary_angles},
    {"model", "aten::sin", Term::rotary_angles},
    {"block", "aten::add", Term::residual_stream},
    {"input_layernorm", "aten::rms_norm", Term::norm_outputs},
    {"post_attention_layernorm", "aten::rms_norm", Term::norm_outputs},
    {"self_attn", "aten::add", Term::rotated_query_key},
    {"self_attn", "aten::reshape", Term::shared_key_value},
    {"self_attn.v_proj", "aten::linear", Term::query_key_value},
    {"self_attn", "aten::matmul", Term::query_key_value},
    {"self_attn", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"self_attn", "aten::triu", Term::causal_mask},
    {"self_attn", "aten::softmax", Term::attention_scores},
    {"self_attn", "aten::contiguous", Term::heads_joined},
    {"mlp.gate_proj", "aten::linear", Term::feed_forward_wide},
    {"mlp.up_proj", "aten::linear", Term::feed_forward_wide},
    {"mlp", "aten::silu", Term::feed_forward_silu},
    {"mlp", "aten::mul", Term::feed_forward_product},
    {"model.norm", "aten::rms_norm", Term::head_input},
};

constexpr ForwardRule kCasts[] = {
    {"model", "aten::to", Term::rotary_angles},
    {"input_layernorm", "aten::rms_norm", Term::norm_outputs},
    {"post_attention_layernorm", "aten::rms_norm", Term::norm_outputs},
    {"self_attn.q_proj", "aten::linear", Term::norm_outputs},
    {"self_attn.k_proj", "aten::linear", Term::norm_outputs},
    {"self_attn.v_proj", "aten::linear", Term::norm_outputs},
    // Scores have as many numbers as no other factor of a product, unless S is d.
    {"self_attn", "aten::matmul", Term::attention_scores, ResultSize::scores},
    {"self_attn", "aten::matmul", Term::query_key_value},
    {"self_attn", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"mlp.gate_proj", "aten::linear", Term::norm_outputs},
    {"mlp.up_proj", "aten::linear", Term::norm_outputs},
    {"model.norm", "aten::rms_norm", Term::head_input},
    {"lm_head", "aten::linear", Term::head_input},
};

constexpr RowName kNames[] = {
    {Term::norm_outputs, "blocks: norm outputs, inputs of q_, k_, v_, gate_ and up_proj"},
    {Term::norm_statistics, "1/rms of the norms"},
    {Term::query_key_value, "blocks: v, and copies of q, k and v for the products"},
    {Term::heads_joined, "blocks: heads joined, input of o_proj"},
    {Term::feed_forward_wide, "blocks: gate_proj and up_proj outputs"},
};

constexpr Term kLarge[] = {Term::weight_copies,     Term::residual_stream,   Term::norm_outputs,
                           Term::query_key_value,   Term::rotated_query_key, Term::shared_key_value,
                           Term::attention_kernel,  Term::attention_scores,  Term::heads_joined,
                           Term::feed_forward_wide, Term::feed_forward_silu, Term::feed_forward_product,
                           Term::head_input};

constexpr Term kStated[] = {Term::residual_stream,     Term::residual_stream, Term::norm_outputs,
                            Term::norm_outputs,        Term::heads_joined,    Term::feed_forward_wide,
                            Term::feed_forward_product};

}  // namespace

constexpr FamilyRows kLlamaRows = {.family = "llama",
                                   .blocks = kBlocks,
                                   .token_table = "model.embed_tokens",
                                   .results = kResults,
                                   .casts = kCasts,
                                   .names = kNames,
                                   .formula = llama_formula,
                                   .large = kLarge,
                                   .stated = kStated,
                                   .last_gradient = {}};

}  // namespace profile_train
