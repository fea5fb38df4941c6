#pragma once

#include <string>

#include "profiler/budget/check.h"
#include "reports/terminal.h"

namespace profile_train::reports {

/// A budget beside a run, in the forms in which people and their machines read it. Pure functions.

std::string render_budget(const BudgetCheck& check, const TerminalOptions& options);

/// JUnit XML as continuous integration reads it: one test case a limit; a limit that is exceeded is a failure, one that
/// could not be measured an error, and so is a trace that cannot be judged.
std::string budget_junit(const BudgetCheck& check);

/// A summary for a pull request: the verdict, a table, and what is responsible for what is over.
std::string budget_markdown(const BudgetCheck& check);

/// docs/json_schema/check.schema.json says what is in it.
std::string to_json(const BudgetCheck& check);

}  // namespace profile_train::reports
