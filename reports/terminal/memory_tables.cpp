#include "reports/terminal/memory_tables.h"

#include <fmt/format.h>

#include <numeric>

#include "reports/format.h"
#include "reports/style.h"
#include "reports/text.h"

namespace profile_train::reports {
namespace {

constexpr int kBarWidth = 16;

std::string title_of(const LiveAllocation& live) {
  if (!live.name.empty()) return live.name;
  if (!live.module.empty()) return live.module;
  return live.op.empty() ? "(no module, no operator)" : live.op;
}

/// What it is and where it was born, for the second line.
std::string birth_of(const LiveAllocation& live) {
  std::string birth = format_tensor_type(live.dtype, live.sizes);
  const auto add = [&](const std::string& fact) { birth.append(birth.empty() ? "" : " · ").append(fact); };
  if (live.carried_in) {
    add("alive before the session began");
    return birth;
  }
  add(live.step > 0 ? fmt::format("step {}, {}", live.step, to_string(live.phase))
                    : std::string(to_string(live.phase)));
  if (!live.op.empty() && live.op != title_of(live)) add(live.op);
  return birth;
}

}  // namespace

template <typename Instant>
std::vector<std::string> facts_of(const Instant& instant) {
  std::vector<std::string> facts = {instant.step > 0 ? fmt::format("step {}", instant.step) : "outside every step",
                                    std::string(to_string(instant.phase))};
  facts.push_back(instant.op.empty() ? "no operator" : instant.op);
  if (!instant.module.empty()) facts.push_back(instant.module);
  facts.push_back(fmt::format("event {}", format_count(std::int64_t{instant.event})));
  return facts;
}
template std::vector<std::string> facts_of(const PeakInstant& instant);
template std::vector<std::string> facts_of(const OutOfMemory& instant);

Table category_table(const BytesByCategory& by_category) {
  const Bytes sum = std::accumulate(by_category.begin(), by_category.end(), Bytes{0});
  const auto total = static_cast<double>(sum);
  Table table({{"category", Align::left, 10}, {"bytes"}, {"size"}, {"share"}, {"", Align::left}});
  for (std::size_t i = 0; i < kCategories; ++i) {
    const Category category = category_at(i);
    const Bytes bytes = by_category[i];
    const double share = total > 0 ? static_cast<double>(bytes) / total : 0.0;
    const bool quiet = bytes == 0;
    const Style style = quiet ? Style::quiet : category == Category::unknown ? Style::bad : Style::plain;
    table.row({{std::string(label_of(category)), style},
               {format_exact_bytes(bytes), style},
               {format_bytes(bytes), style},
               {format_share(static_cast<double>(bytes), total), style},
               {bar(share, kBarWidth), style_of(category)}});
  }
  table.rule();
  table.row({{"sum", Style::strong},
             {format_exact_bytes(sum), Style::strong},
             format_bytes(sum),
             format_share(static_cast<double>(sum), total),
             ""});
  return table;
}

Table live_table(const std::vector<LiveAllocation>& all, std::size_t shown) {
  Table table(
      {{"bytes"}, {"category", Align::left, 8}, {"tensor, module or operator", Align::left, 16}, {"age in events"}});
  Bytes rest = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const LiveAllocation& live = all[i];
    if (i >= shown) {
      rest += live.bytes;
      continue;
    }
    table.row({{format_bytes(live.bytes), Style::strong},
               {std::string(label_of(live.category)), style_of(live.category)},
               title_of(live),
               format_count(std::int64_t{live.age_events})});
    table.row({"", {birth_of(live), Style::quiet}});
  }
  if (const std::size_t more = all.size() - shown; more > 0) {
    table.row({format_bytes(rest), {fmt::format("in {} more", format_count(std::uint64_t{more})), Style::quiet}});
  }
  return table;
}

}  // namespace profile_train::reports
