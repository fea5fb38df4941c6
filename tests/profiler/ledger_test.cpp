#include "profiler/ledger.h"

#include <gmock/gmock.h>

#include "tests/profiler/trace_builder.h"

namespace profile_train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Ledger ledger_of(const Trace& trace) {
  const std::vector<EventIndex> marks = find_marks(trace.events);
  return replay(trace.events, find_phases(trace.events, marks), find_steps(trace.events, marks));
}

TEST(Ledger, AnAllocationIsAliveFromItsBirthUntilItsRelease) {
  test::TraceBuilder t;
  t.allocate(0x1000, 4096).allocate(0x2000, 512).free(0x1000);
  const Ledger ledger = ledger_of(t.build());
  const Allocation& first = ledger.allocations().at(0);
  EXPECT_TRUE(first.alive_at(0));
  EXPECT_TRUE(first.alive_at(1));
  EXPECT_FALSE(first.alive_at(2)) << "the release itself is the first event at which it is gone";
  EXPECT_EQ(ledger.allocations().at(1).died, kNever);
  EXPECT_THAT(ledger.deaths(), ElementsAre(0));
}

TEST(Ledger, AnAddressMayHaveOneOwnerAfterAnother) {
  test::TraceBuilder t;
  t.allocate(0x1000, 100).free(0x1000).allocate(0x1000, 200);
  const Ledger ledger = ledger_of(t.build());
  ASSERT_EQ(ledger.allocations().size(), 2U);
  EXPECT_EQ(ledger.allocations()[0].died, 1U);
  EXPECT_EQ(ledger.allocations()[1].bytes, 200);
  EXPECT_EQ(ledger.devices().at(0).live_bytes, 200);
  EXPECT_EQ(ledger.implied_frees(), 0U);
}

TEST(Ledger, ALateRoleHoldsForTheWholeLifetime) {
  test::TraceBuilder t;
  t.allocate(0x1000, 4096).allocate(0x2000, 1).role(0x1000, Role::gradient, "wte.weight.grad");
  const Trace trace = t.build();
  const Ledger ledger = ledger_of(trace);
  const Allocation& gradient = ledger.allocations().at(0);
  EXPECT_EQ(gradient.role, Role::gradient);
  EXPECT_EQ(trace.names.at(gradient.name), "wte.weight.grad");
  EXPECT_EQ(ledger.allocations().at(1).role, Role::none);
}

TEST(Ledger, ARoleIsOfTheOwnerAtThatMomentAndNotOfTheAddress) {
  test::TraceBuilder t;
  t.allocate(0x1000, 8).free(0x1000).allocate(0x1000, 8).role(0x1000, Role::parameter, "w");
  const Ledger ledger = ledger_of(t.build());
  EXPECT_EQ(ledger.allocations().at(0).role, Role::none);
  EXPECT_EQ(ledger.allocations().at(1).role, Role::parameter);
}

TEST(Ledger, TheStrongestRoleStaysWithItsFirstName) {
  test::TraceBuilder t;
  t.allocate(0x1000, 8);
  t.role(0x1000, Role::input, "batch").role(0x1000, Role::parameter, "wte.weight");
  t.role(0x1000, Role::parameter, "lm_head.weight").role(0x1000, Role::gradient, "x.grad");
  const Trace trace = t.build();
  const Ledger ledger = ledger_of(trace);
  EXPECT_EQ(ledger.allocations().at(0).role, Role::parameter);
  EXPECT_EQ(trace.names.at(ledger.allocations().at(0).name), "wte.weight");
}

TEST(Ledger, TheFirstDescriptionIsTheStoragesAndLaterOnesAreViews) {
  test::TraceBuilder t;
  t.allocate(0x1000, 24).describe(0x1000, "float32", {2, 3}).describe(0x1000, "float32", {6});
  const Trace trace = t.build();
  const Ledger ledger = ledger_of(trace);
  EXPECT_THAT(trace.tensor_types.at(ledger.allocations().at(0).tensor_type).sizes, ElementsAre(2, 3));
}

TEST(Ledger, AReleaseOfSomethingUnknownIsCountedAndChangesNothing) {
  test::TraceBuilder t;
  t.free(0x1000).allocate(0x1000, 64).free(0x1000).free(0x1000);
  const Ledger ledger = ledger_of(t.build());
  EXPECT_EQ(ledger.unmatched_frees(), 2U);
  EXPECT_EQ(ledger.devices().at(0).live_bytes, 0);
  EXPECT_EQ(ledger.devices().at(0).peak_bytes, 64);
}

TEST(Ledger, AnAllocationAtALiveAddressEndsTheOwnerBefore) {
  test::TraceBuilder t;
  t.allocate(0x1000, 64).allocate(0x1000, 16);
  const Ledger ledger = ledger_of(t.build());
  EXPECT_EQ(ledger.implied_frees(), 1U);
  EXPECT_EQ(ledger.allocations().at(0).died, 1U);
  EXPECT_EQ(ledger.devices().at(0).live_bytes, 16);
  EXPECT_EQ(ledger.devices().at(0).peak_bytes, 64) << "never both at once";
}

TEST(Ledger, RolesAndDescriptionsOfUnknownAddressesMakeNothing) {
  test::TraceBuilder t;
  t.role(0x1000, Role::parameter, "w").describe(0x2000, "float32", {4});
  const Ledger ledger = ledger_of(t.build());
  EXPECT_EQ(ledger.unmatched_roles(), 1U);
  EXPECT_THAT(ledger.allocations(), IsEmpty());
}

TEST(Ledger, CarriedInMemoryIsAliveFromWhenItWasFirstSeen) {
  test::TraceBuilder t;
  t.allocate(0x2000, 8).carried_in(0x1000, 4096).free(0x1000);
  const Ledger ledger = ledger_of(t.build());
  EXPECT_TRUE(ledger.allocations().at(1).carried_in);
  EXPECT_EQ(ledger.allocations().at(1).born, 1U);
  EXPECT_EQ(ledger.allocations().at(1).died, 2U);
  EXPECT_EQ(ledger.unmatched_frees(), 0U);
}

TEST(Ledger, DevicesHaveTheirOwnAddressesAndTotals) {
  test::TraceBuilder t;
  t.allocate(0x1000, 100);
  t.device(DeviceType::cuda, 0).allocate(0x1000, 2000);
  t.device(DeviceType::cuda, 1).allocate(0x1000, 30'000).free(0x1000);
  const Ledger ledger = ledger_of(t.build());
  ASSERT_EQ(ledger.devices().size(), 3U);
  EXPECT_EQ(ledger.devices()[0].live_bytes, 100);
  EXPECT_EQ(ledger.devices()[1].live_bytes, 2000);
  EXPECT_EQ(ledger.devices()[2].live_bytes, 0);
  EXPECT_EQ(ledger.devices()[2].peak_bytes, 30'000);
  EXPECT_EQ(ledger.implied_frees(), 0U);
}

TEST(Ledger, BirthAndDeathKnowTheirStepAndPhaseWhateverTheThread) {
  test::TraceBuilder t;
  t.step(1).phase(Phase::forward).allocate(0x1000, 8);
  t.phase(Phase::backward).thread(2).free(0x1000);
  t.step(2).thread(1).allocate(0x2000, 8);
  const Ledger ledger = ledger_of(t.build());
  const Allocation& activation = ledger.allocations().at(0);
  EXPECT_EQ(activation.born_phase, Phase::forward);
  EXPECT_EQ(activation.died_phase, Phase::backward);
  EXPECT_EQ(activation.died_step, 1);
  EXPECT_EQ(ledger.allocations().at(1).born_step, 2);
  EXPECT_EQ(ledger.allocations().at(1).born_phase, Phase::other);
}

}  // namespace
}  // namespace profile_train
