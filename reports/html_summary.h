#pragma once

#include <string>

#include "profiler/summary.h"
#include "reports/json_writer.h"

namespace profile_train::reports {

/// Rows with the same fields, texts, whole numbers and objects of whole numbers, as one packed column a field:
/// `paths` names the fields, `texts` those columns that are positions among `strings`. html/columns.js makes rows
/// again.
Json in_columns(const Json& rows);

/// The summary as the page carries it: what `to_json` writes, without the line breaks that are for people, and with the
/// phases in columns. A run of a million events has thousands of phases, and they would be most of its page.
std::string page_summary(const Summary& summary);

}  // namespace profile_train::reports
