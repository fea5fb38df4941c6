#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace profile_train::simulator {

/// Who would have taken memory that is not counted: it tells which figures lack it.
enum class TakenBy : std::uint8_t {
  program,  ///< a workspace that the program's own allocator provides: all figures lack it
  library,  ///< what a library asks the driver for: the driver's figure lacks it, the allocator's are whole
};

/// What the program asked for and the simulation does not give: calls that are not implemented, and device memory that
/// only hardware knows. Each is named once on stderr and listed in the summary. Thread-safe.
class Coverage {
 public:
  /// A call that is not implemented; the caller returns its library's error.
  void not_implemented(std::string_view call);

  /// Memory that a real card would use and that is not counted here: `what` is a sentence's subject, such as
  /// "workspace of cuDNN's fused attention (calibration has no entry for h200, 9.19, bf16)".
  void not_included(std::string_view what, TakenBy taken_by);

  /// Something the reader of the summary should know, said once: "values written by torch.save are not real".
  void note(std::string_view sentence);

  struct Counted {
    std::string what;
    std::uint64_t times = 0;
    TakenBy taken_by = TakenBy::program;
  };
  std::vector<Counted> calls_not_implemented() const;
  std::vector<Counted> memory_not_included() const;
  std::vector<std::string> notes() const;

 private:
  using Counts = std::map<std::string, Counted, std::less<>>;
  static bool first_time(Counts& counts, std::string_view what, TakenBy taken_by = TakenBy::program);
  static std::vector<Counted> listed(const Counts& counts);

  mutable std::mutex mutex_;
  Counts calls_;
  Counts memory_;
  std::vector<std::string> notes_;
};

}  // namespace profile_train::simulator
