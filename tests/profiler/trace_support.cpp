#include "tests/profiler/trace_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "profiler/trace_writer.h"

namespace profile_train::test {
namespace {

Event mark(std::uint64_t time_ns, EventKind kind, Phase phase) {
  Event event;
  event.time_ns = time_ns;
  event.kind = kind;
  event.detail = static_cast<std::uint8_t>(phase);
  event.thread = 1;
  return event;
}

Event step(std::uint64_t time_ns, EventKind kind, Bytes number) {
  Event event = mark(time_ns, kind, Phase::other);
  event.bytes = number;
  return event;
}

std::uint64_t up_to(std::mt19937_64& random, std::uint64_t most) {
  return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "profile_train_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::operator/(std::string_view file) const { return path_ + "/" + std::string(file); }

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Event allocate(std::uint64_t time_ns, std::uint64_t address, Bytes bytes, ScopeId scope) {
  Event event;
  event.time_ns = time_ns;
  event.address = address;
  event.bytes = bytes;
  event.scope = scope;
  event.thread = 1;
  return event;
}

Event release(std::uint64_t time_ns, std::uint64_t address, ScopeId scope) {
  Event event = allocate(time_ns, address, 0, scope);
  event.kind = EventKind::free;
  return event;
}

Trace small_trace() {
  Trace trace;
  trace.header.tool_version = "0.1.0";
  trace.header.device = "cpu";
  trace.header.command = "profile-train --config gpt_tiny.yaml";
  trace.header.setup.emplace().blocks = 2;
  trace.names = {"", "linear", "aten::mm", "AddmmBackward0", "linear.weight", "loss"};
  trace.scopes = {{}, {0, 1, ScopeKind::module}, {1, 2, ScopeKind::op}, {0, 3, ScopeKind::backward}};
  trace.tensor_types = {{}, {"float32", {16, 64}}, {"int64", {}}};

  std::vector<Event>& e = trace.events;
  e.push_back(allocate(10, 0x7000, 4'096));
  e.back().kind = EventKind::carried_in;
  e.push_back(allocate(12, 0x7000, 0));
  e.back().kind = EventKind::role;
  e.back().detail = static_cast<std::uint8_t>(Role::parameter);
  e.back().name = 4;
  e.back().tensor_type = 1;
  for (std::uint64_t number = 1; number <= 2; ++number) {
    const std::uint64_t begin = 1'000 * number;
    e.push_back(step(begin, EventKind::step_begin, static_cast<Bytes>(number)));
    e.push_back(mark(begin + 1, EventKind::phase_begin, Phase::forward));
    e.push_back(allocate(begin + 20, 0x9000, 8'192, 2));
    e.push_back(allocate(begin + 21, 0x9000, 0, 2));
    e.back().kind = EventKind::describe;
    e.back().tensor_type = 1;
    e.push_back(mark(begin + 30, EventKind::phase_end, Phase::forward));
    e.push_back(allocate(begin + 40, 0xB000, 4'096, 3));
    e.back().thread = 2;
    e.push_back(release(begin + 50, 0x9000, 3));
    e.push_back(release(begin + 60, 0xB000));
    e.push_back(step(begin + 70, EventKind::metric, std::bit_cast<Bytes>(2.5)));
    e.back().name = 5;
    e.push_back(step(begin + 80, EventKind::step_end, static_cast<Bytes>(number)));
  }
  trace.footer.events = e.size();
  trace.footer.hook_samples = 7;
  return trace;
}

Event random_event(std::mt19937_64& random, const Trace& trace) {
  Event event;
  event.kind = static_cast<EventKind>(up_to(random, kEventKinds - 1));
  event.time_ns = up_to(random, 3) == 0 ? random() : up_to(random, 10'000);
  event.address = up_to(random, 3) == 0 ? random() : up_to(random, 40'000) * 64;
  const bool is_step = event.kind == EventKind::step_begin || event.kind == EventKind::step_end;
  const bool is_size = event.kind == EventKind::allocate || event.kind == EventKind::carried_in ||
                       (event.kind >= EventKind::segment_allocate && event.kind != EventKind::arena);
  event.bytes = is_step   ? static_cast<Bytes>(up_to(random, INT32_MAX))
                : is_size ? static_cast<Bytes>(up_to(random, 1ULL << up_to(random, 56)))
                          : static_cast<Bytes>(up_to(random, 1) * random());
  event.scope = static_cast<ScopeId>(up_to(random, trace.scopes.size() - 1));
  event.name = static_cast<NameId>(up_to(random, trace.names.size() - 1));
  event.tensor_type = static_cast<TensorTypeId>(up_to(random, trace.tensor_types.size() - 1));
  event.thread = static_cast<std::uint32_t>(up_to(random, 7) == 0 ? random() : up_to(random, 2));
  event.detail = static_cast<std::uint8_t>(up_to(random, std::min({kPhases, kRoles, kGauges, kDriverMemories}) - 1));
  event.device = static_cast<DeviceType>(up_to(random, 1));
  event.device_index = static_cast<std::uint8_t>(up_to(random, 255));
  return event;
}

std::vector<std::uint8_t> file_of(const Trace& trace, std::size_t events_a_flush, bool finish) {
  const TemporaryFolder folder;
  const std::string path = folder / "trace.ptrace";
  auto writer = TraceWriter::create(path, trace.header, false);
  EXPECT_TRUE(writer) << writer.error().message;
  TraceWriter& w = **writer;
  for (std::size_t id = 1; id < trace.names.size(); ++id) w.define_name(static_cast<NameId>(id), trace.names[id]);
  for (std::size_t id = 1; id < trace.scopes.size(); ++id) w.define_scope(static_cast<ScopeId>(id), trace.scopes[id]);
  for (std::size_t id = 1; id < trace.tensor_types.size(); ++id)
    w.define_tensor_type(static_cast<TensorTypeId>(id), trace.tensor_types[id]);
  const std::span<const Event> events(trace.events);
  for (std::size_t at = 0; at < events.size(); at += events_a_flush) {
    const Result<void> appended = w.append(events.subspan(at, std::min(events_a_flush, events.size() - at)));
    EXPECT_TRUE(appended) << appended.error().message;
    EXPECT_TRUE(w.flush());
  }
  if (finish) {
    EXPECT_TRUE(w.finish(trace.footer));
  }
  writer->reset();
  return read_bytes(path);
}

}  // namespace profile_train::test
