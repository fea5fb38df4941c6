#pragma once

#include <string>
#include <vector>

namespace profile_train::simulator {

/// Where in the program a call came from, as far as the stack of the calling thread tells.
struct CallSite {
  std::vector<std::string> operators;  ///< torch operators on the stack, innermost first: "nonzero", "index"
  std::vector<std::string> python;     ///< "train.py:31 in main", innermost first; empty outside Python
  std::string function;                ///< in a C++ program: the first function that is not torch's

  bool in_operator(const char* name) const;
  /// The program's own line: the innermost that is not torch's.
  std::string source() const;
};

/// Walks the stack: microseconds for one that was seen before, milliseconds for a new one. Needs no lock of Python's,
/// so it may be called while another thread holds it.
CallSite call_site();

}  // namespace profile_train::simulator
