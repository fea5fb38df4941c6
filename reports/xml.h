#pragma once

#include <string>
#include <string_view>

namespace profile_train::reports {

/// Text as it stands in an element or a quoted attribute of XML 1.0 (and of HTML): markup escaped, line ends kept,
/// control characters and what is no UTF-8 replaced, since no XML may hold them.
std::string xml_text(std::string_view text);

}  // namespace profile_train::reports
