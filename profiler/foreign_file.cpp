#include "profiler/foreign_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace profile_train {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view start;
  std::string_view what;
};

constexpr std::array kSignatures = {
    Signature{"\x1F\x8B"sv, "a gzip archive; unpack it first"},
    Signature{"\x28\xB5\x2F\xFD"sv, "a zstd archive; unpack it first"},
    Signature{"\xFD"
              "7zXZ"sv,
              "an xz archive; unpack it first"},
    Signature{"PK\x03\x04"sv, "a zip archive, such as torch.save() writes"},
    Signature{"\x80\x02"sv, "a Python pickle, such as torch.cuda.memory._dump_snapshot() writes"},
    Signature{"\x80\x03"sv, "a Python pickle, such as torch.cuda.memory._dump_snapshot() writes"},
    Signature{"\x80\x04"sv, "a Python pickle, such as torch.cuda.memory._dump_snapshot() writes"},
    Signature{"\x80\x05"sv, "a Python pickle, such as torch.cuda.memory._dump_snapshot() writes"},
    Signature{"\x7F"
              "ELF"sv,
              "a program"},
    Signature{"SQLite format 3"sv, "an SQLite database"},
    Signature{"\xEF\xBF\xBDPTRC"sv, "a trace that was copied as text; copy it again as binary"},
    Signature{"\x89PTRC"sv, "a trace that was copied as text; copy it again as binary"},
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_printable(char c) {
  return is_space(c) || (c >= ' ' && c <= '~') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string_view what_it_is(std::string_view file) {
  for (const Signature& signature : kSignatures) {
    if (file.starts_with(signature.start)) return signature.what;
  }
  const auto* first = std::find_if_not(file.begin(), file.end(), is_space);
  if (first != file.end() && (*first == '{' || *first == '[')) return "JSON";
  if (first != file.end() && *first == '<') return "HTML or XML";
  if (std::all_of(file.begin(), file.end(), is_printable)) return "a text file";
  return {};
}

}  // namespace

std::string describe_foreign_file(std::span<const std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 4'096));
  const std::string_view what = what_it_is(text);
  return what.empty() ? "" : fmt::format(": it looks like {}", what);
}

}  // namespace profile_train
