#include "profiler/remedies/from_replay.h"

#include <utility>

#include "profiler/whatif.h"

namespace profile_train {
namespace {

/// What a change is certain of. One that leaves out more than it could in truth only proves that it is not enough.
enum class Certainty : std::uint8_t { as_replayed, at_most };

struct Change {
  std::string name;
  std::vector<std::pair<Category, double>> scale;
  std::string note;
  Certainty certainty = Certainty::as_replayed;
};

// Parts of a step that grow with the batch.
const std::vector<std::pair<Category, double>> kHalfABatch = {
    {Category::activations, 0.5}, {Category::logits, 0.5}, {Category::inputs, 0.5}, {Category::temporary, 0.5}};

std::vector<Change> changes_of_the_program() {
  return {
      {"half the batch", kHalfABatch,
       "what depends on the batch is taken to halve; weights, gradients and states stay"},
      {"optimizer state in bf16",
       {{Category::optimizer_state, 0.5}},
       "state is taken to have 4 bytes a number now, and 2 then"},
      {"head and loss in chunks", {{Category::logits, 0.0}}, "at most: one chunk of logits stays", Certainty::at_most},
      {"activation checkpointing",
       {{Category::activations, 0.0}},
       "at most: each block's input stays, and one block at a time is computed again",
       Certainty::at_most},
  };
}

Bytes freed_by(const Change& change, const OutOfMemory& failed) {
  Bytes freed = 0;
  for (const auto& [category, factor] : change.scale) {
    const Bytes live = at(failed.by_category, category);
    freed += live - static_cast<Bytes>(factor * static_cast<double>(live));
  }
  return freed;
}

std::optional<bool> verdict(const WhatIfResult& result, Certainty certainty) {
  const std::optional<bool> served = result.serves_failed_request;
  return served && *served && certainty == Certainty::at_most ? std::nullopt : served;
}

}  // namespace

std::vector<Remedy> remedies_from_replay(const Analysis& analysis, const OutOfMemory& first_failed,
                                         const allocator::Settings& settings, ReplayedChanges changes) {
  // Without a change the request must fail again. If it does not, something has changed that the trace does not tell
  // of.
  const auto unchanged = what_if(analysis, {});
  if (!unchanged || unchanged->serves_failed_request != false) return {};

  std::vector<Remedy> remedies;
  allocator::Settings expandable = settings;
  expandable.expandable_segments = true;
  const auto with_expandable = what_if(analysis, {.settings = expandable});
  if (!settings.expandable_segments && with_expandable && with_expandable->serves_failed_request)
    remedies.push_back({.change = "expandable_segments:True in PYTORCH_ALLOC_CONF",
                        .is_enough = with_expandable->serves_failed_request,
                        .evidence = Remedy::Evidence::replay,
                        .note = "frees nothing, but what is cached can be used for requests of any size"});
  if (changes == ReplayedChanges::settings) return remedies;
  for (const Change& change : changes_of_the_program()) {
    const Bytes freed = freed_by(change, first_failed);
    if (freed == 0) continue;
    const auto result = what_if(analysis, {.scale = change.scale});
    if (!result) continue;
    remedies.push_back({.change = change.name,
                        .frees_bytes = freed,
                        .is_enough = verdict(*result, change.certainty),
                        .evidence = Remedy::Evidence::replay,
                        .note = change.note});
  }
  return remedies;
}

}  // namespace profile_train
