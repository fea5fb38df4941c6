#include <fmt/format.h>

#include <algorithm>

#include "reports/terminal/model_tables.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

/// Why a residual is not 0, or a value of ours is missing; each note once.
void print_notes(const std::vector<ModelTerm>& terms, Page& page) {
  std::vector<std::string> notes;
  for (const ModelTerm& term : terms) {
    const bool needs_words = term.residual_bytes.value_or(1) != 0 || !term.exact_bytes || !term.observed_bytes;
    if (term.note.empty() || !needs_words) continue;
    std::string note = fmt::format("{}: {}", term.name, term.note);
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(std::move(note));
  }
  for (const std::string& note : notes) page.text(note, Style::quiet, Page::kIndent, 2);
}

/// Without a backward pass there is no spike, and the terms are those at the peak.
std::string instant_of_terms(const ModelComparison& model) {
  if (model.spike.step > 0) return fmt::format("terms at the logits spike of step {}", model.spike.step);
  if (model.peak.step > 0) return fmt::format("terms at the peak of step {}", model.peak.step);
  return "terms at the logits spike";
}

}  // namespace

void model_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  const ModelComparison& model = summary.model;
  if (!model.why_not.empty()) {
    page.section("MODEL VS OBSERVED");
    page.text("Not compared: " + model.why_not, Style::quiet, Page::kIndent, 2);
    return;
  }
  const std::vector<NamedInstant> instants = named_instants(model.spike, model.peak, model.first_step_peak);
  if (model.terms.empty() && instants.empty()) return;
  page.section("MODEL VS OBSERVED", instant_of_terms(model));
  page.table(term_table(model.terms, instants));
  print_notes(model.terms, page);
  if (!instants.empty()) {
    page.blank();
    page.table(verdict_table(instants));
  }
  if (!model.peak.where.empty()) {
    page.blank();
    page.text(fmt::format("The exact model puts the peak into {}.", model.peak.where));
  }
  if (!model.simulated_on.empty()) {
    page.blank();
    page.text(fmt::format("Simulated: the same training on {}.", model.simulated_on));
  }
  if (const Table worst = worst_terms_table(model.terms); !worst.empty()) {
    page.blank();
    page.table(worst);
  }
}

}  // namespace profile_train::reports
