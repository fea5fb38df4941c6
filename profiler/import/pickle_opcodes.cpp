#include "profiler/import/pickle_opcodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace profile_train::import {
namespace {

struct Refused {
  std::uint8_t code;
  std::string_view name;
  std::string_view effect;
};

constexpr std::string_view kLoads = "would load a name from a Python module";
constexpr std::string_view kCalls = "would call a function";
constexpr std::string_view kObject = "would make an object";
constexpr std::string_view kOutside = "refers to something outside the file";
constexpr std::string_view kNotNeeded = "has no place in a snapshot";

constexpr std::array kRefused = {
    Refused{'c', "GLOBAL", kLoads},
    Refused{0x93, "STACK_GLOBAL", kLoads},
    Refused{0x82, "EXT1", kLoads},
    Refused{0x83, "EXT2", kLoads},
    Refused{0x84, "EXT4", kLoads},
    Refused{'R', "REDUCE", kCalls},
    Refused{'i', "INST", kObject},
    Refused{'o', "OBJ", kObject},
    Refused{0x81, "NEWOBJ", kObject},
    Refused{0x92, "NEWOBJ_EX", kObject},
    Refused{'b', "BUILD", "would change an object"},
    Refused{'P', "PERSID", kOutside},
    Refused{'Q', "BINPERSID", kOutside},
    Refused{0x97, "NEXT_BUFFER", kOutside},
    Refused{0x98, "READONLY_BUFFER", kOutside},
    Refused{0x96, "BYTEARRAY8", kNotNeeded},
    Refused{'B', "BINBYTES", kNotNeeded},
    Refused{'C', "SHORT_BINBYTES", kNotNeeded},
    Refused{0x8E, "BINBYTES8", kNotNeeded},
    Refused{0x8F, "EMPTY_SET", kNotNeeded},
    Refused{0x90, "ADDITEMS", kNotNeeded},
    Refused{0x91, "FROZENSET", kNotNeeded},
    Refused{'0', "POP", kNotNeeded},
    Refused{'1', "POP_MARK", kNotNeeded},
    Refused{'2', "DUP", kNotNeeded},
    Refused{'I', "INT", kNotNeeded},
    Refused{'L', "LONG", kNotNeeded},
    Refused{'F', "FLOAT", kNotNeeded},
    Refused{'S', "STRING", kNotNeeded},
    Refused{'T', "BINSTRING", kNotNeeded},
    Refused{'U', "SHORT_BINSTRING", kNotNeeded},
    Refused{'V', "UNICODE", kNotNeeded},
    Refused{'d', "DICT", kNotNeeded},
    Refused{'l', "LIST", kNotNeeded},
    Refused{'g', "GET", kNotNeeded},
    Refused{'p', "PUT", kNotNeeded},
};

const Refused* find(Opcode opcode) {
  const auto* found = std::find_if(kRefused.begin(), kRefused.end(),
                                   [&](const Refused& r) { return r.code == static_cast<std::uint8_t>(opcode); });
  return found == kRefused.end() ? nullptr : found;
}

}  // namespace

std::string name_of_opcode(Opcode opcode) {
  const Refused* const refused = find(opcode);
  return refused != nullptr ? std::string(refused->name) : fmt::format("{:#04x}", static_cast<unsigned>(opcode));
}

std::string_view what_it_would_do(Opcode opcode) {
  const Refused* const refused = find(opcode);
  return refused != nullptr ? refused->effect : "is none of Python's";
}

}  // namespace profile_train::import
