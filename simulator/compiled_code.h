#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace profile_train::simulator {

/// One kernel code in a fat binary: of which of CUDA's two kinds, and for which compute capability, 86 for 8.6.
struct CompiledCode {
  enum class Kind : std::uint8_t { machine_code, ptx };
  Kind kind = Kind::machine_code;
  int capability = 0;
};

/// What a program was compiled for, as the headers of its fat binary say (the driver's container of machine code and
/// PTX: a header, then entries with a header each). Empty if it is none.
std::vector<CompiledCode> codes_of(const void* fat_binary);

/// What the driver loads of it on a card.
struct LoadedCode {
  int binary_capability = 0;  ///< of the machine code; of the card itself if it comes from PTX
  int ptx_capability = 0;     ///< what the source was compiled for
};

/// The best machine code of the card's major version that is not for a later minor one; else the best PTX. None: the
/// program has no code that this card runs.
std::optional<LoadedCode> loaded_on(std::span<const CompiledCode> codes, int card_capability);

/// Keeps where a library or program has its code; `wrapper` is what the compiler hands to __cudaRegisterFatBinary.
/// There are thousands of them before main(), so nothing is read here. Thread-safe.
void note_fat_binary(const void* wrapper);

/// What is loaded of the library or program that `kernel` is in, read at the first question. Where nothing is known of
/// it: code for the card itself. Thread-safe.
LoadedCode loaded_for(const void* kernel, int card_capability);

}  // namespace profile_train::simulator
