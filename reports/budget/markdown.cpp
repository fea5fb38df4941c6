#include <fmt/format.h>

#include "reports/budget/budget.h"
#include "reports/budget/words.h"
#include "reports/format.h"
#include "reports/text.h"

namespace profile_train::reports {
namespace {

/// Text that stands in a cell or a line as it is: nothing of it is markup.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|~&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string verdict_word(const LimitCheck& limit) {
  const std::string word = verdict_of(limit);
  return limit.verdict == Verdict::within ? word : fmt::format("**{}**", word);
}

std::string row_of(const LimitCheck& limit) {
  const Measure measure = limit.subject.measure;
  const auto amount = [&](const std::optional<Amount>& value) { return value ? format_amount(*value, measure) : ""; };
  return fmt::format("| {} | {} | {} | {} | {} |\n", plain(key_of(limit.subject)),
                     limit.figure.amount ? format_exact_amount(*limit.figure.amount, measure)
                                         : plain(not_measured(limit.figure.why_not)),
                     amount(limit.alert), amount(limit.fail), verdict_word(limit));
}

}  // namespace

std::string budget_markdown(const BudgetCheck& check) {
  const bool passes = check.verdict() == Verdict::within || check.verdict() == Verdict::alert;
  std::string out = fmt::format("### {} of {}: {}\n\n", passes ? "Memory budget kept" : "Memory budget not kept",
                                plain(run_name(check.run)), plain(verdict_line(check)));
  for (const std::string& reason : check.not_sound)
    out += fmt::format("**This trace cannot be judged**: {}.\n\n", plain(reason));
  if (!check.inferred.empty()) out += fmt::format("**Inferred**: {}\n\n", plain(check.inferred));
  out += "| limit | measured | alert | fail | verdict |\n|---|---:|---:|---:|---|\n";
  for (const LimitCheck& limit : check.limits) out += row_of(limit);
  for (const LimitCheck& limit : check.limits) {
    if (limit.verdict != Verdict::exceeded && limit.verdict != Verdict::alert) continue;
    out += fmt::format("\n**{}**: {}", plain(key_of(limit.subject)), plain(sentence_of(limit)));
    if (const std::string place = place_of(limit); !place.empty()) out += fmt::format(", at {}", plain(place));
    out += "\n\n";
    for (const Site& site : limit.responsible) out += fmt::format("- {}\n", plain(describe(site)));
    if (limit.more_allocations > 0)
      out += fmt::format("- {} more, {}\n", format_count(limit.more_allocations), format_exact_bytes(limit.more_bytes));
  }
  return out;
}

}  // namespace profile_train::reports
