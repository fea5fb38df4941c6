#include "reports/estimate_terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "profiler/mode_names.h"
#include "reports/format.h"
#include "reports/setup_text.h"
#include "reports/terminal/model_tables.h"
#include "reports/terminal/page.h"

namespace profile_train::reports {
namespace {

void print_header(const Estimate& estimate, Page& page) {
  const TrainingSetup& setup = estimate.setup;
  page.facts({"estimate, nothing was run",
              fmt::format("{} {} parameters", model_name(setup), format_count(estimate.parameters)),
              names_of(setup.precision).title, fmt::format("B {}", setup.batch), fmt::format("S {}", setup.sequence),
              setup.task == Task::inference ? names_of(setup.task).title : optimizer_name(setup), setup.device},
             Style::strong, 0);
  page.thick_rule();
  page.facts(setup_details(setup), Style::quiet, 0);
}

void print_model_header(const Estimate& estimate, Page& page) {
  const TrainingSetup& setup = estimate.setup;
  page.facts(
      {"estimate, nothing was run", estimate.model,
       fmt::format("{} {} parameters", model_name(setup), format_count(estimate.parameters)),
       fmt::format("B {}", setup.batch), fmt::format("S {}", setup.sequence), optimizer_name(setup), setup.device},
      Style::strong, 0);
  page.thick_rule();
  page.facts(setup_details(setup), Style::quiet, 0);
}

void print_model(const Estimate& estimate, Page& page) {
  if (!estimate.why_not.empty()) {
    page.section("EXACT MODEL");
    page.text(fmt::format("Not available: {}", estimate.why_not), Style::warning, Page::kIndent, 2);
    return;
  }
  const std::vector<NamedInstant> instants = named_instants(estimate.spike, estimate.peak, estimate.first_step_peak);
  if (estimate.peak.exact_bytes) {
    page.section("PEAK", fmt::format("{}, {}", format_bytes(*estimate.peak.exact_bytes),
                                     format_exact_bytes(*estimate.peak.exact_bytes)));
    page.text(fmt::format("In the steady state, by the exact model; reached in {}.", estimate.peak.where));
    page.blank();
    page.table(verdict_table(instants));
  }
  // Inference has no backward pass, and so no spike.
  const bool infers = estimate.setup.task == Task::inference;
  const std::vector<ModelTerm>& terms = infers ? estimate.peak.terms : estimate.spike.terms;
  page.section("TERMS", infers ? "at the peak" : "at the logits spike, steady state");
  page.table(term_table(terms, instants));
  if (const Table worst = worst_terms_table(terms); !worst.empty()) {
    page.blank();
    page.table(worst);
  }
}

std::string title_of(const EstimateTable& table) {
  std::string title = table.title;
  // ASCII only: the titles are English, and anything else stays as it is.
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return title;
}

/// What the source text prints for a row, and where that is wrong.
std::string remark_on(const EstimateRow& row) {
  if (row.quoted.empty()) return row.note;
  const std::string quote = fmt::format("the text says {}", row.quoted);
  return row.note.empty() ? quote : fmt::format("{}: {}", quote, row.note);
}

void print_table(const EstimateTable& estimate, Page& page) {
  const std::vector<EstimateRow>& rows = estimate.rows;
  const auto any = [&](auto has) { return std::any_of(rows.begin(), rows.end(), has); };
  const bool counts = any([](const EstimateRow& row) { return row.count || row.ratio; });
  const bool bytes = any([](const EstimateRow& row) { return row.bytes.has_value(); });
  const bool formulas = any([](const EstimateRow& row) { return !row.formula.empty(); });

  std::vector<Column> columns = {{"", Align::left, 16, Fit::wrap}};
  if (formulas) columns.push_back({"formula", Align::left, 10, Fit::wrap});
  if (counts) columns.push_back({"value"});
  if (bytes) {
    columns.push_back({"bytes"});
    columns.push_back({"size"});
  }
  Table table(std::move(columns));
  for (const EstimateRow& row : rows) {
    std::vector<Cell> cells = {row.name};
    if (formulas) cells.emplace_back(row.formula, Style::quiet);
    if (counts) {
      cells.emplace_back(row.count   ? format_count(*row.count)
                         : row.ratio ? format_number(*row.ratio, 2)
                                     : std::string());
    }
    if (bytes) {
      cells.emplace_back(row.bytes ? format_exact_bytes(*row.bytes) : std::string());
      cells.emplace_back(row.bytes ? format_bytes(*row.bytes) : std::string());
    }
    table.row(std::move(cells));
    if (const std::string remark = remark_on(row); !remark.empty()) {
      table.row({{fmt::format("↳ {}", remark), row.note.empty() ? Style::quiet : Style::warning}});
    }
  }
  page.section(title_of(estimate));
  page.table(table);
}

}  // namespace

std::string render_estimate(const Estimate& estimate, const TerminalOptions& options) {
  Page page(options.width, options.colour);
  const bool of_one_run = estimate.model.empty();  // else of a model, in every precision: its tables say all
  if (of_one_run)
    print_header(estimate, page);
  else
    print_model_header(estimate, page);
  if (of_one_run || !estimate.why_not.empty()) print_model(estimate, page);
  for (const EstimateTable& table : estimate.tables) print_table(table, page);
  return page.take();
}

}  // namespace profile_train::reports
