#pragma once

#include <functional>

namespace profile_train::hooks {

/// Who is told that the caching allocator could not serve a request: the running session. Replaces the one before;
/// empty: nobody. Returns once no thread is inside the one before.
void set_out_of_memory_handler(std::function<void()> handler);

/// Called by the allocator on the thread that asked, before its exception is thrown and outside of its locks. What the
/// handler throws is lost; a request that fails inside the handler is not told of.
void tell_of_failed_request() noexcept;

}  // namespace profile_train::hooks
