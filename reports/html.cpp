#include "reports/html.h"

#include <string_view>
#include <utility>

#include "reports/html_data.h"
#include "reports/html_summary.h"

namespace profile_train::reports {

/// Made from reports/html/ at build time, see cmake/EmbedFiles.cmake.
namespace page {
extern const std::string_view kPage;
extern const std::string_view kStyle;
extern const std::string_view kScript;
}  // namespace page

namespace {

/// JSON inside a <script> element: a '<' in a string could end the element, and only strings hold one.
void append_json(std::string& out, std::string_view json) {
  for (char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
}

void append_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
}

/// Calls `fill(name, out)` for each {{name}} of the template, in order.
template <typename Fill>
std::string fill_template(std::string_view text, const Fill& fill) {
  std::string out;
  while (true) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open));
    fill(text.substr(open + 2, close - open - 2), out);
    text.remove_prefix(close + 2);
  }
}

}  // namespace

std::string render_html(const Analysis& analysis, const HtmlLimits& limits) {
  const std::string summary = page_summary(analysis.summary);
  const std::string chart = chart_data(analysis, limits);
  const std::string& config = analysis.summary.header.config_name;
  return fill_template(page::kPage, [&](std::string_view name, std::string& out) {
    if (name == "title") append_text(out, config.empty() ? std::string_view("training memory") : config);
    if (name == "style") out += page::kStyle;
    if (name == "script") out += page::kScript;
    if (name == "summary") append_json(out, summary);
    if (name == "chart") append_json(out, chart);
  });
}

}  // namespace profile_train::reports
