#include <fmt/format.h>

#include "reports/format.h"
#include "reports/terminal/sections.h"

namespace profile_train::reports {
namespace {

/// What makes figures of this report less than they seem, the worst first. One sentence each.
std::vector<std::string> loss_sentences(const Losses& losses) {
  std::vector<std::string> sentences;
  if (losses.dropped_events > 0) {
    sentences.push_back(fmt::format("{} events could not be recorded: every peak below is a lower bound.",
                                    format_count(losses.dropped_events)));
  }
  if (losses.cut) {
    sentences.push_back("The trace is cut, so every peak below is a lower bound: " +
                        (losses.cut_reason.empty() ? std::string("its end is missing.") : losses.cut_reason));
  }
  if (losses.dropped_scopes > 0) {
    sentences.push_back(
        fmt::format("{} operators or modules had no room in the trace's tables: their bytes are right, "
                    "but stand under the name of what called them.",
                    format_count(losses.dropped_scopes)));
  }
  if (losses.unmatched_frees > 0) {
    sentences.push_back(
        fmt::format("{} releases had no allocation in the trace.", format_count(losses.unmatched_frees)));
  }
  if (losses.unmatched_roles > 0) {
    sentences.push_back(fmt::format("{} tensors of the model lie in storages whose allocation the trace does not have.",
                                    format_count(losses.unmatched_roles)));
  }
  if (losses.implied_frees > 0) {
    sentences.push_back(
        fmt::format("{} releases were not seen; they are implied by a new allocation at the same address.",
                    format_count(losses.implied_frees)));
  }
  return sentences;
}

}  // namespace

void warnings_section(const Summary& summary, const TerminalOptions& /*options*/, Page& page) {
  const std::vector<std::string> losses = loss_sentences(summary.losses);
  const TraceFooter& footer = summary.footer;
  if (losses.empty() && summary.warnings.empty() && footer.failure.empty() && !footer.interrupted) return;
  page.blank();
  const auto warn = [&](std::string_view sentence, Style style = Style::warning) {
    page.text(fmt::format("! {}", sentence), style, 0, 2);
  };
  if (!footer.failure.empty()) warn("The program failed: " + footer.failure, Style::bad);
  if (footer.interrupted)
    warn("The program was asked to stop before its last step; this is what was recorded until then.");
  for (const std::string& sentence : losses) warn(sentence);
  for (const std::string& sentence : summary.warnings) warn(sentence);
}

}  // namespace profile_train::reports
