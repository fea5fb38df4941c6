#include "profiler/attribution.h"

#include <gmock/gmock.h>

#include "profiler/analysis.h"
#include "tests/profiler/trace_builder.h"

namespace profile_train {

void PrintTo(const AttributionRow& row, std::ostream* out) {
  *out << row.name << ": " << row.at_peak_bytes << " of " << row.allocated_bytes << " in " << row.allocations;
}

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

auto row(const char* name, Bytes at_peak, Bytes allocated, std::int64_t allocations) {
  return AllOf(Field(&AttributionRow::name, name), Field(&AttributionRow::at_peak_bytes, at_peak),
               Field(&AttributionRow::allocated_bytes, allocated), Field(&AttributionRow::allocations, allocations));
}

TEST(Attribution, SumsByModuleAndByOutermostOperator) {
  test::TraceBuilder t;
  t.allocate(0x10, 1000);
  t.module("h.0").op("aten::linear").inner_op("aten::addmm").allocate(0x20, 30).free(0x20);
  t.op("aten::linear").allocate(0x30, 200);
  t.module("h.1").op("aten::linear").allocate(0x40, 300);
  t.op("aten::gelu").allocate(0x50, 7).free(0x50);
  const Summary summary = analyse(t.build()).summary;  // peak: 1000 + 200 + 300 + 7
  EXPECT_EQ(summary.peak.requested_bytes, 1507);
  EXPECT_THAT(summary.modules,
              ElementsAre(row("(none)", 1000, 1000, 1), row("h.1", 307, 307, 2), row("h.0", 200, 230, 2)));
  EXPECT_THAT(summary.operators,
              ElementsAre(row("(none)", 1000, 1000, 1), row("aten::linear", 500, 530, 3), row("aten::gelu", 7, 7, 1)));
}

}  // namespace
}  // namespace profile_train
