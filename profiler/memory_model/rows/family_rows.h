#pragma once

#include <span>
#include <string_view>

#include "profiler/memory_model/terms.h"

namespace profile_train {

/// A place of the forward pass whose result is kept for backward, and the row that it belongs to.
struct ForwardRule {
  std::string_view module;  ///< without the block's own path: "attn.c_attn"; "block" for the block itself
  std::string_view op;      ///< outermost operator
  Term term;
};

/// Where the tensors of a family of models are made. Of the rules the first that fits counts.
struct FamilyRows {
  std::string_view family;                   ///< as TrainingSetup::model_family has it
  std::span<const std::string_view> blocks;  ///< what the paths of blocks begin with: "transformer.h."
  std::string_view token_table;              ///< module of the table that a tied head shares
  std::span<const ForwardRule> results;      ///< of operators
  std::span<const ForwardRule> casts;        ///< what autocast made of their arguments, in place of which it is kept
};

/// A new family is a file, and a line in family_rows.cpp.
extern const FamilyRows kGpt2Rows;

/// Those of GPT-2 for a family that is not known.
const FamilyRows& family_rows(std::string_view family);

}  // namespace profile_train
