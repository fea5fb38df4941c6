#include "profiler/definition_codec.h"

#include <fmt/format.h>

#include <string>

#include "profiler/trace_format.h"
#include "profiler/varint.h"

namespace profile_train::definition_codec {
namespace {

enum class Tag : std::uint8_t { name = 1, scope = 2, tensor_type = 3 };

void put_tag(std::vector<std::uint8_t>& out, Tag tag) { out.push_back(static_cast<std::uint8_t>(tag)); }

void put_text(std::vector<std::uint8_t>& out, std::string_view text) {
  text = text.substr(0, trace_format::kMaxTextBytes);
  put_varint(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

std::string read_text(ByteCursor& cursor) {
  const std::uint64_t size = cursor.varint();
  const std::span<const std::uint8_t> bytes = cursor.bytes(size > trace_format::kMaxTextBytes ? ~0ULL : size);
  return {bytes.begin(), bytes.end()};
}

TensorType read_tensor_type(ByteCursor& cursor) {
  TensorType type;
  type.dtype = read_text(cursor);
  const std::uint64_t dimensions = cursor.varint();
  if (dimensions > trace_format::kMaxTensorDimensions) cursor.bytes(~0ULL);  // too many: fail
  for (std::uint64_t i = 0; i < dimensions && !cursor.failed(); ++i) type.sizes.push_back(unzigzag(cursor.varint()));
  return type;
}

Result<void> read_scope(ByteCursor& cursor, Trace& trace) {
  const std::uint64_t parent = cursor.varint();
  const std::uint64_t name = cursor.varint();
  const std::uint8_t kind = cursor.byte();
  if (cursor.failed()) return {};  // the caller sees it
  const std::size_t id = trace.scopes.size();
  if (parent >= id)
    return failure(fmt::format("scope {} is inside scope {}, which is not defined before it", id, parent));
  if (name >= trace.names.size()) return failure(fmt::format("scope {} has the undefined name {}", id, name));
  if (kind > static_cast<std::uint8_t>(ScopeKind::backward))
    return failure(fmt::format("scope {} is of the unknown kind {}", id, kind));
  trace.scopes.push_back({static_cast<ScopeId>(parent), static_cast<NameId>(name), static_cast<ScopeKind>(kind)});
  return {};
}

}  // namespace

void put_name(std::vector<std::uint8_t>& out, std::string_view text) {
  put_tag(out, Tag::name);
  put_text(out, text);
}

void put_scope(std::vector<std::uint8_t>& out, const Scope& scope) {
  put_tag(out, Tag::scope);
  put_varint(out, scope.parent);
  put_varint(out, scope.name);
  out.push_back(static_cast<std::uint8_t>(scope.kind));
}

void put_tensor_type(std::vector<std::uint8_t>& out, const TensorType& type) {
  put_tag(out, Tag::tensor_type);
  put_text(out, type.dtype);
  put_varint(out, type.sizes.size());
  for (const std::int64_t size : type.sizes) put_varint(out, zigzag(size));
}

Result<void> read_definitions(std::span<const std::uint8_t> payload, std::uint32_t count, Trace& trace) {
  ByteCursor cursor(payload);
  for (std::uint32_t i = 0; i < count && !cursor.failed(); ++i) {
    const std::uint8_t tag = cursor.byte();
    switch (static_cast<Tag>(tag)) {
      case Tag::name: trace.names.push_back(read_text(cursor)); break;
      case Tag::tensor_type: trace.tensor_types.push_back(read_tensor_type(cursor)); break;
      case Tag::scope:
        if (Result<void> read = read_scope(cursor, trace); !read) return read;
        break;
      default: return failure(fmt::format("definition {} is of the unknown kind {}", i, tag));
    }
  }
  if (!cursor.ended_well()) return failure("it does not hold the definitions that it announces");
  return {};
}

}  // namespace profile_train::definition_codec
