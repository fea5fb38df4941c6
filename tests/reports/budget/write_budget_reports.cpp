// Writes sample budget reports in the formats that programs read: write_budget_reports FOLDER

#include <fmt/format.h>

#include <filesystem>

#include "reports/budget/budget.h"
#include "reports/output_file.h"
#include "tests/reports/budget/sample_checks.h"

int main(int argc, char** argv) {
  using namespace profile_train;
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  bool written = true;
  const auto write = [&](const std::string& name, const std::string& content) {
    const auto result = reports::write_output_file(folder / name, content, reports::IfExists::replace);
    if (!result) fmt::print(stderr, "{}\n", result.error().message);
    written = written && result;
  };
  const auto write_all = [&](const std::string& name, const BudgetCheck& check) {
    write(name + ".xml", reports::budget_junit(check));
    write(name + ".json", reports::to_json(check));
    write(name + ".md", reports::budget_markdown(check));
  };
  write_all("exceeded", reports::testing::exceeded_check());
  write_all("kept", reports::testing::kept_check());
  write_all("inferred", reports::testing::inferred_check());
  write_all("hostile", reports::testing::hostile_check());
  return written ? 0 : 2;
}
