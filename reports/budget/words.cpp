#include "reports/budget/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "reports/format.h"

namespace profile_train::reports {
namespace {

constexpr double kWhole = 10'000.0;  // amounts of a share are hundredths of a percent

std::string counted(std::int64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string over(Amount measured, Amount threshold, Measure measure, std::string_view name) {
  const std::string by =
      is_share(measure) ? format_amount(measured - threshold, measure) : format_exact_bytes(measured - threshold);
  return fmt::format("{} over the {} of {}", by, name, format_exact_amount(threshold, measure));
}

}  // namespace

std::string format_amount(Amount amount, Measure measure) {
  return is_share(measure) ? fmt::format("{} %", format_number(static_cast<double>(amount) / kWhole * 100.0, 1))
                           : format_bytes(amount);
}

std::string format_exact_amount(Amount amount, Measure measure) {
  if (is_share(measure)) return format_amount(amount, measure);
  const std::string exact = format_exact_bytes(amount);
  const std::string size = format_bytes(amount);
  return size == exact ? exact : fmt::format("{}, {}", size, exact);
}

std::string run_name(const TraceHeader& run) {
  const std::string name = run.config_name.empty() ? "a run without a configuration" : run.config_name;
  return run.device.empty() ? name : fmt::format("{} on {}", name, run.device);
}

std::string sentence_of(const LimitCheck& check) {
  const Measure measure = check.subject.measure;
  if (!check.figure.amount) return not_measured(check.figure.why_not);
  const Amount measured = *check.figure.amount;
  std::string sentence = format_exact_amount(measured, measure);
  if (measure == Measure::growth) sentence += " a step";
  if (!check.figure.note.empty()) sentence += fmt::format(" ({})", check.figure.note);
  if (is_not_judged(check))
    return sentence +
           ", inferred and therefore not judged: write inferred: accept into the budget if it is good enough";
  if (check.inferred) sentence += ", inferred";
  if (check.fail && measured > *check.fail) return sentence + ": " + over(measured, *check.fail, measure, "limit");
  if (check.alert && measured > *check.alert) return sentence + ": " + over(measured, *check.alert, measure, "alert");
  return sentence;
}

bool is_not_judged(const LimitCheck& check) { return check.verdict == Verdict::not_measured && check.figure.amount; }

std::string verdict_of(const LimitCheck& check) {
  if (is_not_judged(check)) return "not judged, inferred";
  return fmt::format("{}{}", to_string(check.verdict), check.inferred ? ", inferred" : "");
}

std::string place_of(const LimitCheck& check) {
  if (!check.figure.place) return {};
  const Place& place = *check.figure.place;
  std::vector<std::string> parts;
  if (place.step > 0) parts.push_back(fmt::format("step {}", place.step));
  parts.emplace_back(to_string(place.phase));
  if (!place.op.empty()) parts.push_back(place.op);
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (!place.module.empty()) text += " in " + place.module;
  return text;
}

std::string describe(const Site& site, WithBytes with_bytes) {
  std::vector<std::string> parts;
  std::string what(label_of(site.category));
  if (site.count > 1) what = fmt::format("{} × {}", site.count, what);
  if (!site.dtype.empty()) what = fmt::format("{} {}", what, format_tensor_type(site.dtype, site.sizes));
  parts.push_back(std::move(what));
  if (with_bytes == WithBytes::yes) parts.push_back(format_exact_bytes(site.bytes));
  if (!site.name.empty()) parts.push_back(site.name);
  if (!site.op.empty() && !site.module.empty()) {
    parts.push_back(fmt::format("{} in {}", site.op, site.module));
  } else if (!site.op.empty() || !site.module.empty()) {
    parts.push_back(site.op.empty() ? fmt::format("in {}", site.module) : site.op);
  }
  parts.emplace_back(to_string(site.phase));
  if (site.baseline_bytes) {
    const Bytes more = site.bytes - *site.baseline_bytes;
    parts.push_back(more == 0 ? "as in the baseline"
                              : fmt::format("{} {} than in the baseline", format_exact_bytes(more < 0 ? -more : more),
                                            more > 0 ? "more" : "less"));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string explain(const LimitCheck& check) {
  std::string text = sentence_of(check);
  if (const std::string place = place_of(check); !place.empty()) text += "\n  at " + place;
  for (const Site& site : check.responsible) text += "\n  " + describe(site);
  if (check.more_allocations > 0)
    text += fmt::format("\n  and {}, {}", counted(check.more_allocations, "other", "others"),
                        format_exact_bytes(check.more_bytes));
  return text;
}

std::string verdict_line(const BudgetCheck& check) {
  std::vector<std::string> parts;
  if (const auto n = check.count(Verdict::exceeded); n > 0)
    parts.push_back(counted(n, "limit exceeded", "limits exceeded"));
  const std::int64_t not_judged = std::ranges::count_if(check.limits, is_not_judged);
  if (const auto n = check.count(Verdict::not_measured) - not_judged; n > 0)
    parts.push_back(fmt::format("{} not measured", n));
  if (not_judged > 0) parts.push_back(fmt::format("{} inferred and not judged", not_judged));
  if (const auto n = check.count(Verdict::alert); n > 0) parts.push_back(counted(n, "alert", "alerts"));
  if (const auto n = check.count(Verdict::within); n > 0) parts.push_back(fmt::format("{} within", n));
  if (!check.not_sound.empty()) parts.emplace_back("the trace cannot be judged");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace profile_train::reports
