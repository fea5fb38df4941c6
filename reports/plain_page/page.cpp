#include "reports/plain_page/page.h"

#include <fmt/format.h>

#include "reports/xml.h"

namespace profile_train::reports {

/// Made from plain_page/page.css at build time, see cmake/EmbedFiles.cmake.
namespace plain_page {
extern const std::string_view kStyle;
}  // namespace plain_page

void PlainPage::heading(std::string_view text) { body_ += fmt::format("<h2>{}</h2>\n", xml_text(text)); }

void PlainPage::text(std::string_view text) { body_ += fmt::format("<p>{}</p>\n", xml_text(text)); }

void PlainPage::warning(std::string_view text) {
  body_ += fmt::format("<p class=\"warning\">{}</p>\n", xml_text(text));
}

void PlainPage::table(std::string_view id, const std::vector<std::string>& titles,
                      const std::vector<std::vector<PlainCell>>& rows) {
  body_ += fmt::format("<div class=\"wide\"><table id=\"{}\"><thead><tr>", xml_text(id));
  for (std::size_t i = 0; i < titles.size(); ++i) {
    const bool number = !rows.empty() && i < rows.front().size() && rows.front()[i].number;
    body_ += fmt::format("<th{}>{}</th>", number ? " class=\"number\"" : "", xml_text(titles[i]));
  }
  body_ += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    body_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const PlainCell& cell = row[i];
      const std::string css =
          fmt::format("{}{}{}", cell.number ? "number" : "", cell.number && !cell.css.empty() ? " " : "", cell.css);
      std::string attributes = css.empty() ? "" : fmt::format(" class=\"{}\"", css);
      if (i + 1 == row.size() && row.size() < titles.size())  // a sentence in place of the figures
        attributes += fmt::format(" colspan=\"{}\"", titles.size() - i);
      body_ += fmt::format("<td{}>{}</td>", attributes, xml_text(cell.text));
    }
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

std::string PlainPage::take() const {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n"
      "<style>\n{1}</style></head>\n<body><main>\n<h1>{0}</h1>\n{2}</main></body></html>\n",
      xml_text(title_), plain_page::kStyle, body_);
}

}  // namespace profile_train::reports
