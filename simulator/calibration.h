#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace profile_train::simulator {

/// What a size was measured for.
struct CalibrationKey {
  std::string_view card;       ///< "h200": key of its file
  std::string_view library;    ///< "cudnn"
  std::string_view version;    ///< "9.19.0": another version is another entry
  std::string_view operation;  ///< "attention_forward workspace"
  std::string_view dtype;      ///< "bf16"; "-" where it plays no part
  std::string_view shape;      ///< "B 2 a 12 S 1024 D 64", as the caller writes it; "-" where it plays no part
};

/// Device memory that NVIDIA's libraries take and only hardware knows the size of, as measured on real cards.
///
/// One entry a line of a text file, seven columns separated by tabs: card, library, version, operation, dtype, shape,
/// bytes. '#' begins a comment line. Entries match exactly or not at all: a size measured for one shape, version or
/// card says nothing about another. Never changes once it is read, so it needs no lock.
class Calibration {
 public:
  /// Empty with a sentence in `problem` if the text is not that. `name` is the file's, for the sentence.
  static std::optional<Calibration> parse(std::string_view text, std::string_view name, std::string& problem);

  std::optional<std::uint64_t> lookup(const CalibrationKey& key) const;
  std::size_t size() const { return bytes_.size(); }

 private:
  std::unordered_map<std::string, std::uint64_t> bytes_;
};

/// Reads the file of the settings; none if `path` is empty. Ends the process with a sentence if it cannot be read.
Calibration calibration_from_file(const std::string& path);

}  // namespace profile_train::simulator
