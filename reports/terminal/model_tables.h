#pragma once

#include <string_view>
#include <vector>

#include "profiler/summary.h"
#include "reports/table.h"

namespace profile_train::reports {

/// An instant of the memory model with the name it has in reports.
struct NamedInstant {
  std::string_view name;
  const ModelInstant* instant;
};

/// Those of the three instants that have any value at all. The result points into its arguments.
std::vector<NamedInstant> named_instants(const ModelInstant& spike, const ModelInstant& peak,
                                         const ModelInstant& first_step_peak);

/// One row a term, in a unit that fits all of them, and the totals below. A column without any value is left out.
Table term_table(const std::vector<ModelTerm>& terms, const std::vector<NamedInstant>& totals);

/// In exact bytes: what was observed at each instant, and by how much each formula is off. Where nothing was observed,
/// the formulas are measured against the exact one.
Table verdict_table(const std::vector<NamedInstant>& instants);

/// The terms in which the stated formula is furthest from the truth, and why.
Table worst_terms_table(const std::vector<ModelTerm>& terms);

}  // namespace profile_train::reports
