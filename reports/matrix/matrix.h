#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/summary.h"
#include "reports/terminal.h"

namespace profile_train::reports {

/// What one run of a matrix had, in short.
struct MatrixRun {
  PeakInstant peak;
  std::optional<Bytes> allocated_bytes;
  std::optional<Bytes> reserved_bytes;
  std::optional<double> seconds_per_step;  ///< median of the steps after the first
  // The memory model at the peak of the last complete step; empty where it does not cover the run.
  std::optional<Bytes> exact_bytes;
  std::optional<Bytes> residual_bytes;
  std::optional<Bytes> corrected_bytes;
  std::optional<Bytes> stated_bytes;
  std::optional<Bytes> spike_residual_bytes;  ///< at the logits spike
  std::optional<Phase> predicted_phase;
  std::optional<Phase> observed_phase;  ///< of that step
  std::string why_no_model;
  std::vector<std::string> not_sound;
  std::string report;  ///< path of its own report, relative to the matrix
};

/// One combination of settings: a run, or why there is none. A run that failed midway has both.
struct MatrixRow {
  std::vector<std::string> values;  ///< of the keys of the matrix
  std::optional<MatrixRun> run;
  std::string failure;  ///< empty: none

  /// What can be compared with other rows.
  bool complete() const { return run.has_value() && failure.empty(); }
};

/// The product of settings.
struct Matrix {
  std::string config;
  std::string device;
  std::vector<std::string> keys;
  std::vector<MatrixRow> rows;

  std::int64_t failures() const;
  /// Bytes of the first row less those of this one; none if one of them is not complete.
  std::optional<Bytes> saved(const MatrixRow& row) const;
};

MatrixRun matrix_run(const Summary& summary);

/// By how much of what was observed at that peak a formula is off: "-12.3 %", "+4.0 %"; "–" where there is none.
std::string error_of(const std::optional<Bytes>& formula_bytes, const MatrixRun& run);

/// "bf16 · whole-block": the values of a row, for people.
std::string name_of(const MatrixRow& row);

std::string render_matrix(const Matrix& matrix, const TerminalOptions& options);
/// docs/json_schema/matrix.schema.json says what is in it.
std::string to_json(const Matrix& matrix);
/// One self-contained page of small multiples: each row's peak by category on one scale, with its figures.
std::string matrix_html(const Matrix& matrix);

}  // namespace profile_train::reports
