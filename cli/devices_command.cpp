// profile-train devices: the cards that can be simulated, and the GPUs of this machine.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/cards.h"
#include "cli/commands.h"
#include "cli/real_devices.h"
#include "cli/report_options.h"
#include "reports/format.h"
#include "reports/json_writer.h"
#include "reports/terminal/page.h"

namespace profile_train::cli {

namespace {

using reports::Align;
using reports::Json;
using reports::Page;
using reports::Style;
using reports::Table;

constexpr const char* kContextNotMeasured = "nobody has measured it on this card";

std::string compute(int major, int minor) { return fmt::format("{}.{}", major, minor); }

Table device_table(const char* first) {
  return Table({{first, Align::left}, {"name", Align::left, 12}, {"GiB"}, {"bytes"}, {"cc"}, {"SMs"}});
}

std::string gib(std::uint64_t bytes) { return reports::format_number(static_cast<double>(bytes) / 1073741824.0, 2); }

std::string measured_contexts(const std::vector<simulator::CardFile>& cards) {
  std::string text;
  for (const auto& [card, aliases, cublas_workspace_bytes] : cards) {
    if (!card.context_bytes) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", card.key, reports::format_bytes(static_cast<std::int64_t>(*card.context_bytes)));
  }
  return text.empty() ? "not measured on any of them" : text + "; not measured on the others";
}

/// "32.00 MiB on h100-nvl, h200; 8.12 MiB on the others".
std::string workspaces(const std::vector<simulator::CardFile>& cards) {
  std::map<std::uint64_t, std::vector<std::string>> cards_by_size;
  for (const auto& [card, aliases, cublas_workspace_bytes] : cards)
    if (cublas_workspace_bytes) cards_by_size[*cublas_workspace_bytes].push_back(card.key);
  const auto most = std::ranges::max_element(cards_by_size, {}, [](const auto& entry) { return entry.second.size(); });
  std::string text;
  for (const auto& [bytes, names] : cards_by_size) {
    if (bytes == most->first) continue;
    text += fmt::format("{} on {}; ", reports::format_bytes(static_cast<std::int64_t>(bytes)), fmt::join(names, ", "));
  }
  if (most == cards_by_size.end()) return "not said";
  return text + reports::format_bytes(static_cast<std::int64_t>(most->first)) + " on the others";
}

std::string render(const std::vector<simulator::CardFile>& cards, const Result<std::vector<RealDevice>>& real,
                   const reports::TerminalOptions& options) {
  Page page(options.width, options.colour);
  page.section("SIMULATED", "--device sim:h200, or run --simulate h200 -- PROGRAM");
  Table simulated = device_table("card");
  for (const auto& [card, aliases, cublas_workspace_bytes] : cards) {
    simulated.row({{card.key, Style::strong},
                   card.name,
                   gib(card.memory_bytes),
                   reports::format_count(card.memory_bytes),
                   compute(card.compute_major, card.compute_minor),
                   reports::format_count(std::int64_t{card.multiprocessors})});
  }
  page.table(simulated);
  page.text("Memory is what the driver gives a program.", Style::quiet);
  page.text(fmt::format("Workspace of cuBLAS, which PyTorch takes for each thread and stream: {}.", workspaces(cards)),
            Style::quiet);
  page.text(fmt::format("Context, which a process takes on top: {}.", measured_contexts(cards)), Style::quiet);
  page.text(
      "Workspaces of cuDNN, buffers of NCCL: counted where they were measured, else named in the summary of a run.",
      Style::quiet);

  page.section("THIS MACHINE", "--device cuda");
  if (!real) {
    page.text(fmt::format("No GPU: {}.", real.error().message));
    return page.take();
  }
  Table present = device_table("device");
  for (std::size_t i = 0; i < real->size(); ++i) {
    const RealDevice& device = (*real)[i];
    present.row({{fmt::format("cuda:{}", i), Style::strong},
                 device.name,
                 gib(device.memory_bytes),
                 reports::format_count(device.memory_bytes),
                 compute(device.compute_major, device.compute_minor),
                 reports::format_count(std::int64_t{device.multiprocessors})});
  }
  page.table(present);
  return page.take();
}

Json to_json(const std::vector<simulator::CardFile>& cards, const Result<std::vector<RealDevice>>& real) {
  Json simulated = Json::array();
  for (const auto& [card, aliases, cublas_workspace_bytes] : cards) {
    Json entry = {{"card", card.key},
                  {"aliases", aliases},
                  {"name", card.name},
                  {"memory_bytes", card.memory_bytes},
                  {"compute_capability", compute(card.compute_major, card.compute_minor)},
                  {"multiprocessors", card.multiprocessors}};
    reports::put(entry, "cublas_workspace_bytes", cublas_workspace_bytes, "the card's file does not say");
    reports::put(entry, "context_bytes", card.context_bytes, kContextNotMeasured);
    simulated.push_back(std::move(entry));
  }
  Json present = Json::array();
  for (const RealDevice& device : real.value_or(std::vector<RealDevice>())) {
    present.push_back({{"name", device.name},
                       {"memory_bytes", device.memory_bytes},
                       {"compute_capability", compute(device.compute_major, device.compute_minor)},
                       {"multiprocessors", device.multiprocessors}});
  }
  Json json = {{"schema", 1}, {"simulated", simulated}, {"real", present}};
  if (!real) json["real_why_not"] = real.error().message;
  return json;
}

ExitCode run(const PrintOptions& print, const Context& context) {
  const auto cards = shipped_cards();
  if (!cards) return complain(cards.error().message + ".");
  const auto real = real_devices();
  const std::string text =
      print.json ? reports::to_text(to_json(*cards, real)) : render(*cards, real, print.terminal(context.environment));
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_devices_command(CLI::App& app, const Context& context) {
  const auto print = std::make_shared<PrintOptions>();
  app.footer("Exit codes: 0 fine, 2 bad usage, or a card's file that cannot be read.");
  app.add_flag("--json", print->json, "Print the list as JSON instead of text");
  app.add_option("--colour,--color", print->colour, "Colours in the text: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  return [print, &context] { return run(*print, context); };
}

}  // namespace profile_train::cli
