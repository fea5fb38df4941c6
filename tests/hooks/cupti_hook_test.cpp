// The hook against a CUPTI that answers as each test says.

#include "hooks/cupti_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fake_cupti.h"
#include "hooks/cupti_calls.h"
#include "hooks/cupti_records.h"
#include "recorded_events.h"

namespace profile_train::hooks {
namespace {

using test::FakeCupti;
using test::RecordedEvents;
using testing::HasSubstr;
using testing::StartsWith;

constexpr CUdeviceptr kPlace = 0x7F00'0000'0000;
constexpr Bytes kMiB = 1 << 20;

struct CuptiHookTest : testing::Test {
  FakeCupti cupti;
  RecordedEvents recorded;
  CuptiHook hook{recorded.sink};

  std::string begin() { return hook.begin(cupti.api); }
  void expect_nothing_begun() {
    EXPECT_FALSE(hook.begun());
    EXPECT_FALSE(cupti.subscribed);
    EXPECT_EQ(hook.end(), "");
  }
};

TEST_F(CuptiHookTest, WatchesTheCallsThatChangeMemoryAndNoKernels) {
  EXPECT_EQ(begin(), "");
  EXPECT_EQ(cupti.subscriber_name, "profile-train");
  EXPECT_EQ(cupti.watched, std::set<CUpti_CallbackId>(memory_calls().begin(), memory_calls().end()));
  EXPECT_EQ(cupti.collected, (std::set{CUPTI_ACTIVITY_KIND_MEMORY2, CUPTI_ACTIVITY_KIND_MEMORY_POOL}));
  EXPECT_EQ(hook.end(), "");
  EXPECT_FALSE(cupti.subscribed);
  EXPECT_TRUE(cupti.collected.empty());
}

TEST_F(CuptiHookTest, RecordsWhatTheDriverGaveOnceTheCallHasReturned) {
  begin();
  cupti.device = 5;
  cupti.allocates(kPlace, 2 * kMiB);
  cupti.releases(kPlace);
  const auto events = recorded.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, EventKind::driver_allocate);
  EXPECT_EQ(events[0].address, kPlace);
  EXPECT_EQ(events[0].bytes, 2 * kMiB);
  EXPECT_EQ(events[0].driver_memory(), DriverMemory::device);
  EXPECT_EQ(events[0].device, DeviceType::cuda);
  EXPECT_EQ(events[0].device_index, 5);
  EXPECT_EQ(events[1].kind, EventKind::driver_free);
  EXPECT_EQ(events[1].address, kPlace);
  EXPECT_EQ(cupti.device_questions, 1);  // once a context
  hook.end();
}

TEST_F(CuptiHookTest, CallsThatFailedAndCallsThatOnlyBeginAreNoChanges) {
  begin();
  cupti.allocates(kPlace, 2 * kMiB, CUDA_ERROR_OUT_OF_MEMORY);
  const cuMemFree_v2_params params{kPlace};
  cupti.returns(CUPTI_DRIVER_TRACE_CBID_cuMemFree_v2, &params, CUDA_SUCCESS, 1, CUPTI_API_ENTER);
  EXPECT_TRUE(recorded.take().empty());
  hook.end();
}

TEST_F(CuptiHookTest, AnEventCarriesThePlaceOfTheThreadThatCalled) {
  begin();
  const NameId op = recorded.sink.names.intern("aten::conv2d");
  recorded.sink.enter(op, ScopeKind::op);
  cupti.allocates(kPlace, kMiB);
  recorded.sink.leave();
  std::thread([this] { cupti.allocates(kPlace + 2 * kMiB, kMiB); }).join();
  const auto events = recorded.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(recorded.sink.scopes.scope(events[0].scope).name, op);
  EXPECT_EQ(events[1].scope, 0U);
  EXPECT_NE(events[0].thread, events[1].thread);
  hook.end();
}

TEST_F(CuptiHookTest, MemoryOfTheProfilerItselfIsCountedApart) {
  begin();
  EXPECT_EQ(hook.own_device_bytes(), 0);
  {
    const ReentryGuard in_a_hook;
    cupti.allocates(kPlace, 3 * kMiB);
  }
  EXPECT_EQ(hook.own_device_bytes(), 3 * kMiB);
  EXPECT_TRUE(recorded.take().empty());
  hook.end();
}

TEST_F(CuptiHookTest, AfterTheSessionNothingIsRecordedAndTheNextOneWorksAgain) {
  begin();
  hook.end();
  recorded.sink.end();
  cupti.allocates(kPlace, kMiB);  // a callback that was on its way
  EXPECT_TRUE(recorded.take().empty());
  recorded.sink.begin();
  CuptiHook second(recorded.sink);
  EXPECT_EQ(second.begin(cupti.api), "");
  cupti.allocates(kPlace, kMiB);
  EXPECT_EQ(recorded.take().size(), 1U);
  EXPECT_EQ(second.end(), "");
}

// What can be wrong with CUPTI: each has its sentence, and nothing stays half begun.

TEST_F(CuptiHookTest, WithoutTheLibrary) {
  constexpr std::array<const char*, 1> kNoSuchLibrary = {"libno_such_cupti.so.13"};
  const std::string sentence = hook.begin(load_cupti(kNoSuchLibrary));
  EXPECT_THAT(sentence,
              StartsWith("Driver allocations are not recorded: CUPTI is not there: libno_such_cupti.so.13: "));
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, WithALibraryThatIsNoCupti) {
  constexpr std::array<const char*, 1> kOther = {"libm.so.6"};
  EXPECT_EQ(hook.begin(load_cupti(kOther)),
            "Driver allocations are not recorded: CUPTI is not there: libm.so.6 lacks cuptiGetVersion.");
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, WithoutADriver) {
  constexpr const char* kSentence = "Driver allocations are not recorded: there is no CUDA driver.";
  cupti.driver_version = 0;
  EXPECT_EQ(begin(), kSentence);
  cupti.api.driver_version = nullptr;
  EXPECT_EQ(begin(), kSentence);
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, OfAnOldVersion) {
  cupti.version = 26;
  EXPECT_EQ(begin(), "Driver allocations are not recorded: this CUPTI is API 26, and 13.0 is needed.");
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, ThatSomebodyElseHolds) {
  cupti.subscribe_result = CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  cupti.holder = "CUPTI for Nsight Systems";
  EXPECT_EQ(
      begin(),
      "Driver allocations are not recorded: \"CUPTI for Nsight Systems\" holds CUPTI, which serves one profiler at "
      "a time; end it before the session begins.");
  cupti.holder.clear();
  constexpr const char* kByAnother =
      "Driver allocations are not recorded: another profiler holds CUPTI, which serves one at a time; LibTorch's own "
      "keeps it once it was used.";
  EXPECT_EQ(begin(), kByAnother);
  cupti.holder = "CUPTI";
  EXPECT_EQ(begin(), kByAnother);
  EXPECT_EQ(cupti.request, nullptr);  // the holder's buffers are left alone
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, ThatCannotBeInitialised) {
  cupti.subscribe_result = CUPTI_ERROR_UNKNOWN;
  EXPECT_EQ(
      begin(),
      "Driver allocations are not recorded: CUPTI could not be initialised, CUPTI_ERROR_OF_THE_TEST (999); it must not "
      "be newer than the driver.");
  cupti.subscribe_result = CUPTI_ERROR_NOT_INITIALIZED;
  EXPECT_THAT(begin(), HasSubstr("could not be initialised, CUPTI_ERROR_OF_THE_TEST (15)"));
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, WithoutPrivileges) {
  cupti.enable_callback_result = CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  EXPECT_THAT(begin(), HasSubstr("the driver lets only administrators profile, CUPTI_ERROR_OF_THE_TEST (35); run as"));
  expect_nothing_begun();  // it was subscribed, and has let go
}

TEST_F(CuptiHookTest, WithAnotherError) {
  cupti.version_result = CUPTI_ERROR_INVALID_PARAMETER;
  EXPECT_EQ(begin(), "Driver allocations are not recorded: CUPTI answers CUPTI_ERROR_OF_THE_TEST (1).");
  expect_nothing_begun();
}

TEST_F(CuptiHookTest, WithoutRecordsTheCallsAreStillWatched) {
  cupti.enable_records_result = CUPTI_ERROR_NOT_COMPATIBLE;
  EXPECT_EQ(begin(),
            "Driver allocations lack variables of CUDA modules, and what pools hold without using it: CUPTI answers "
            "CUPTI_ERROR_OF_THE_TEST (14).");
  EXPECT_TRUE(hook.begun());
  EXPECT_TRUE(cupti.collected.empty());
  cupti.allocates(kPlace, kMiB);
  EXPECT_EQ(recorded.take().size(), 1U);
  EXPECT_EQ(hook.end(), "");
}

TEST_F(CuptiHookTest, ThatDropsRecords) {
  begin();
  cupti.dropped = 7;
  EXPECT_EQ(hook.end(),
            "CUPTI's memory records are incomplete: CUPTI dropped 7; variables of CUDA modules and what pools hold may "
            "be missing from the driver's figure.");
}

TEST_F(CuptiHookTest, ThatDoesNotFlush) {
  begin();
  cupti.flush_result = CUPTI_ERROR_UNKNOWN;
  EXPECT_THAT(hook.end(), HasSubstr("they could not be flushed, CUPTI_ERROR_OF_THE_TEST (999)"));
}

TEST_F(CuptiHookTest, ThatKeepsAllBuffersIsRefusedMore) {
  begin();
  std::vector<std::uint8_t*> kept;
  const auto request = [&] {
    std::uint8_t* buffer = nullptr;
    std::size_t bytes = 0;
    std::size_t max_records = 1;
    cupti.request(&buffer, &bytes, &max_records);
    EXPECT_EQ(max_records, 0U);
    return buffer;
  };
  for (std::size_t i = 0; i < CuptiRecords::kBuffers; ++i) {
    kept.push_back(request());
    ASSERT_NE(kept.back(), nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kept.back()) % 8, 0U);
  }
  EXPECT_EQ(request(), nullptr);
  cupti.dropped = 3;
  EXPECT_THAT(hook.end(), HasSubstr("incomplete: 3 came faster than they could be read;"));
  // They are CUPTI's until it gives them back, however late.
  recorded.sink.end();
  for (std::uint8_t* buffer : kept) cupti.complete(nullptr, 0, buffer, CuptiRecords::kBufferBytes, 0);
  recorded.sink.begin();
  begin();
  EXPECT_NE(request(), nullptr);
}

}  // namespace
}  // namespace profile_train::hooks
