#include "profiler/ladder.h"

#include <gmock/gmock.h>

namespace profile_train {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const LadderRung& rung(const std::vector<LadderRung>& ladder, std::string_view name) {
  for (const LadderRung& r : ladder)
    if (r.rung == name) return r;
  throw std::out_of_range(std::string(name));
}

TEST(Ladder, OnTheCpuLeadsFromRequestedToResidentWithTheDifferenceAsARow) {
  TraceFooter footer;
  footer.resident_at_start_bytes = 300;
  footer.resident_peak_bytes = 2500;
  const auto ladder = cpu_ladder(2000, footer);
  EXPECT_EQ(rung(ladder, "requested").bytes, 2000);
  EXPECT_EQ(rung(ladder, "outside tensors").bytes, 500);
  EXPECT_EQ(rung(ladder, "resident").bytes, 2500);
  EXPECT_THAT(rung(ladder, "outside tensors").explanation, HasSubstr("300 B"));
}

TEST(Ladder, ARungHasAFigureOrAReason) {
  for (const TraceFooter& footer : {TraceFooter{}, TraceFooter{.resident_peak_bytes = 4096}})
    for (const LadderRung& r : cpu_ladder(2000, footer))
      EXPECT_EQ(r.bytes.has_value(), r.why_not_measured.empty()) << r.rung;
}

TEST(Ladder, NamesEveryRungOfTheDesign) {
  const auto ladder = cpu_ladder(1, {});
  for (const char* name : {"requested", "allocated", "reserved", "driver", "process", "device"})
    EXPECT_NO_THROW(rung(ladder, name)) << name;
  EXPECT_THAT(rung(ladder, "reserved").why_not_measured, Not(IsEmpty()));
}

TEST(Ladder, UntouchedMemoryIsExplainedAndNotHidden) {
  TraceFooter footer;
  footer.resident_peak_bytes = 1500;
  const auto ladder = cpu_ladder(2000, footer);
  EXPECT_EQ(rung(ladder, "outside tensors").bytes, -500);
  EXPECT_THAT(rung(ladder, "outside tensors").explanation, HasSubstr("never touched"));
}

}  // namespace
}  // namespace profile_train
