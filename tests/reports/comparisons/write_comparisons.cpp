// Writes a sample diff and a sample matrix as JSON and HTML: write_comparisons FOLDER

#include <fmt/format.h>

#include <filesystem>

#include "reports/diff/diff.h"
#include "reports/output_file.h"
#include "tests/reports/comparisons/sample_comparisons.h"

int main(int argc, char** argv) {
  using namespace profile_train;
  namespace sample = reports::testing;
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  bool written = true;
  const auto write = [&](const char* name, const std::string& content) {
    const auto result = reports::write_output_file(folder / name, content, reports::IfExists::replace);
    if (!result) fmt::print(stderr, "{}\n", result.error().message);
    written = written && result;
  };
  const reports::StepLine before = reports::step_line(sample::plain_run());
  const reports::StepLine after = reports::step_line(sample::run_with_held_logits());
  write("diff.json", reports::to_json(sample::sample_diff()));
  write("diff.html", reports::diff_html(sample::sample_diff(), &before, &after));
  write("matrix.json", reports::to_json(sample::sample_matrix()));
  write("matrix.html", reports::matrix_html(sample::sample_matrix()));
  return written ? 0 : 2;
}
