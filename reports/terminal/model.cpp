#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

/// The three instants that are compared, with the names they have in this report.
struct NamedInstant {
  std::string_view name;
  const ModelInstant* instant;
};

std::vector<NamedInstant> instants_of(const ModelComparison& model) {
  std::vector<NamedInstant> instants;
  for (const NamedInstant& named : {NamedInstant{"logits spike", &model.spike}, NamedInstant{"peak", &model.peak},
                                    NamedInstant{"peak of step 1", &model.first_step_peak}}) {
    const ModelInstant& i = *named.instant;
    if (i.stated_bytes || i.corrected_bytes || i.exact_bytes || i.observed_bytes) instants.push_back(named);
  }
  return instants;
}

Bytes largest_of(const ModelComparison& model) {
  Bytes largest = 0;
  const auto see = [&](const std::optional<Bytes>& bytes) { largest = std::max(largest, std::abs(bytes.value_or(0))); };
  const auto see_all = [&](const auto& row) {
    see(row.stated_bytes);
    see(row.corrected_bytes);
    see(row.exact_bytes);
    see(row.observed_bytes);
  };
  for (const ModelTerm& term : model.terms) see_all(term);
  for (const NamedInstant& named : instants_of(model)) see_all(*named.instant);
  return largest;
}

Cell cell_in(ByteUnit unit, const std::optional<Bytes>& bytes, Style style = Style::plain) {
  return bytes ? Cell{format_in(unit, *bytes), style} : Cell{"–", Style::quiet};
}

Cell residual_cell(const std::optional<Bytes>& bytes) {
  return bytes ? Cell{format_exact_bytes(*bytes), *bytes == 0 ? Style::good : Style::bad} : Cell{"–", Style::quiet};
}

Table term_table(const ModelComparison& model, ByteUnit unit) {
  const bool simulated = std::any_of(model.terms.begin(), model.terms.end(),
                                     [](const ModelTerm& term) { return term.simulated_bytes.has_value(); });
  std::vector<Column> columns = {{std::string(unit.name), Align::left, 14}, {"stated"}, {"corrected"}, {"exact"}};
  if (simulated) columns.push_back({"simulated"});
  columns.push_back({"observed"});
  columns.push_back({"residual"});
  Table table(std::move(columns));
  const auto add = [&](const std::string& name, const auto& row, const std::optional<Bytes>& in_simulation,
                       Style style) {
    std::vector<Cell> cells = {{name, style},
                               cell_in(unit, row.stated_bytes, style),
                               cell_in(unit, row.corrected_bytes, style),
                               cell_in(unit, row.exact_bytes, style)};
    if (simulated) cells.push_back(cell_in(unit, in_simulation, style));
    cells.push_back(cell_in(unit, row.observed_bytes, style));
    cells.push_back(residual_cell(row.residual_bytes));
    table.row(std::move(cells));
  };
  for (const ModelTerm& term : model.terms) add(term.name, term, term.simulated_bytes, Style::plain);
  table.rule();
  for (const auto& [name, instant] : instants_of(model)) add(std::string(name), *instant, std::nullopt, Style::strong);
  return table;
}

/// "+317,045,236 B", with its sign, so that a column of differences reads at a glance.
std::string signed_bytes(Bytes difference) {
  return fmt::format("{}{}", difference > 0 ? "+" : "", format_exact_bytes(difference));
}

/// "peak · backward", and where the model expected it if that is another phase.
Cell heading_of(const NamedInstant& named) {
  const ModelInstant& instant = *named.instant;
  std::string heading(named.name);
  if (instant.observed_phase) heading += fmt::format(" · {}", to_string(*instant.observed_phase));
  if (!instant.observed_phase || !instant.exact_phase || *instant.observed_phase == *instant.exact_phase) {
    return {heading, Style::strong};
  }
  return {fmt::format("{}, predicted in {}", heading, to_string(*instant.exact_phase)), Style::bad};
}

/// In exact bytes: what was observed at each instant, and by how much each formula is off.
Table verdict_table(const ModelComparison& model) {
  Table table({{"", Align::left}, {"bytes"}, {"off by"}, {""}});
  for (const NamedInstant& named : instants_of(model)) {
    const ModelInstant& instant = *named.instant;
    const std::optional<Bytes> observed = instant.observed_bytes;
    table.row({heading_of(named)});
    if (observed) table.row({"  observed", format_exact_bytes(*observed), "", ""});
    const auto formula = [&](const char* which, const std::optional<Bytes>& predicted, Style when_off) {
      if (!predicted) return;
      Cell off_by = "";
      Cell share = "";
      if (observed) {
        const Bytes difference = *predicted - *observed;
        off_by = {signed_bytes(difference), difference == 0 ? Style::good : when_off};
        if (difference != 0) share = format_share(static_cast<double>(difference), static_cast<double>(*observed));
      }
      table.row({which, format_exact_bytes(*predicted), off_by, share});
    };
    formula("  exact", instant.exact_bytes, Style::bad);
    formula("  corrected", instant.corrected_bytes, Style::plain);
    formula("  stated", instant.stated_bytes, Style::plain);
  }
  return table;
}

/// The terms in which the stated formula is furthest from what was observed.
std::string worst_terms(const ModelComparison& model, ByteUnit unit) {
  struct Miss {
    const ModelTerm* term;
    Bytes bytes;
  };
  std::vector<Miss> misses;
  for (const ModelTerm& term : model.terms) {
    if (!term.observed_bytes) continue;
    const Bytes bytes = term.stated_bytes.value_or(0) - *term.observed_bytes;
    if (bytes != 0) misses.push_back({&term, bytes});
  }
  std::stable_sort(misses.begin(), misses.end(),
                   [](const Miss& a, const Miss& b) { return std::abs(a.bytes) > std::abs(b.bytes); });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min<std::size_t>(misses.size(), 3); ++i) {
    parts.push_back(fmt::format("{} ({}{} {}{})", misses[i].term->name, misses[i].bytes > 0 ? "+" : "",
                                format_in(unit, misses[i].bytes), unit.name,
                                misses[i].term->stated_bytes ? "" : ", no such term"));
  }
  return parts.empty() ? std::string()
                       : fmt::format("The stated formula is furthest off in {}.", fmt::join(parts, "; "));
}

/// Why a residual is not 0, or a value of ours is missing; each note once.
void print_notes(const ModelComparison& model, Page& page) {
  std::vector<std::string> notes;
  for (const ModelTerm& term : model.terms) {
    const bool needs_words = term.residual_bytes.value_or(1) != 0 || !term.exact_bytes || !term.observed_bytes;
    if (term.note.empty() || !needs_words) continue;
    std::string note = fmt::format("{}: {}", term.name, term.note);
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(std::move(note));
  }
  for (const std::string& note : notes) page.text(note, Style::quiet, Page::kIndent, 2);
}

}  // namespace

void model_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  const ModelComparison& model = summary.model;
  if (!model.why_not.empty()) {
    page.section("MODEL VS OBSERVED");
    page.text("Not compared: " + model.why_not, Style::quiet, Page::kIndent, 2);
    return;
  }
  if (model.terms.empty() && instants_of(model).empty()) return;
  page.section("MODEL VS OBSERVED", model.spike.step > 0
                                        ? fmt::format("terms at the logits spike of step {}", model.spike.step)
                                        : std::string("terms at the logits spike"));
  const ByteUnit unit = unit_for(largest_of(model));
  page.table(term_table(model, unit));
  page.blank();
  page.table(verdict_table(model));
  page.blank();
  if (!model.peak.where.empty()) page.text(fmt::format("Predicted peak: {}.", model.peak.where));
  if (const std::string worst = worst_terms(model, unit); !worst.empty()) page.text(worst);
  print_notes(model, page);
}

}  // namespace profile_train::reports
