#include "reports/xml.h"

#include "reports/text.h"

namespace profile_train::reports {
namespace {

/// U+FFFE and U+FFFF are valid UTF-8 and still no characters of XML.
bool is_no_character(std::string_view text) {
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

void append_line(std::string& out, std::string_view line) {
  const std::string valid = printable(line);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    switch (valid[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default:
        if (is_no_character(std::string_view(valid).substr(i))) {
          out += "\xEF\xBF\xBD";
          i += 2;
        } else {
          out += valid[i];
        }
    }
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    append_line(out, text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += "&#10;";  // in an attribute, a bare line end would be read as a blank
    text.remove_prefix(end + 1);
  }
}

}  // namespace profile_train::reports
