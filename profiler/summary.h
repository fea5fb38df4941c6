#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profiler/allocation.h"
#include "profiler/category.h"
#include "profiler/driver_level.h"
#include "profiler/trace.h"

namespace profile_train {

/// Parameters of the model as the trace saw them (role events), storages counted once.
struct ParameterInventory {
  std::int64_t count = 0;  ///< numbers, not tensors
  std::int64_t tensors = 0;
  Bytes bytes = 0;
};

/// What one device held, whatever the summary's other figures speak of.
struct DeviceTotals {
  DeviceType device = DeviceType::cpu;
  std::uint8_t device_index = 0;
  Bytes live_bytes = 0;  ///< at the end of the trace
  Bytes peak_bytes = 0;
  Bytes allocated_bytes = 0;  ///< sum over the whole trace
  std::int64_t allocations = 0;
  // Of a caching allocator; 0 where there is none.
  Bytes reserved_bytes = 0;  ///< segments it holds at the end of the trace
  Bytes reserved_peak_bytes = 0;
  std::int64_t out_of_memory = 0;                    ///< requests that it could not serve
  std::array<std::optional<Bytes>, kGauges> gauges;  ///< by Gauge: what was read last

  std::optional<Bytes> reading(Gauge gauge) const { return gauges[static_cast<std::size_t>(gauge)]; }
};

/// The instant of the highest requested bytes on the device, or in one step of it.
struct PeakInstant {
  EventIndex event = 0;
  std::uint64_t time_ns = 0;
  Bytes requested_bytes = 0;
  std::int32_t step = 0;  ///< 0: outside every step
  Phase phase = Phase::other;
  std::string op;      ///< outermost operator or backward node at that instant; empty if none
  std::string module;  ///< module path; empty if none
  BytesByCategory by_category{};
  Bytes residual_bytes = 0;  ///< requested_bytes − sum of by_category: 0, or a defect of ours
};

struct StepSummary {
  std::int32_t step = 0;
  std::optional<double> loss;
  double seconds = 0.0;
  EventIndex first_event = 0;
  EventIndex last_event = 0;
  PeakInstant peak;
};

/// One stretch of one phase, in the order of the trace.
struct PhaseSummary {
  Phase phase = Phase::other;
  std::int32_t step = 0;
  EventIndex first_event = 0;
  EventIndex last_event = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  Bytes start_bytes = 0;
  Bytes peak_bytes = 0;
  Bytes end_bytes = 0;
  std::int64_t events = 0;  ///< that changed memory
  BytesByCategory end_by_category{};
};

/// A row of "live at the peak": one allocation, told in words.
struct LiveAllocation {
  Bytes bytes = 0;
  Category category = Category::unknown;
  std::string dtype;                ///< empty: not known
  std::vector<std::int64_t> sizes;  ///< valid if dtype is not empty
  std::string name;                 ///< tensor name for weights, gradients, states
  std::string module;
  std::string op;              ///< outermost operator or backward node that allocated it
  Phase phase = Phase::other;  ///< of birth
  std::int32_t step = 0;       ///< of birth
  EventIndex age_events = 0;   ///< events from its birth to the peak
  bool carried_in = false;
};

/// Totals over one module path or one operator.
struct AttributionRow {
  std::string name;           ///< "(none)" for allocations outside every module or operator
  Bytes at_peak_bytes = 0;    ///< live at the overall peak
  Bytes allocated_bytes = 0;  ///< sum over the whole trace
  std::int64_t allocations = 0;
};

/// Same place in every step, more bytes each time: what a leak looks like.
struct GrowthRow {
  std::string op;
  std::string module;
  Phase phase = Phase::other;
  Category category = Category::unknown;
  Bytes bytes_per_step = 0;  ///< mean increase from step to step of what stays alive
  std::int64_t steps = 0;    ///< steps over which it grew
  Bytes total_bytes = 0;     ///< alive at the end of the last complete step
};

/// A term of the memory model beside what was seen. Empty values were not predicted, or not measured.
struct ModelTerm {
  std::string name;
  std::string formula;  ///< of the exact column, in the symbols of docs/memory_model.md
  std::optional<Bytes> stated_bytes;
  std::optional<Bytes> corrected_bytes;
  std::optional<Bytes> exact_bytes;
  std::optional<Bytes> simulated_bytes;
  std::optional<Bytes> observed_bytes;
  std::optional<Bytes> residual_bytes;  ///< observed − exact
  std::string note;                     ///< why a value is missing or differs; empty if there is nothing to say
};

/// The model against the trace at one instant.
struct ModelInstant {
  std::string where;  ///< predicted place of the instant, for people: "backward: sum of the tied head's gradients"
  std::int32_t step = 0;
  std::optional<Phase> exact_phase;
  std::optional<Bytes> stated_bytes;
  std::optional<Bytes> corrected_bytes;
  std::optional<Bytes> exact_bytes;
  std::optional<Bytes> simulated_bytes;
  std::optional<Bytes> observed_bytes;
  std::optional<Phase> observed_phase;
  std::optional<Bytes> residual_bytes;
  std::vector<ModelTerm> terms;  ///< rows that sum to the totals above, column by column
};

struct ModelComparison {
  std::vector<ModelTerm> terms;   ///< the terms at the logits spike, the instant the source formula speaks of
  ModelInstant spike;             ///< most logits bytes in backward, last complete step
  ModelInstant peak;              ///< overall peak of the last complete step (steady state)
  ModelInstant first_step_peak;   ///< peak of step 1, before the optimizer has state
  std::string simulated_on;       ///< the card of the `simulated` column; empty: no such run was compared
  std::string why_not_simulated;  ///< one sentence, or empty if nobody wanted it
  std::string why_not;            ///< not empty: there is no comparison, and this is the reason
};

/// A change under which a request might have been served.
struct Remedy {
  enum class Evidence : std::uint8_t {
    replay,      ///< the recorded requests, changed, through the model of the allocator
    model,       ///< the exact memory model of the changed training run
    arithmetic,  ///< bytes of the live set; what the allocator would make of them is not known
  };
  std::string change;             ///< for people: "train.batch_size 8 → 4"
  Bytes frees_bytes = 0;          ///< of what was live, requested bytes
  std::optional<bool> is_enough;  ///< the request would have been served; none: not known
  Evidence evidence = Evidence::arithmetic;
  std::string note;  ///< what the change costs, or why it is not known; empty if there is nothing to say
};

/// A request that the caching allocator could not serve, and what the device held at that moment.
struct OutOfMemory {
  EventIndex event = 0;
  std::uint64_t time_ns = 0;
  std::uint8_t device_index = 0;
  Bytes request_bytes = 0;      ///< rounded as the allocator does: the program may have asked for less
  Bytes device_free_bytes = 0;  ///< as the driver said then
  std::string dtype;            ///< of the tensor made there in an earlier step; empty: not known
  std::vector<std::int64_t> sizes;
  std::int32_t step = 0;
  Phase phase = Phase::other;
  std::string op;
  std::string module;
  Bytes requested_bytes = 0;  ///< live
  Bytes reserved_bytes = 0;   ///< segments of the allocator
  BytesByCategory by_category{};
  std::vector<LiveAllocation> live;  ///< largest first, all of them
  std::vector<Remedy> remedies;      ///< most bytes first
};

/// How a caching allocator divided what it held at one instant: figures of its replay.
struct AllocatorInstant {
  EventIndex event = 0;  ///< the instant is after it
  std::int32_t step = 0;
  Phase phase = Phase::other;
  Bytes requested_bytes = 0;       ///< of blocks in use
  Bytes allocated_bytes = 0;       ///< these blocks, rounded
  Bytes reserved_bytes = 0;        ///< segments
  Bytes inactive_split_bytes = 0;  ///< as the allocator counts it: free parts of segments, not of expandable ones
  Bytes stuck_bytes = 0;           ///< free, but the driver cannot have it back: something beside it is in use
  Bytes largest_free_bytes = 0;    ///< the largest free block, of any pool and stream

  Bytes unused_bytes() const { return reserved_bytes - allocated_bytes; }
};

/// A segment, or a range of an expandable one, that cannot go back to the driver because of what is in use in it.
struct HeldSegment {
  Bytes stuck_bytes = 0;
  Bytes in_use_bytes = 0;
  std::int64_t allocations = 0;
  LiveAllocation largest;  ///< of what is in use in it
};

/// A request that no free block could serve, and why: the blocks as they were when it was made.
struct UnservedRequest {
  EventIndex event = 0;
  std::int32_t step = 0;
  Phase phase = Phase::other;
  std::string op;
  std::string module;
  bool out_of_memory = false;  ///< else a new segment served it
  Bytes requested_bytes = 0;   ///< of one that ran out of memory: rounded
  Bytes block_bytes = 0;       ///< rounded as the allocator does
  Bytes segment_bytes = 0;     ///< what it asks of the driver for such a block
  bool small_pool = false;
  std::uint64_t stream = 0;
  Bytes memory_pool = 0;                   ///< 0: everybody's
  Bytes free_bytes = 0;                    ///< free blocks of that pool and stream
  Bytes largest_free_bytes = 0;            ///< the largest of them
  Bytes free_elsewhere_bytes = 0;          ///< free blocks of other pools and streams, which may not serve it
  Bytes stuck_bytes = 0;                   ///< as in AllocatorInstant
  std::optional<Bytes> device_free_bytes;  ///< as the driver said; of those that ran out of memory
  std::string why;                         ///< one sentence
  std::vector<HeldSegment> held;           ///< most stuck bytes first, a few
};

/// A block of a caching allocator, as its replay has it.
struct AllocatorBlock {
  std::uint64_t address = 0;
  Bytes bytes = 0;
  Bytes requested_bytes = 0;  ///< 0 if free
  bool in_use = false;
  bool awaited = false;  ///< the program let go of it, but a stream still uses it
  bool small = false;    ///< of the pool for requests up to 1 MiB
};

/// What the replay of a caching allocator's events through a model of it has shown.
struct AllocatorReplay {
  std::string why_not;       ///< not empty: there was no replay, and this is the reason
  std::string disagreement;  ///< not empty: the model left the trace there, and the figures are of what came before
  std::uint64_t events = 0;  ///< that were replayed
  std::string settings;      ///< in effect at the end, as PYTORCH_ALLOC_CONF takes them; "default"
  std::int64_t emptied = 0;  ///< times that the program, not a request, gave segments back to the driver
  AllocatorInstant at_peak;  ///< at the peak of requested bytes
  AllocatorInstant allocated_peak;
  AllocatorInstant reserved_peak;
  std::vector<AllocatorInstant> over_time;  ///< at the end of each phase and step
  std::vector<UnservedRequest> unserved;    ///< out of memory, and growth in a steady state; in their order, a few
  std::int64_t unserved_requests = 0;       ///< all of them
  std::vector<AllocatorBlock> at_end;       ///< by address, free ones included; empty unless it agrees to the end

  bool agrees() const { return why_not.empty() && disagreement.empty(); }
};

/// Forward passes that gradient checkpointing ran again in backward, in one step.
struct Recomputation {
  std::int32_t step = 0;
  std::int64_t stretches = 0;           ///< of recomputation
  std::int64_t operators = 0;           ///< calls of operators that allocated something
  Bytes allocated_bytes = 0;            ///< sum of what was allocated again
  Bytes most_alive_bytes = 0;           ///< recomputed activations that existed together, at most
  double seconds = 0.0;                 ///< in the trace's clock; on a card, the time to launch
  double forward_seconds = 0.0;         ///< of the step's forward passes, to compare with
  std::vector<AttributionRow> modules;  ///< what was run again: at_peak_bytes is of the step's peak
};

/// What checkpointing saves by the exact model: the peak of a steady step with it and without.
struct CheckpointingEffect {
  BytesByCategory without_bytes{};  ///< at that run's own peak
  BytesByCategory with_bytes{};
  BytesByCategory kept_without_bytes{};  ///< when the forward pass ends
  BytesByCategory kept_with_bytes{};
};

/// Something that the step from one rung to the next consists of.
struct LadderPart {
  std::string what;
  Bytes bytes = 0;
};

struct LadderRung {
  std::string rung;  ///< requested, allocated, reserved, driver, process, device; on the CPU: requested, resident
  std::optional<Bytes> bytes;
  std::string why_not_measured;
  std::string explanation;              ///< of the step from the rung above
  std::vector<LadderPart> parts;        ///< what the step consists of, as far as it is known
  std::optional<Bytes> residual_bytes;  ///< the step less its parts; none: there is no step, or no parts of it
};

struct Losses {
  std::uint64_t dropped_events = 0;
  std::uint64_t dropped_scopes = 0;
  std::uint64_t unmatched_frees = 0;  ///< releases of addresses that no event had allocated
  std::uint64_t unmatched_roles = 0;  ///< roles told of storages that no event had allocated
  std::uint64_t implied_frees = 0;    ///< allocations at an address that was still alive: its release was not seen
  std::optional<std::uint64_t> data_dependent_reads;  ///< as in the footer; none: the card was not simulated
  std::optional<std::uint64_t> unimplemented_calls;
  bool cut = false;
  std::string cut_reason;
  bool peak_is_lower_bound() const { return dropped_events > 0 || cut; }
};

struct Overhead {
  std::uint64_t events = 0;
  std::optional<double> ns_per_event;
  std::optional<Bytes> profiler_bytes;
  std::optional<double> step_time_share;
};

/// Everything a report may say about a trace. Immutable once made; plain values, safe to share between threads.
struct Summary {
  TraceHeader header;
  TraceFooter footer;
  ParameterInventory parameters;
  std::string inferred;  ///< as in the trace: roles, phases, steps that nobody told; empty if all were recorded
  std::vector<DeviceTotals> devices;  ///< the first is the one that peak, steps, phases and what is live speak of
  PeakInstant peak;
  BytesByCategory category_peaks{};  ///< the most each category ever held: each at an instant of its own
  std::vector<StepSummary> steps;
  std::vector<PhaseSummary> phases;
  std::vector<LiveAllocation> live_at_peak;  ///< largest first, all of them
  std::vector<AttributionRow> modules;       ///< most bytes at the peak first
  std::vector<AttributionRow> operators;
  std::vector<GrowthRow> growth;             ///< empty: nothing grew
  std::vector<OutOfMemory> out_of_memory;    ///< the first few requests that a card could not serve
  std::optional<AllocatorReplay> allocator;  ///< of the same device; none: it has no caching allocator
  ModelComparison model;
  std::optional<Recomputation> recomputation;               ///< of the last complete step; none: nothing ran twice
  std::optional<CheckpointingEffect> checkpointing_effect;  ///< none: no checkpointing, or no exact model of it
  std::vector<std::string> attention_operators;             ///< which of LibTorch's attention operators ran
  std::vector<LadderRung> ladder;
  std::optional<DriverLevel> driver;  ///< of the same device; none: not recorded, the footer says why
  Losses losses;
  Overhead overhead;
  Bytes carried_in_bytes = 0;
  std::int64_t carried_in_allocations = 0;
  Bytes alive_at_end_bytes = 0;       ///< what outlives the session
  std::vector<std::string> warnings;  ///< one sentence each, printed once
};

}  // namespace profile_train
