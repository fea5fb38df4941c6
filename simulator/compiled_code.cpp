#include "simulator/compiled_code.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>

namespace profile_train::simulator {
namespace {

constexpr std::uint32_t kWrapperMagic = 0x466243B1;
constexpr std::uint32_t kFatBinaryMagic = 0xBA55ED50;

/// As the compiler lays it out: fatbinary_section.h of the toolkit.
struct Wrapper {
  std::uint32_t magic;
  std::uint32_t version;
  const void* fat_binary;
  const void* unused;
};

struct FatBinaryHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint64_t bytes;  ///< of all entries
};

struct EntryHeader {
  std::uint16_t kind;
  std::uint16_t version;
  std::uint32_t header_bytes;
  std::uint64_t bytes;  ///< after the header
  std::uint32_t compressed_bytes;
  std::uint32_t unused;
  std::uint16_t minor;
  std::uint16_t major;
  std::uint32_t capability;
};
constexpr std::uint16_t kPtx = 1;
constexpr std::uint16_t kMachineCode = 2;

template <typename Header>
Header read(const std::byte* from) {
  Header header;
  std::memcpy(&header, from, sizeof(header));
  return header;
}

/// Where the library or program begins that an address is in; null if it is in none.
const void* module_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

struct Modules {
  std::mutex mutex;
  std::vector<const void*> wrappers;
  std::map<const void*, std::vector<CompiledCode>> codes;  // of those that were asked about
};
Modules& modules() {
  static auto* const instance = new Modules;  // programs register and ask before main() and after it
  return *instance;
}

/// All files of a module are compiled for the same cards: the first of them tells.
std::vector<CompiledCode> first_codes_in(const std::vector<const void*>& wrappers, const void* module) {
  for (const void* wrapper : wrappers) {
    if (module_of(wrapper) != module) continue;
    const auto header = read<Wrapper>(static_cast<const std::byte*>(wrapper));
    if (header.magic != kWrapperMagic || header.fat_binary == nullptr) continue;
    if (std::vector<CompiledCode> codes = codes_of(header.fat_binary); !codes.empty()) return codes;
  }
  return {};
}

}  // namespace

std::vector<CompiledCode> codes_of(const void* fat_binary) {
  const auto* at = static_cast<const std::byte*>(fat_binary);
  const auto header = read<FatBinaryHeader>(at);
  std::vector<CompiledCode> codes;
  if (header.magic != kFatBinaryMagic) return codes;
  at += header.header_bytes;
  for (std::uint64_t left = header.bytes; left >= sizeof(EntryHeader);) {
    const auto entry = read<EntryHeader>(at);
    const std::uint64_t bytes = entry.header_bytes + entry.bytes;
    if (entry.header_bytes < sizeof(EntryHeader) || bytes > left) break;
    const int capability = static_cast<int>(entry.capability);
    if (entry.kind == kMachineCode) codes.push_back({CompiledCode::Kind::machine_code, capability});
    if (entry.kind == kPtx) codes.push_back({CompiledCode::Kind::ptx, capability});
    at += bytes;
    left -= bytes;
  }
  return codes;
}

std::optional<LoadedCode> loaded_on(std::span<const CompiledCode> codes, int card_capability) {
  int machine_code = 0;
  int ptx = 0;
  for (const CompiledCode& code : codes) {
    if (code.capability > card_capability) continue;
    const bool same_major = code.capability / 10 == card_capability / 10;
    if (code.kind == CompiledCode::Kind::ptx) ptx = std::max(ptx, code.capability);
    if (code.kind == CompiledCode::Kind::machine_code && same_major)
      machine_code = std::max(machine_code, code.capability);
  }
  if (machine_code > 0) return LoadedCode{machine_code, machine_code};
  if (ptx > 0) return LoadedCode{card_capability, ptx};
  return std::nullopt;
}

void note_fat_binary(const void* wrapper) {
  Modules& known = modules();
  const std::lock_guard lock(known.mutex);
  known.wrappers.push_back(wrapper);
}

LoadedCode loaded_for(const void* kernel, int card_capability) {
  Modules& known = modules();
  const void* const module = module_of(kernel);
  const std::lock_guard lock(known.mutex);
  auto found = known.codes.find(module);
  if (found == known.codes.end()) found = known.codes.emplace(module, first_codes_in(known.wrappers, module)).first;
  return loaded_on(found->second, card_capability).value_or(LoadedCode{card_capability, card_capability});
}

}  // namespace profile_train::simulator
