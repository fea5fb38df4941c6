#include "tests/reports/comparisons/sample_comparisons.h"

#include "tests/profiler/budget/training_run.h"

namespace profile_train::reports::testing {

const Analysis& plain_run() {
  static const Analysis analysis = analyse(test::training_run());
  return analysis;
}

const Analysis& run_with_held_logits() {
  static const Analysis analysis = analyse(test::training_run({.hold_logits = true}));
  return analysis;
}

Diff sample_diff() {
  Summary after = run_with_held_logits().summary;
  after.header.libtorch_version = "2.12.0 <b>\"&\x01</b>";
  Diff diff = compare(plain_run().summary, after);
  diff.before.file = "old.ptrace";
  diff.after.file = "new.ptrace";
  return diff;
}

Matrix sample_matrix() {
  Matrix matrix;
  matrix.config = "sample <script>";
  matrix.device = "sim:h200";
  matrix.keys = {"precision", "model.attention"};
  MatrixRow fits{.values = {"fp32", "materialised"}, .run = matrix_run(plain_run().summary), .failure = {}};
  fits.run->exact_bytes = 2'100;
  fits.run->residual_bytes = 0;
  fits.run->corrected_bytes = 2'079;
  fits.run->stated_bytes = 1'050;
  fits.run->predicted_phase = fits.run->observed_phase = Phase::backward;
  fits.run->report = "rows/001/report.html";
  MatrixRow larger{.values = {"fp32", "sdpa"}, .run = matrix_run(run_with_held_logits().summary), .failure = {}};
  larger.run->exact_bytes = 2'492;
  larger.run->residual_bytes = 8;
  larger.run->predicted_phase = Phase::optimizer_step;
  larger.run->observed_phase = Phase::backward;
  MatrixRow refused{.values = {"fp32", "flash"},
                    .run = std::nullopt,
                    .failure = "model.attention: flash attention needs half precision; \"sdpa\" <works>"};
  matrix.rows = {fits, larger, refused};
  return matrix;
}

}  // namespace profile_train::reports::testing
