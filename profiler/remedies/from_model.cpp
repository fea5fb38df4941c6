#include "profiler/remedies/from_model.h"

#include <fmt/format.h>

#include <optional>

#include "profiler/memory_model/coverage.h"
#include "profiler/remedies/predicted_fit.h"

namespace profile_train {
namespace {

struct Change {
  std::string name;
  TrainingSetup setup;
  std::string note;
};

/// Changes of the configuration that cost little, the gentlest first. The names are the configuration's own.
std::vector<Change> changes_to(const TrainingSetup& now) {
  std::vector<Change> changes;
  const auto add = [&](std::string name, std::string note) -> TrainingSetup& {
    return changes.emplace_back(Change{std::move(name), now, std::move(note)}).setup;
  };
  if (now.logits_held) add("loss.hold_logits: false", "the loss and the gradients are the same").logits_held = false;
  if (now.attention == AttentionKind::materialised)
    add("model.attention: sdpa", "the same numbers up to rounding, and faster").attention = AttentionKind::sdpa;
  constexpr std::int64_t kChunkRows = 128;
  const bool trains = now.task == Task::training;
  if (trains && now.teacher_blocks == 0 && now.loss_chunk_rows == 0 && now.batch * now.sequence > kChunkRows)
    add(fmt::format("loss.chunk_rows: {}", kChunkRows), "the loss and the gradients are the same").loss_chunk_rows =
        kChunkRows;
  if (trains && now.checkpointing == Checkpointing::none)
    add("train.checkpointing: block", "the same gradients; each block's forward pass runs twice").checkpointing =
        Checkpointing::block;
  if (now.batch > 1)
    add(fmt::format("train.batch_size: {} → {}", now.batch, now.batch / 2),
        trains ? "train.accumulation twice as high keeps the tokens of a step"
               : "twice as many steps for the same texts")
        .batch = now.batch / 2;
  if (trains && now.optimizer == OptimizerKind::adamw && now.precision == Precision::fp32)
    add("optimizer.kind: adamw_8bit", "state of 1 byte a number instead of 4").optimizer = OptimizerKind::adamw_8bit;
  if (!trains && now.weight_storage == WeightStorage::full)
    add("compression.weights: int8", "matrices of 1 byte a number, rounded; a scale for each group").weight_storage =
        WeightStorage::int8;
  if (now.precision == Precision::fp32)
    add("precision: bf16",
        trains ? "weights, gradients and optimizer state of 2 bytes a number: training may need more care"
               : "weights and all that is made of them in 2 bytes a number")
        .precision = Precision::bf16;
  return changes;
}

/// The largest batch that fits; none if not even one sequence does.
std::optional<Change> largest_batch(const TrainingSetup& now, const allocator::Settings& settings, Bytes capacity) {
  std::int64_t fits = 0;
  std::int64_t too_large = now.batch;
  while (too_large - fits > 1) {
    TrainingSetup between = now;
    between.batch = fits + (too_large - fits) / 2;
    (predict_fit(between, settings, capacity).fits ? fits : too_large) = between.batch;
  }
  if (fits == 0) return std::nullopt;
  Change change{fmt::format("train.batch_size: {} → {}", now.batch, fits), now, "the largest batch that fits"};
  change.setup.batch = fits;
  return change;
}

}  // namespace

std::vector<Remedy> remedies_from_model(const TrainingSetup& setup, const allocator::Settings& settings,
                                        Bytes capacity_bytes) {
  if (!why_not_covered(setup).empty()) return {};
  const PredictedFit now = predict_fit(setup, settings, capacity_bytes);
  if (now.fits) return {};

  std::vector<Change> changes = changes_to(setup);
  const auto largest = largest_batch(setup, settings, capacity_bytes);
  if (largest && largest->setup.batch != setup.batch / 2) changes.push_back(*largest);

  std::vector<Remedy> remedies;
  for (const Change& change : changes) {
    if (!why_not_covered(change.setup).empty()) continue;
    const PredictedFit then = predict_fit(change.setup, settings, capacity_bytes);
    remedies.push_back({.change = change.name,
                        .frees_bytes = now.requested_peak_bytes - then.requested_peak_bytes,
                        .is_enough = then.fits,
                        .evidence = Remedy::Evidence::model,
                        .note = change.note});
  }
  return remedies;
}

}  // namespace profile_train
