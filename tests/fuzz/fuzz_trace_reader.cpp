// Runs the trace reader over bytes that libFuzzer invents. Whatever they are, it must give a trace whose ids all
// resolve, or an error with a message; never a crash, a leak or memory out of proportion.

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "profiler/trace_format.h"
#include "profiler/trace_reader.h"

namespace {

using namespace profile_train;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Trace& trace) {
  require(trace.cut == !trace.cut_reason.empty());
  require(trace.footer.events == trace.events.size());
  for (std::size_t id = 1; id < trace.scopes.size(); ++id) {
    require(trace.scopes[id].parent < id);
    require(trace.scopes[id].name < trace.names.size());
  }
  for (const Event& event : trace.events) {
    require(event.scope < trace.scopes.size() && event.name < trace.names.size());
    require(event.tensor_type < trace.tensor_types.size());
    require(static_cast<int>(event.kind) < kEventKinds);
  }
}

/// Checksums and sizes that are right, so that a mutation reaches what lies behind them.
std::vector<std::uint8_t> with_right_checksums(std::span<const std::uint8_t> file) {
  using namespace trace_format;
  if (file.size() < kPreambleBytes) return {};
  std::vector<std::uint8_t> out(file.begin(), file.begin() + kPreambleBytes);
  std::span<const std::uint8_t> rest = file.subspan(kPreambleBytes);
  std::uint32_t index = 0;
  while (const std::optional<ChunkHeader> parsed = parse_chunk_header(rest)) {
    ChunkHeader header = *parsed;
    header.index = index++;
    rest = rest.subspan(kChunkHeaderBytes);
    const std::span<const std::uint8_t> payload = rest.first(std::min<std::size_t>(header.stored_bytes, rest.size()));
    if (header.compression == Compression::none) header.raw_bytes = static_cast<std::uint32_t>(payload.size());
    put_chunk(out, header, payload);
    rest = rest.subspan(payload.size());
  }
  return out;
}

void read(std::span<const std::uint8_t> file) {
  const Result<Trace> trace = read_trace_bytes(file, "fuzz.ptrace");
  if (trace)
    check(*trace);
  else
    require(trace.error().message.find("fuzz.ptrace") == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({data, size});
  read(with_right_checksums({data, size}));
  return 0;
}
