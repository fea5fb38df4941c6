#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/byte_sink.h"

namespace profile_train::reports {

/// A text as JSON, with quotes. Names come from other people's programs: a byte that is not UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

/// Writes nested dictionaries and lists as they are told, without building them: as JSON or as a pickle.
class StructuredWriter {
 public:
  explicit StructuredWriter(ByteSink& out) : out_(out) {}
  StructuredWriter(const StructuredWriter&) = delete;
  StructuredWriter& operator=(const StructuredWriter&) = delete;
  virtual ~StructuredWriter() = default;

  virtual void begin_dict() = 0;
  virtual void end_dict() = 0;
  virtual void begin_list() = 0;
  virtual void end_list() = 0;
  /// In a dictionary, before each value. Keys are few: a writer may keep them.
  virtual void key(std::string_view name) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void boolean(bool value) = 0;
  /// Two numbers that belong together: a tuple where there are tuples.
  virtual void pair(std::int64_t first, std::int64_t second) = 0;

  /// True if the value called `number` was written before and is repeated now by reference; if false, the caller writes
  /// it as its next value, and may call again. `number`: dense from 0, by order of the first calls.
  virtual bool repeat(std::uint32_t /*number*/) { return false; }

  void entry(std::string_view name, std::int64_t value) { key(name), integer(value); }
  void entry(std::string_view name, std::string_view value) { key(name), text(value); }

 protected:
  ByteSink& out_;
};

class JsonWriter final : public StructuredWriter {
 public:
  using StructuredWriter::StructuredWriter;
  void begin_dict() override { open('{'); }
  void end_dict() override { close('}'); }
  void begin_list() override { open('['); }
  void end_list() override { close(']'); }
  void key(std::string_view name) override;
  void integer(std::int64_t value) override;
  void text(std::string_view value) override;
  void boolean(bool value) override;
  void pair(std::int64_t first, std::int64_t second) override;

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::vector<bool> has_values_ = {false};
  bool after_key_ = false;
};

/// Protocol 4, with the opcodes that PyTorch's memory_viz reads.
///
/// Lists and dictionaries are filled in batches of at most 1,000: memory_viz hands each batch to a function as its
/// arguments, which browsers limit. Ends with end_dict() or end_list() of the outermost value.
class PickleWriter final : public StructuredWriter {
 public:
  explicit PickleWriter(ByteSink& out);
  void begin_dict() override;
  void end_dict() override;
  void begin_list() override;
  void end_list() override;
  void key(std::string_view name) override;
  void integer(std::int64_t value) override;
  void text(std::string_view value) override;
  void boolean(bool value) override;
  void pair(std::int64_t first, std::int64_t second) override;
  bool repeat(std::uint32_t number) override;

 private:
  enum class Kind : std::uint8_t { dict, list };
  struct Open {
    Kind kind = Kind::dict;
    int in_batch = 0;
  };

  void begin_value();
  void begin(Kind kind, char opcode);
  void end();
  void number(std::int64_t value);
  void string(std::string_view value);
  void get(std::uint32_t memo);
  void put(std::string_view bytes) { out_.write(bytes); }

  std::vector<Open> open_;
  std::map<std::string, std::uint32_t, std::less<>> keys_;  ///< to their place in the memo
  std::vector<std::uint32_t> repeated_;                     ///< number of a value → its place in the memo
  std::uint32_t memo_size_ = 0;
  bool remember_next_ = false;
};

}  // namespace profile_train::reports
