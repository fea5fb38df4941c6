#include "reports/matrix/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "profiler/budget/figure.h"
#include "profiler/diff/diff.h"
#include "reports/format.h"

namespace profile_train::reports {

std::int64_t Matrix::failures() const {
  return std::ranges::count_if(rows, [](const MatrixRow& row) { return !row.failure.empty(); });
}

std::optional<Bytes> Matrix::saved(const MatrixRow& row) const {
  if (rows.empty() || !rows.front().complete() || !row.complete()) return std::nullopt;
  return rows.front().run->peak.requested_bytes - row.run->peak.requested_bytes;
}

MatrixRun matrix_run(const Summary& summary) {
  MatrixRun run;
  run.peak = summary.peak;
  run.allocated_bytes = measure(summary, {.measure = Measure::allocated}).amount;
  run.reserved_bytes = measure(summary, {.measure = Measure::reserved}).amount;
  run.seconds_per_step = median_step_seconds(summary.steps);
  const ModelComparison& model = summary.model;
  run.why_no_model = model.why_not;
  run.exact_bytes = model.peak.exact_bytes;
  run.residual_bytes = model.peak.residual_bytes;
  run.corrected_bytes = model.peak.corrected_bytes;
  run.stated_bytes = model.peak.stated_bytes;
  run.spike_residual_bytes = model.spike.residual_bytes;
  run.predicted_phase = model.peak.exact_phase;
  run.observed_phase = model.peak.observed_phase;
  run.not_sound = why_not_sound(summary);
  return run;
}

std::string error_of(const std::optional<Bytes>& formula_bytes, const MatrixRun& run) {
  if (!formula_bytes || !run.exact_bytes || !run.residual_bytes) return "–";
  const Bytes observed = *run.exact_bytes + *run.residual_bytes;
  const Bytes error = *formula_bytes - observed;
  const std::string share = format_share(static_cast<double>(error), static_cast<double>(observed));
  return error > 0 && share.front() != '<' ? fmt::format("+{}", share) : share;
}

std::string name_of(const MatrixRow& row) { return fmt::format("{}", fmt::join(row.values, " · ")); }

}  // namespace profile_train::reports
