#include "profiler/memory_model/predicted_instants.h"

#include <fmt/format.h>

#include "profiler/memory_model/rows/family_rows.h"
#include "profiler/memory_model/symbolic/tensor.h"
#include "profiler/memory_model/teacher.h"
#include "profiler/mode_names.h"
#include "profiler/optimizer_names.h"

namespace profile_train {
namespace {

std::string place_in_optimizer_step(const symbolic::PredictedAllocation& allocation, const TrainingSetup& setup) {
  const std::string_view optimizer = names_of(setup.optimizer).title;
  if (allocation.role == Role::optimizer_state) return fmt::format("optimizer step: state of {} is born", optimizer);
  return fmt::format("optimizer step: temporaries of {}", optimizer);
}

std::string place_of(const symbolic::PredictedAllocation& allocation, const TrainingSetup& setup) {
  if (allocation.phase == Phase::optimizer_step) return place_in_optimizer_step(allocation, setup);
  const bool backward = allocation.phase == Phase::backward;
  // Under autocast on CUDA the highest of the loss's nodes is the one whose gradient is in fp32.
  if (backward && (allocation.op == "LogSoftmaxBackward0" || allocation.op == "NllLossBackward0"))
    return "backward: logits spike";
  if (backward && allocation.op == "ChunkedCrossEntropy") return "backward: logits of a chunk";
  if (backward && setup.tied_head && allocation.op == "EmbeddingBackward0" &&
      allocation.module == family_rows(setup.model_family).token_table)
    return "backward: sum of the tied head's gradients";
  const std::string where = allocation.module.empty() ? allocation.op : allocation.op + " of " + allocation.module;
  return fmt::format("{}: {}", to_string(allocation.phase), where);
}

}  // namespace

PredictedInstants::PredictedInstants(const TrainingSetup& setup, const symbolic::SkippedUpdates& skipped)
    : setup_(setup), run_(symbolic::predict_run(setup, 2, skipped)), allocation_at_(run_.events.size(), -1) {
  for (const symbolic::PredictedAllocation& a : run_.allocations)
    if (a.role == Role::parameter) parameter_sizes_.insert(a.sizes);
  for (std::size_t i = 0; i < run_.allocations.size(); ++i)
    allocation_at_[static_cast<std::size_t>(run_.allocations[i].born)] = static_cast<std::int64_t>(i);
}

bool PredictedInstants::is_logits(const symbolic::PredictedAllocation& a) const {
  const bool of_head = a.module == "lm_head" || (is_of_teacher(a.module) && a.module.ends_with(".lm_head"));
  if (a.role != Role::none || (!of_head && a.module != "loss")) return false;
  return a.sizes.size() >= 2 && a.sizes.back() == setup_.vocabulary;
}

/// As profiler/weight_copies.h recognises one: by what made it and by its sizes.
bool PredictedInstants::is_weight_copy(const symbolic::PredictedAllocation& a) const {
  return is_autocast(setup_.precision) && a.is_cast && a.role == Role::none &&
         a.element_bytes == symbolic::kHalfBytes && parameter_sizes_.contains(a.sizes);
}

PredictedInstant PredictedInstants::at_event(std::int64_t event) const {
  const symbolic::PredictedEvent& now = run_.events[static_cast<std::size_t>(event)];
  PredictedInstant instant;
  instant.event = event;
  instant.bytes = now.live_bytes;
  instant.phase = now.phase;
  if (const std::int64_t born = allocation_at_[static_cast<std::size_t>(event)]; born >= 0)
    instant.where = place_of(run_.allocations[static_cast<std::size_t>(born)], setup_);
  for (const symbolic::PredictedAllocation& a : run_.allocations) {
    if (a.born > event) break;
    if (!a.alive_at(event)) continue;
    const Birth birth{.role = a.role,
                      .phase = a.phase,
                      .carried_in = false,
                      .is_logits = !is_weight_copy(a) && is_logits(a),
                      .is_weight_copy = is_weight_copy(a),
                      .is_cast = a.is_cast,
                      .module = a.module,
                      .op = a.op,
                      .bytes = a.bytes};
    at(instant.terms, term_of(birth, setup_)) += a.bytes;
  }
  return instant;
}

std::optional<PredictedInstant> PredictedInstants::peak(std::int32_t step, Phase phase) const {
  std::int64_t highest = -1;
  for (std::size_t i = 0; i < run_.events.size(); ++i) {
    const symbolic::PredictedEvent& event = run_.events[i];
    if (event.step != step || event.phase != phase || event.change_bytes <= 0) continue;
    if (highest < 0 || event.live_bytes > run_.events[static_cast<std::size_t>(highest)].live_bytes)
      highest = static_cast<std::int64_t>(i);
  }
  if (highest < 0) return std::nullopt;
  return at_event(highest);
}

PredictedInstant PredictedInstants::peak(std::int32_t step) const {
  PredictedInstant highest;
  for (int i = 0; i < kPhases; ++i) {
    const std::optional<PredictedInstant> candidate = peak(step, static_cast<Phase>(i));
    if (!candidate) continue;
    const bool earlier = candidate->bytes == highest.bytes && candidate->event < highest.event;
    if (candidate->bytes > highest.bytes || earlier) highest = *candidate;
  }
  return highest;
}

PredictedInstant PredictedInstants::spike(std::int32_t step) const {
  Bytes logits_bytes = 0;
  Bytes most_logits = -1;
  Bytes most_in_all = -1;
  std::int64_t found = 0;
  std::vector<const symbolic::PredictedAllocation*> dying(run_.events.size(), nullptr);
  for (const symbolic::PredictedAllocation& a : run_.allocations)
    if (a.died >= 0) dying[static_cast<std::size_t>(a.died)] = &a;
  for (std::size_t i = 0; i < run_.events.size(); ++i) {
    const std::int64_t born = allocation_at_[i];
    const symbolic::PredictedAllocation& a = born >= 0 ? run_.allocations[static_cast<std::size_t>(born)] : *dying[i];
    if (!is_logits(a)) continue;
    logits_bytes += run_.events[i].change_bytes;
    if (run_.events[i].step != step || run_.events[i].phase != Phase::backward) continue;
    const Bytes in_all = run_.events[i].live_bytes;
    if (logits_bytes < most_logits || (logits_bytes == most_logits && in_all <= most_in_all)) continue;
    most_logits = logits_bytes;
    most_in_all = in_all;
    found = static_cast<std::int64_t>(i);
  }
  return at_event(found);
}

std::optional<PredictedInstant> PredictedInstants::peak_in_node(std::int32_t step, std::string_view node) const {
  std::int64_t highest = -1;
  for (const symbolic::PredictedAllocation& a : run_.allocations) {
    if (a.step != step || a.phase != Phase::backward || a.op != node) continue;
    const auto live_at = [&](std::int64_t event) { return run_.events[static_cast<std::size_t>(event)].live_bytes; };
    if (highest < 0 || live_at(a.born) > live_at(highest)) highest = a.born;
  }
  if (highest < 0) return std::nullopt;
  return at_event(highest);
}

PredictedInstant PredictedInstants::after_forward(std::int32_t step) const {
  for (std::size_t i = 0; i + 1 < run_.events.size(); ++i)
    if (run_.events[i].step == step && run_.events[i + 1].phase == Phase::backward)
      return at_event(static_cast<std::int64_t>(i));
  return {};
}

}  // namespace profile_train
