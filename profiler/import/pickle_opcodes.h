#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace profile_train::import {

/// The opcodes that describe data. Python's pickletools names them and the others.
enum class Opcode : std::uint8_t {
  proto = 0x80,
  frame = 0x95,
  stop = '.',
  mark = '(',
  none = 'N',
  newtrue = 0x88,
  newfalse = 0x89,
  binint1 = 'K',
  binint2 = 'M',
  binint = 'J',
  long1 = 0x8A,
  long4 = 0x8B,
  binfloat = 'G',
  short_binunicode = 0x8C,
  binunicode = 'X',
  binunicode8 = 0x8D,
  empty_list = ']',
  empty_dict = '}',
  empty_tuple = ')',
  append = 'a',
  appends = 'e',
  setitem = 's',
  setitems = 'u',
  tuple = 't',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  memoize = 0x94,
  binput = 'q',
  long_binput = 'r',
  binget = 'h',
  long_binget = 'j',
};

/// Of an opcode that is refused: "REDUCE", or its number if it has no name.
std::string name_of_opcode(Opcode opcode);
std::string_view what_it_would_do(Opcode opcode);  ///< "would call a function", to follow "which"

}  // namespace profile_train::import
