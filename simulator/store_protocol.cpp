#include "simulator/store_protocol.h"

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace profile_train::simulator {
namespace {

enum class Request : std::uint8_t {
  validate,
  set,
  compare_set,
  get,
  add,
  check,
  wait,
  count_keys,
  erase,
  append,
  multi_get,
  multi_set,
  cancel_wait,
  ping,
  queue_push,
  queue_pop,
  queue_length,
  list_keys,
};

constexpr std::uint32_t kProtocol = 0x3C85F7CE;  // what a client says first

// Answers of one byte: to check, and to wait.
constexpr std::uint8_t kReady = 0;
constexpr std::uint8_t kNotReady = 1;
constexpr std::uint8_t kStopWaiting = 0;
constexpr std::uint8_t kWaitCancelled = 1;

constexpr std::uint64_t kLongest = std::uint64_t{64} << 20;  // of a string, and of a list: more is not this protocol

/// Reads arguments one by one; `complete` turns false where the bytes end too early.
struct Reader {
  std::string_view bytes;
  std::size_t at = 0;
  bool complete = true;
  bool valid = true;

  template <class Number>
  Number number() {
    Number value{};
    if (at + sizeof value > bytes.size()) {
      complete = false;
      return value;
    }
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  std::uint64_t length() {
    const auto length = number<std::uint64_t>();
    if (length > kLongest) valid = complete = false;
    return complete ? length : 0;
  }
  std::string string() {
    const std::uint64_t count = length();
    if (at + count > bytes.size()) complete = false;
    if (!complete) return {};
    const std::string_view text = bytes.substr(at, count);
    at += count;
    return std::string(text);
  }
  std::vector<std::string> strings() {
    std::vector<std::string> list;
    for (std::uint64_t count = length(); count > 0 && complete; --count) list.push_back(string());
    return list;
  }
};

struct Writer {
  std::string& bytes;

  template <class Number>
  void number(Number value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void string(const std::string& text) {
    number<std::uint64_t>(text.size());
    bytes += text;
  }
};

bool has_all(const RendezvousStore& store, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!store.has(key)) return false;
  }
  return true;
}

void answer_multi_set(Reader& in, RendezvousStore& store) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::uint64_t count = in.length(); count > 0 && in.complete; --count) {
    std::string key = in.string();
    pairs.emplace_back(std::move(key), in.string());
  }
  if (!in.complete) return;
  for (auto& [key, value] : pairs) store.set(key, std::move(value));
}

void answer_pop(const std::string& queue, RendezvousStore& store, Writer& out) {
  const std::size_t length = store.length(queue);
  out.number<std::int64_t>(static_cast<std::int64_t>(length));
  if (length > 0) out.string(store.pop(queue));
}

/// One request. Acts only if all of it has come.
void answer_one(Reader& in, RendezvousStore& store, Writer& out) {
  switch (static_cast<Request>(in.number<std::uint8_t>())) {
    case Request::validate:
      if (in.number<std::uint32_t>() != kProtocol && in.complete) in.valid = false;
      return;
    case Request::ping:
      if (const auto nonce = in.number<std::uint32_t>(); in.complete) out.number(nonce);
      return;
    case Request::set: {
      const std::string key = in.string();
      std::string value = in.string();
      if (in.complete) store.set(key, std::move(value));
      return;
    }
    case Request::compare_set: {
      const std::string key = in.string();
      const std::string expected = in.string();
      const std::string value = in.string();
      if (in.complete) out.string(store.compare_set(key, expected, value));
      return;
    }
    case Request::get:
      if (const std::string key = in.string(); in.complete) out.string(store.get(key));
      return;
    case Request::add: {
      const std::string key = in.string();
      const auto value = in.number<std::int64_t>();
      if (in.complete) out.number(store.add(key, value));
      return;
    }
    case Request::check:
      if (const auto keys = in.strings(); in.complete) out.number(has_all(store, keys) ? kReady : kNotReady);
      return;
    case Request::wait:  // whoever else would write the keys has done so
      in.strings();
      if (in.complete) out.number(kStopWaiting);
      return;
    case Request::cancel_wait: out.number(kWaitCancelled); return;
    case Request::count_keys: out.number(static_cast<std::int64_t>(store.keys().size())); return;
    case Request::list_keys: {
      const auto keys = store.keys();
      out.number(static_cast<std::int64_t>(keys.size()));
      for (const std::string& key : keys) out.string(key);
      return;
    }
    case Request::erase:
      if (const std::string key = in.string(); in.complete) out.number<std::int64_t>(store.erase(key) ? 1 : 0);
      return;
    case Request::append: {
      const std::string key = in.string();
      const std::string value = in.string();
      if (in.complete) store.append(key, value);
      return;
    }
    case Request::multi_get:
      if (const auto keys = in.strings(); in.complete) {
        for (const std::string& key : keys) out.string(store.get(key));
      }
      return;
    case Request::multi_set: answer_multi_set(in, store); return;
    case Request::queue_push: {
      const std::string queue = in.string();
      std::string value = in.string();
      if (in.complete) store.push(queue, std::move(value));
      return;
    }
    case Request::queue_pop:
      if (const std::string queue = in.string(); in.complete) answer_pop(queue, store, out);
      return;
    case Request::queue_length:
      if (const std::string queue = in.string(); in.complete)
        out.number(static_cast<std::int64_t>(store.length(queue)));
      return;
  }
  in.valid = false;
}

}  // namespace

Answered answer(std::string_view requests, RendezvousStore& store, std::string& answers) {
  Answered result;
  Writer out{answers};
  while (result.used < requests.size()) {
    Reader in{.bytes = requests.substr(result.used)};
    answer_one(in, store, out);
    if (!in.valid) return {.used = result.used, .valid = false};
    if (!in.complete) return result;
    result.used += in.at;
  }
  return result;
}

}  // namespace profile_train::simulator
