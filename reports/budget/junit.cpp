#include <fmt/format.h>

#include "reports/budget/budget.h"
#include "reports/budget/words.h"
#include "reports/xml.h"

namespace profile_train::reports {
namespace {

/// JUnit has no warnings: a case that passes says in its output why to look.
constexpr std::string_view kPassesWithOutput = "system-out";

std::string_view kind_of(Verdict verdict, bool inferred) {
  switch (verdict) {
    case Verdict::exceeded: return "failure";
    case Verdict::not_measured: return "error";
    case Verdict::alert: return kPassesWithOutput;
    case Verdict::within: return inferred ? kPassesWithOutput : "";
  }
  return "";
}

std::string test_case(const std::string& suite, const std::string& name, std::string_view kind,
                      const std::string& sentence, std::string_view type, const std::string& text) {
  std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml_text(suite), xml_text(name));
  if (kind.empty()) return out + "/>\n";
  out += fmt::format(">\n      <{}", kind);
  if (kind != kPassesWithOutput) out += fmt::format(" message=\"{}\" type=\"{}\"", xml_text(sentence), type);
  return out + fmt::format(">{}</{}>\n    </testcase>\n", xml_text(text), kind);
}

}  // namespace

std::string budget_junit(const BudgetCheck& check) {
  const std::string suite = "memory budget of " + run_name(check.run);
  const std::int64_t not_sound = check.not_sound.empty() ? 0 : 1;
  const auto tests = static_cast<std::int64_t>(check.limits.size()) + 1;
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, check.count(Verdict::exceeded),
                  check.count(Verdict::not_measured) + not_sound);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites {}>\n  <testsuite name=\"{}\" {} skipped=\"0\"", counts, xml_text(suite), counts);
  if (!check.run.started_at.empty()) out += fmt::format(" timestamp=\"{}\"", xml_text(check.run.started_at));
  out += ">\n";
  std::string reasons;
  for (const std::string& reason : check.not_sound) reasons += reason + "\n";
  if (!check.inferred.empty()) reasons += check.inferred + "\n";
  out += test_case(suite, "the trace can be judged",
                   kind_of(not_sound > 0 ? Verdict::not_measured : Verdict::within, !check.inferred.empty()),
                   "the trace cannot be judged", to_string(Verdict::not_measured), reasons);
  for (const LimitCheck& limit : check.limits)
    out += test_case(suite, key_of(limit.subject), kind_of(limit.verdict, limit.inferred), sentence_of(limit),
                     verdict_of(limit), explain(limit));
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace profile_train::reports
