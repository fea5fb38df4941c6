#include "cli/simulated_column.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "cli/cards.h"
#include "cli/real_devices.h"
#include "cli/simulated_program.h"
#include "profiler/analysis.h"
#include "profiler/trace_reader.h"

namespace profile_train::cli {

namespace {

/// 1 of "cuda:1"; the first if there is no number.
std::size_t index_of(const std::string& torch_device) {
  std::size_t index = 0;
  if (const auto colon = torch_device.find(':'); colon != std::string::npos)
    std::from_chars(torch_device.data() + colon + 1, torch_device.data() + torch_device.size(), index);
  return index;
}

CardBeside card_of_gpu(std::size_t index) {
  const auto gpus = real_devices();
  if (!gpus) return {.card = {}, .why_not = fmt::format("{}.", gpus.error().message)};
  if (index >= gpus->size()) return {.card = {}, .why_not = fmt::format("there is no GPU {}.", index)};
  const std::string& name = (*gpus)[index].name;
  const auto cards = shipped_cards();
  if (!cards) return {.card = {}, .why_not = fmt::format("{}.", cards.error().message)};
  for (const simulator::CardFile& file : *cards)
    if (file.card.name == name) return {.card = file.card.key, .why_not = {}};
  return {.card = {},
          .why_not = fmt::format("no simulated card is a {}; --simulated CARD names one that is like it.", name)};
}

}  // namespace

Result<CardBeside> card_beside(const std::string& asked_for, const TrainingDevice& device,
                               const Environment& environment) {
  const bool on_card = device.torch.starts_with("cuda");
  if (asked_for == "off") return CardBeside{};
  if (asked_for == "auto")
    return on_card && !environment.simulated ? card_of_gpu(index_of(device.torch)) : CardBeside{};
  if (!on_card)
    return failure("--simulated stands beside a run on a card; use it with --device cuda, or leave it out.");
  const auto card = find_card(asked_for);
  if (!card) return failure(fmt::format("--simulated {}: {}.", asked_for, card.error().message));
  return CardBeside{.card = asked_for, .why_not = {}};
}

Result<Summary> run_simulated(const TrainingCommand& command, const std::string& card) {
  std::vector<std::string> words = {"/proc/self/exe", "--config", command.config, "--device",
                                    "sim:" + card,    "--quiet",  "-o",           command.output};
  for (const std::string& change : command.overrides) words.insert(words.end(), {"--set", change});
  if (command.force) words.emplace_back("--force");
  const auto end = run_program(std::move(words), environment_with({}));
  if (!end) return tl::unexpected(end.error());
  if (end->signal != 0)
    return failure(fmt::format("the simulated run on {} was ended by signal {}.", card, end->signal));
  if (end->failed()) return failure(fmt::format("the simulated run on {} failed.", card));
  auto trace = read_trace((std::filesystem::path(command.output) / "trace.ptrace").string());
  if (!trace) return tl::unexpected(trace.error());
  return analyse(std::move(*trace)).summary;
}

}  // namespace profile_train::cli
