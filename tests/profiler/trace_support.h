#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/trace.h"

namespace profile_train::test {

/// A folder that goes when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(std::string_view file) const;

 private:
  std::string path_;
};

std::vector<std::uint8_t> read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes);

Event allocate(std::uint64_t time_ns, std::uint64_t address, Bytes bytes, ScopeId scope = 0);
Event release(std::uint64_t time_ns, std::uint64_t address, ScopeId scope = 0);

/// Two steps of a program of one module: names, scopes and tensor types, and events of every kind.
Trace small_trace();

/// Any event that a trace may hold with the definitions of `trace`: also ones that no program makes.
Event random_event(std::mt19937_64& random, const Trace& trace);

/// The file of `trace`, flushed after each of `events_a_flush` events; finished unless `finish` is false.
std::vector<std::uint8_t> file_of(const Trace& trace, std::size_t events_a_flush, bool finish = true);

}  // namespace profile_train::test
