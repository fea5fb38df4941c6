#pragma once

#include <string>

#include "profiler/whatif.h"
#include "reports/terminal.h"

namespace profile_train::reports {

/// The answer to a question of what if, `asked` in words: as text and as JSON (docs/json_schema/whatif.schema.json).
std::string render_what_if(const WhatIfResult& result, const std::string& asked, const TerminalOptions& options);
std::string what_if_json(const WhatIfResult& result, const std::string& asked);

}  // namespace profile_train::reports
