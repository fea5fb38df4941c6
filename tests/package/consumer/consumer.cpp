// Another project that uses the installed libraries: records one tensor of 1 MiB and prints the peak.
#include <ATen/ops/zeros.h>

#include <iostream>

#include "hooks/session.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"
#include "reports/format.h"

int main(int, char** arguments) {
  profile_train::Session session({.trace_path = arguments[1]});
  { const at::Tensor tensor = at::zeros({1024, 256}, at::kFloat); }
  session.stop();
  const auto analysis = profile_train::analyse(profile_train::read_trace(arguments[1]).value());
  std::cout << profile_train::reports::format_exact_bytes(analysis.summary.peak.requested_bytes) << '\n';
}
