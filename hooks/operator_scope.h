#pragma once

namespace profile_train::hooks {

/// Lets the event sink know which operator, backward node and module each thread is in, through RecordFunction.
///
/// The callbacks are added once a process; between sessions they are disabled and cost nothing. What an operator
/// returns is described (shape and dtype) if its storage was allocated inside it.
class OperatorScope {
 public:
  OperatorScope();   ///< enables
  ~OperatorScope();  ///< disables
  OperatorScope(const OperatorScope&) = delete;
  OperatorScope& operator=(const OperatorScope&) = delete;
};

}  // namespace profile_train::hooks
