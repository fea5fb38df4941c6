#include "hooks/nvml.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace profile_train::hooks {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kShareOfTime = 200;  // one part in so many may go into reading

std::string not_measured(std::string_view why) {
  return fmt::format("Device memory by process is not measured: {}.", why);
}

}  // namespace

std::string NvmlHook::begin(const Result<NvmlApi>& nvml, int cuda_devices) {
  if (open_) return {};
  if (!nvml) return not_measured(fmt::format("NVML is not there: {}", nvml.error().message));
  api_ = *nvml;
  if (const NvmlResult result = api_.init(); result != NvmlResult::success)
    return not_measured(fmt::format("NVML answers \"{}\"", api_.error_string(result)));
  open_ = true;
  for (int number = 0; number < cuda_devices; ++number) {
    std::array<char, 32> id{};
    Device device{.number = static_cast<std::uint8_t>(number)};
    if (api_.pci_bus_id(id.data(), static_cast<int>(id.size()), number) == 0 &&
        api_.device_by_pci_bus_id(id.data(), &device.handle) == NvmlResult::success)
      devices_.push_back(device);
    else
      problem_ = fmt::format("NVML does not know the card of cuda:{}", number);
  }
  processes_.resize(64);
  read();
  first_ = false;
  return {};
}

void NvmlHook::read_if_due() {
  if (open_ && Clock::now() >= due_) read();
}

void NvmlHook::read() {
  const auto begun = Clock::now();
  for (Device& device : devices_) read(device);
  const auto ended = Clock::now();
  due_ = ended + kShareOfTime * (ended - begun);
}

void NvmlHook::read(Device& device) {
  const auto process_bytes = bytes_of_this_process(device.handle);
  if (!process_bytes) return;
  // Not listed until now: it had nothing there when the session began.
  if (!device.seen) record(device, Gauge::process_at_start, first_ ? *process_bytes : 0);
  device.seen = true;
  if (*process_bytes <= device.process_peak_bytes) return;
  device.process_peak_bytes = *process_bytes;
  record(device, Gauge::process_peak, *process_bytes);
  NvmlMemory memory{};
  if (api_.memory(device.handle, &memory) == NvmlResult::success)
    record(device, Gauge::device_at_process_peak, static_cast<Bytes>(memory.used_bytes));
}

std::optional<Bytes> NvmlHook::bytes_of_this_process(NvmlDevice device) {
  unsigned count = 0;
  NvmlResult result = NvmlResult::insufficient_size;
  for (int attempt = 0; attempt < 3 && result == NvmlResult::insufficient_size; ++attempt) {
    processes_.resize(std::max<std::size_t>(processes_.size(), count));
    count = static_cast<unsigned>(processes_.size());
    result = api_.compute_processes(device, &count, processes_.data());
  }
  if (result != NvmlResult::success) {
    problem_ = fmt::format("NVML answers \"{}\"", api_.error_string(result));
    return std::nullopt;
  }
  const auto listed = processes_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, processes_.size()));
  const auto self = std::find_if(processes_.begin(), listed, [](const NvmlProcess& process) {
    return process.process_id == static_cast<unsigned>(getpid());
  });
  if (self == listed) {
    if (problem_.empty())
      problem_ = fmt::format(
          "NVML lists no process {}; in a container processes have other numbers than the driver knows: run it with "
          "the "
          "host's (--pid=host)",
          getpid());
    return std::nullopt;
  }
  if (self->used_bytes == kNvmlNotAvailable) {
    problem_ = "the driver does not tell NVML how much a process has";
    return std::nullopt;
  }
  return static_cast<Bytes>(self->used_bytes);
}

void NvmlHook::record(const Device& device, Gauge gauge, Bytes bytes) {
  Event event;
  event.kind = EventKind::gauge;
  event.detail = static_cast<std::uint8_t>(gauge);
  event.bytes = bytes;
  event.device = DeviceType::cuda;
  event.device_index = device.number;
  sink_.record(event);
}

std::string NvmlHook::end() {
  if (!open_) return {};
  read();
  api_.shutdown();
  open_ = false;
  const bool told = std::any_of(devices_.begin(), devices_.end(), [](const Device& device) { return device.seen; });
  return told ? std::string{} : not_measured(problem_.empty() ? "there is no device" : problem_);
}

}  // namespace profile_train::hooks
