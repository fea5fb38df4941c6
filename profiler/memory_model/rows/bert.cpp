#include "profiler/memory_model/rows/bert_formulas.h"
#include "profiler/memory_model/rows/family_rows.h"

namespace profile_train {
namespace {

constexpr std::string_view kBlocks[] = {"bert.encoder.layer."};

constexpr ForwardRule kResults[] = {
    {"bert", "aten::arange", Term::positions},
    {"bert", "aten::zeros", Term::positions},  // the one segment id
    {"bert", "aten::ge", Term::padding_mask},
    {"bert", "aten::lt", Term::padding_mask},
    {"bert", "aten::add", Term::residual_stream},
    {"bert.embeddings.LayerNorm", "aten::layer_norm", Term::norm_outputs},
    {"bert", "aten::dropout", Term::embedding_dropout},
    {"block", "aten::add", Term::residual_stream},
    {"attention.output.LayerNorm", "aten::layer_norm", Term::norm_outputs},
    {"output.LayerNorm", "aten::layer_norm", Term::norm_outputs},
    {"attention.self.query", "aten::linear", Term::query_key_value},
    {"attention.self.key", "aten::linear", Term::query_key_value},
    {"attention.self.value", "aten::linear", Term::query_key_value},
    {"attention", "aten::matmul", Term::query_key_value},
    {"attention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"attention", "aten::softmax", Term::attention_scores},
    {"attention", "aten::dropout", Term::attention_dropout},
    {"attention", "aten::contiguous", Term::heads_joined},
    {"intermediate.dense", "aten::linear", Term::feed_forward_wide},
    {"block", "aten::gelu", Term::feed_forward_gelu},
    {"block", "aten::dropout", Term::residual_dropout},
    {"cls.predictions.transform.dense", "aten::linear", Term::head_transform},
    {"bert", "aten::gelu", Term::head_transform},
    {"cls.predictions.transform.LayerNorm", "aten::layer_norm", Term::head_input},
};

constexpr ForwardRule kCasts[] = {
    {"attention.self.query", "aten::linear", Term::norm_outputs},
    {"attention.self.key", "aten::linear", Term::norm_outputs},
    {"attention.self.value", "aten::linear", Term::norm_outputs},
    {"attention", "aten::matmul", Term::attention_scores},
    {"attention", "aten::scaled_dot_product_attention", Term::attention_kernel},
    {"intermediate.dense", "aten::linear", Term::norm_outputs},
    {"cls.predictions.transform.dense", "aten::linear", Term::norm_outputs},
    {"cls.predictions.transform.LayerNorm", "aten::layer_norm", Term::head_transform},
    {"lm_head", "aten::linear", Term::head_input},
};

constexpr RowName kNames[] = {
    {Term::positions, "position and segment ids"},
    {Term::padding_mask, "mask of padding, one for all blocks"},
    {Term::norm_outputs, "norm outputs, inputs of the products after them"},
    {Term::heads_joined, "blocks: heads joined, input of attention.output.dense"},
    {Term::feed_forward_wide, "blocks: intermediate.dense output, input of GELU"},
    {Term::feed_forward_gelu, "blocks: GELU output, input of output.dense"},
    {Term::head_input, "head: norm output, input of the product with V columns"},
};

constexpr Term kLarge[] = {Term::weight_copies,     Term::residual_stream,   Term::embedding_dropout,
                           Term::norm_outputs,      Term::query_key_value,   Term::attention_kernel,
                           Term::attention_scores,  Term::attention_dropout, Term::heads_joined,
                           Term::feed_forward_wide, Term::feed_forward_gelu, Term::residual_dropout,
                           Term::head_transform,    Term::head_input};

constexpr Term kStated[] = {Term::residual_stream, Term::residual_stream,   Term::norm_outputs,     Term::norm_outputs,
                            Term::heads_joined,    Term::feed_forward_wide, Term::feed_forward_gelu};

}  // namespace

constexpr FamilyRows kBertRows = {.family = "bert",
                                  .blocks = kBlocks,
                                  .token_table = "bert.embeddings.word_embeddings",
                                  .results = kResults,
                                  .casts = kCasts,
                                  .names = kNames,
                                  .formula = bert_formula,
                                  .large = kLarge,
                                  .stated = kStated,
                                  .last_gradient = {}};

}  // namespace profile_train
