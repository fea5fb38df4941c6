#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/rows/gpt2_formulas.h"

namespace profile_train {
namespace {

constexpr std::string_view kBlocks[] = {"transformer.h."};

constexpr ForwardRule kResults[] = {
    {"transformer", "aten::arange", Term::positions},
    {"transformer", "aten::add", Term::residual_stream},
    {"transformer", "aten::dropout", Term::embedding_dropout},
    {"transformer", "aten::logical_or", Term::padding_mask},
    {"transformer", "aten::logical_and", Term::padding_mask},
    {"block", "aten::add", Term::residual_stream},
    {"ln_1", "aten::layer_norm", Term::norm_outputs},
    {"ln_2", "aten::layer_norm", Term::norm_outputs},
    {"attn.c_attn", "aten::addmm", Term::query_key_value},
    {"attn", "aten::matmul", Term::query_key_value},
    {"attn", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"attn", "aten::triu", Term::causal_mask},
    {"attn", "aten::softmax", Term::attention_scores},
    {"attn", "aten::dropout", Term::attention_dropout, ResultSize::scores},
    {"attn", "aten::dropout", Term::residual_dropout},
    {"attn", "aten::contiguous", Term::heads_joined},
    {"mlp.c_fc", "aten::addmm", Term::feed_forward_wide},
    {"mlp", "aten::gelu", Term::feed_forward_gelu},
    {"attn.c_attn", "aten::mm", Term::adapter_products},
    {"attn.c_proj", "aten::mm", Term::adapter_products},
    {"mlp.c_fc", "aten::mm", Term::adapter_products},
    {"mlp.c_proj", "aten::mm", Term::adapter_products},
    {"mlp", "aten::dropout", Term::residual_dropout},
    {"transformer.ln_f", "aten::layer_norm", Term::head_input},
};

constexpr ForwardRule kCasts[] = {
    {"attn.c_attn", "aten::addmm", Term::norm_outputs},
    {"attn", "aten::matmul", Term::attention_scores},
    {"attn", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"mlp.c_fc", "aten::addmm", Term::norm_outputs},
    {"attn.c_attn", "aten::mm", Term::norm_outputs},  // for the adapters
    {"mlp.c_fc", "aten::mm", Term::norm_outputs},
    {"lm_head", "aten::linear", Term::head_input},
};

constexpr Term kLarge[] = {Term::weight_copies,     Term::residual_stream,   Term::embedding_dropout,
                           Term::norm_outputs,      Term::query_key_value,   Term::attention_kernel,
                           Term::attention_scores,  Term::attention_dropout, Term::heads_joined,
                           Term::feed_forward_wide, Term::feed_forward_gelu, Term::residual_dropout,
                           Term::masked_weights,    Term::head_input,        Term::adapter_products};

constexpr Term kStated[] = {Term::residual_stream, Term::residual_stream,   Term::norm_outputs,     Term::norm_outputs,
                            Term::heads_joined,    Term::feed_forward_wide, Term::feed_forward_gelu};

}  // namespace

constexpr FamilyRows kGpt2Rows = {.family = "gpt2",
                                  .blocks = kBlocks,
                                  .token_table = "transformer.wte",
                                  .results = kResults,
                                  .casts = kCasts,
                                  .names = {},
                                  .formula = gpt2_formula,
                                  .large = kLarge,
                                  .stated = kStated,
                                  .last_gradient = "transformer.wpe.weight"};

}  // namespace profile_train
