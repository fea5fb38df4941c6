#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "profiler/memory_model/terms.h"

namespace profile_train {

/// Which results of an operator a rule is about, where it has several.
enum class ResultSize : std::uint8_t {
  any,
  scores,  ///< (B, a, S, S) in the numbers of the softmax, or on CUDA as a mask of bytes
};

/// A place of the forward pass whose result is kept for backward, and the row that it belongs to. Of a norm that is its
/// result; its statistics, one number a token, have a row of their own.
struct ForwardRule {
  std::string_view module;  ///< without the block's own path: "attn.c_attn"; "block" for the block itself
  std::string_view op;      ///< outermost operator
  Term term;
  ResultSize size = ResultSize::any;
};

/// What a row is called in a family.
struct RowName {
  Term term;
  std::string_view name;
};

/// A row with its formula where it has one of its own in that family; empty: the general one holds.
using RowFormula = std::optional<TermFormula> (*)(Term term, const TrainingSetup& setup);

/// Where the tensors of a family of models are made, and what is known of its rows in closed form. Of the rules the
/// first that fits counts.
struct FamilyRows {
  std::string_view family;                   ///< as TrainingSetup::model_family has it
  std::span<const std::string_view> blocks;  ///< what the paths of blocks begin with: "transformer.h."
  std::string_view token_table;              ///< module of the table that a tied head shares
  std::span<const ForwardRule> results;      ///< of operators
  std::span<const ForwardRule> casts;        ///< what autocast made of their arguments, in place of which it is kept
  std::span<const RowName> names = {};       ///< where a row is called otherwise than name_of(Term) says

  /// What the forward pass keeps, row by row. Null: there is no formula for what the blocks keep.
  RowFormula formula = nullptr;
  /// The rows with large tensors that the forward pass keeps: what the corrected formula adds up. Empty: there is no
  /// corrected formula.
  std::span<const Term> large = {};
  /// The rows of the seven (B, S, H) tensors of the stated formula's picture of a block.
  std::span<const Term> stated = {};
  /// The parameter whose gradient comes after the token table's; empty: the token table's is the last.
  std::string_view last_gradient = {};
};

/// A new family is a file, and a line in family_rows.cpp.
extern const FamilyRows kBertRows;
extern const FamilyRows kGpt2Rows;
extern const FamilyRows kLlamaRows;
extern const FamilyRows kT5Rows;

/// Those of GPT-2 for a family that is not known.
const FamilyRows& family_rows(std::string_view family);

}  // namespace profile_train
