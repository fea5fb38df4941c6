#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace profile_train::simulator {

/// What the program does with a device value that the simulation does not know.
enum class ReadKind : std::uint8_t {
  shape,         ///< decides the size of a tensor: nonzero, masks, unique, repeat_interleave
  control_flow,  ///< a truth value: if, assert, while
  scalar,        ///< one number: item()
  saved,         ///< written to a file: the file holds no real values
  copy,          ///< a tensor's contents, for printing or logging: harmless unless the program computes with it
};

const char* name_of(ReadKind kind);

/// Reads from one place of the program that got the same kind of answer.
struct ReadSite {
  ReadKind kind = ReadKind::copy;
  std::string operation;  ///< "aten::nonzero"; "cudaMemcpy" outside of torch
  std::string source;     ///< "train.py:31 in main", or the symbol of a C++ program; empty if it cannot be told
  std::string answer;     ///< "0", "true, since aten::isfinite made it"
  std::uint64_t times = 0;
  std::uint64_t bytes = 0;
};

/// Counts reads of unknown device values, by place. Thread-safe.
class HostReads {
 public:
  void record(ReadKind kind, std::string operation, std::string source, std::string answer, std::size_t bytes);

  std::vector<ReadSite> sites() const;  ///< shape first, then as in ReadKind; most frequent first
  std::optional<ReadSite> latest()
      const;  ///< the last read of a truth value or a number: why a program may have stopped
  std::uint64_t count(ReadKind kind) const;

 private:
  using Key = std::tuple<ReadKind, std::string, std::string, std::string>;
  mutable std::mutex mutex_;
  std::map<Key, ReadSite> sites_;
  std::optional<Key> latest_;
};

}  // namespace profile_train::simulator
