#include "profiler/phases.h"

#include <gmock/gmock.h>

#include "tests/profiler/trace_builder.h"

namespace profile_train {

bool operator==(const PhaseSpan& a, const PhaseSpan& b) {
  return a.phase == b.phase && a.first == b.first && a.last == b.last && a.opened_here == b.opened_here;
}
void PrintTo(const PhaseSpan& span, std::ostream* out) {
  *out << to_string(span.phase) << " " << span.first << ".." << span.last << (span.opened_here ? "" : " (goes on)");
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<PhaseSpan> phases_of(const Trace& trace) { return find_phases(trace.events, find_marks(trace.events)); }

TEST(Phases, CoverTheTraceFromMarkToMark) {
  test::TraceBuilder t;
  t.allocate(1, 4);                              // 0
  t.phase(Phase::forward).allocate(2, 4);        // 1, 2
  t.end_phase();                                 // 3
  t.allocate(3, 4);                              // 4
  t.phase(Phase::backward).free(2).end_phase();  // 5, 6, 7
  EXPECT_THAT(phases_of(t.build()),
              ElementsAre(PhaseSpan{Phase::other, 0, 0, false}, PhaseSpan{Phase::forward, 1, 3, true},
                          PhaseSpan{Phase::other, 4, 4, false}, PhaseSpan{Phase::backward, 5, 7, true}));
}

TEST(Phases, TheInnermostOpenPhaseCounts) {
  test::TraceBuilder t;
  t.phase(Phase::forward).allocate(1, 4);                  // 0, 1
  t.nested_phase(Phase::loss).allocate(2, 4).end_phase();  // 2, 3, 4
  t.allocate(3, 4).end_phase();                            // 5, 6
  EXPECT_THAT(phases_of(t.build()),
              ElementsAre(PhaseSpan{Phase::forward, 0, 1, true}, PhaseSpan{Phase::loss, 2, 4, true},
                          PhaseSpan{Phase::forward, 5, 6, false}));
}

TEST(Phases, AnOuterEndClosesWhatWasLeftOpenInsideIt) {
  Trace trace;
  const auto mark = [&](EventKind kind, Phase phase) {
    trace.events.push_back({.kind = kind, .detail = static_cast<std::uint8_t>(phase)});
  };
  mark(EventKind::phase_begin, Phase::forward);
  mark(EventKind::phase_begin, Phase::loss);
  mark(EventKind::phase_end, Phase::forward);
  mark(EventKind::phase_end, Phase::loss);  // of a phase that is closed already: ignored
  EXPECT_THAT(phases_of(trace), ElementsAre(PhaseSpan{Phase::forward, 0, 0, true}, PhaseSpan{Phase::loss, 1, 2, true},
                                            PhaseSpan{Phase::other, 3, 3, false}));
}

TEST(Phases, APhaseThatNeverEndsGoesToTheLastEvent) {
  test::TraceBuilder t;
  t.phase(Phase::backward).allocate(1, 4).allocate(2, 4);
  EXPECT_THAT(phases_of(t.build_cut()), ElementsAre(PhaseSpan{Phase::backward, 0, 2, true}));
}

TEST(Phases, NoEventsNoPhases) { EXPECT_THAT(phases_of(Trace{}), IsEmpty()); }

}  // namespace
}  // namespace profile_train
