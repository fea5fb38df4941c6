#include "reports/terminal/model_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "reports/format.h"

namespace profile_train::reports {
namespace {

/// A column of the comparison, for terms and for totals.
struct ByteColumn {
  std::string_view title;
  std::optional<Bytes> ModelTerm::*of_term;
  std::optional<Bytes> ModelInstant::*of_instant;
};

const std::vector<ByteColumn> kColumns = {
    {"stated", &ModelTerm::stated_bytes, &ModelInstant::stated_bytes},
    {"corrected", &ModelTerm::corrected_bytes, &ModelInstant::corrected_bytes},
    {"exact", &ModelTerm::exact_bytes, &ModelInstant::exact_bytes},
    {"simulated", &ModelTerm::simulated_bytes, &ModelInstant::simulated_bytes},
    {"observed", &ModelTerm::observed_bytes, &ModelInstant::observed_bytes},
};

std::optional<Bytes> value_of(const ByteColumn& column, const ModelInstant& instant) {
  return instant.*column.of_instant;
}

/// What is known of the truth: observed, or else exact.
std::optional<Bytes> truth_of(const std::optional<Bytes>& observed, const std::optional<Bytes>& exact) {
  return observed ? observed : exact;
}

Cell nothing() { return {"–", Style::quiet}; }

Cell cell_in(ByteUnit unit, const std::optional<Bytes>& bytes, Style style) {
  if (!bytes) return nothing();
  return {format_in(unit, *bytes), *bytes == 0 ? Style::quiet : style};  // few terms are large: let those stand out
}

Cell residual_cell(const std::optional<Bytes>& bytes) {
  if (!bytes) return nothing();
  return {format_exact_bytes(*bytes), *bytes == 0 ? Style::good : Style::bad};
}

/// "+317,045,236 B", with its sign, so that a column of differences reads at a glance.
std::string with_sign(Bytes difference, const std::string& text) {
  return fmt::format("{}{}", difference > 0 ? "+" : "", text);
}

/// "peak · backward", and where the model expected it if that is another phase.
Cell heading_of(const NamedInstant& named) {
  const ModelInstant& instant = *named.instant;
  const std::optional<Phase> phase = instant.observed_phase ? instant.observed_phase : instant.exact_phase;
  std::string heading(named.name);
  if (phase) heading += fmt::format(" · {}", to_string(*phase));
  if (!instant.exact_phase || phase == instant.exact_phase) return {heading, Style::strong};
  return {fmt::format("{}, predicted in {}", heading, to_string(*instant.exact_phase)), Style::bad};
}

}  // namespace

std::vector<NamedInstant> named_instants(const ModelInstant& spike, const ModelInstant& peak,
                                         const ModelInstant& first_step_peak) {
  std::vector<NamedInstant> named;
  const auto add = [&](std::string_view name, const ModelInstant& instant) {
    const bool has_value = std::any_of(kColumns.begin(), kColumns.end(),
                                       [&](const ByteColumn& column) { return value_of(column, instant).has_value(); });
    if (has_value) named.push_back({name, &instant});
  };
  add("logits spike", spike);
  add("peak", peak);
  add("peak of step 1", first_step_peak);
  return named;
}

Table term_table(const std::vector<ModelTerm>& terms, const std::vector<NamedInstant>& totals) {
  Bytes largest = 0;
  std::vector<ByteColumn> shown;
  for (const ByteColumn& column : kColumns) {
    bool has_value = false;
    const auto see = [&](const std::optional<Bytes>& bytes) {
      has_value = has_value || bytes.has_value();
      largest = std::max(largest, std::abs(bytes.value_or(0)));
    };
    for (const ModelTerm& term : terms) see(term.*column.of_term);
    for (const NamedInstant& total : totals) see(value_of(column, *total.instant));
    if (has_value) shown.push_back(column);
  }
  const bool residuals =
      std::any_of(terms.begin(), terms.end(), [](const ModelTerm& term) { return term.residual_bytes.has_value(); }) ||
      std::any_of(totals.begin(), totals.end(),
                  [](const NamedInstant& t) { return t.instant->residual_bytes.has_value(); });

  const ByteUnit unit = unit_for(largest);
  std::vector<Column> columns = {{std::string(unit.name), Align::left, 14, Fit::wrap}};
  for (const ByteColumn& column : shown) columns.push_back({std::string(column.title)});
  if (residuals) columns.push_back({"residual"});
  Table table(std::move(columns));
  for (const ModelTerm& term : terms) {
    std::vector<Cell> cells = {term.name};
    for (const ByteColumn& column : shown) cells.push_back(cell_in(unit, term.*column.of_term, Style::plain));
    if (residuals) cells.push_back(residual_cell(term.residual_bytes));
    table.row(std::move(cells));
  }
  if (!terms.empty()) table.rule();
  for (const auto& [name, instant] : totals) {
    std::vector<Cell> cells = {{std::string(name), Style::strong}};
    for (const ByteColumn& column : shown) cells.push_back(cell_in(unit, value_of(column, *instant), Style::strong));
    if (residuals) cells.push_back(residual_cell(instant->residual_bytes));
    table.row(std::move(cells));
  }
  return table;
}

Table verdict_table(const std::vector<NamedInstant>& instants) {
  Table table({{"", Align::left}, {"bytes"}, {"off by"}, {""}});
  for (const NamedInstant& named : instants) {
    const ModelInstant& instant = *named.instant;
    table.row({heading_of(named)});
    if (instant.observed_bytes) table.row({"  observed", format_exact_bytes(*instant.observed_bytes), "", ""});
    const auto formula = [&](const char* which, const std::optional<Bytes>& predicted,
                             const std::optional<Bytes>& truth, Style when_off) {
      if (!predicted) return;
      Cell off_by = "";
      Cell share = "";
      if (truth) {
        const Bytes difference = *predicted - *truth;
        off_by = {with_sign(difference, format_exact_bytes(difference)), difference == 0 ? Style::good : when_off};
        if (difference != 0) share = format_share(static_cast<double>(difference), static_cast<double>(*truth));
      }
      table.row({which, format_exact_bytes(*predicted), off_by, share});
    };
    const std::optional<Bytes> truth = truth_of(instant.observed_bytes, instant.exact_bytes);
    formula("  exact", instant.exact_bytes, instant.observed_bytes, Style::bad);
    formula("  simulated", instant.simulated_bytes, instant.observed_bytes, Style::bad);
    formula("  corrected", instant.corrected_bytes, truth, Style::plain);
    formula("  stated", instant.stated_bytes, truth, Style::plain);
  }
  return table;
}

Table worst_terms_table(const std::vector<ModelTerm>& terms) {
  constexpr std::size_t kShown = 4;
  struct Miss {
    const ModelTerm* term;
    Bytes bytes;
  };
  std::vector<Miss> misses;
  for (const ModelTerm& term : terms) {
    const std::optional<Bytes> truth = truth_of(term.observed_bytes, term.exact_bytes);
    const Bytes bytes = term.stated_bytes.value_or(0) - truth.value_or(0);
    if (truth && bytes != 0) misses.push_back({&term, bytes});
  }
  std::stable_sort(misses.begin(), misses.end(),
                   [](const Miss& a, const Miss& b) { return std::abs(a.bytes) > std::abs(b.bytes); });
  misses.resize(std::min(misses.size(), kShown));
  Table table({{"off by"}, {"where the stated formula is furthest off", Align::left, 16, Fit::wrap}});
  for (const Miss& miss : misses) {
    table.row({with_sign(miss.bytes, format_bytes(miss.bytes)), miss.term->name});
    if (!miss.term->note.empty()) table.row({"", {miss.term->note, Style::quiet}});
  }
  return table;
}

}  // namespace profile_train::reports
