// profile-train whatif TRACE: a recorded run with a change, through the model of the caching allocator.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/report_options.h"
#include "cli/shared_options.h"
#include "profiler/byte_size.h"
#include "profiler/import/recording.h"
#include "profiler/nearest.h"
#include "profiler/whatif.h"
#include "reports/whatif_report.h"

namespace profile_train::cli {

namespace {

struct WhatIfOptions {
  std::string trace;
  std::vector<std::string> drop;
  std::vector<std::string> scale;
  std::string allocator;
  std::string memory;
  PrintOptions print;
};

Result<Category> category_of(const std::string& word) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kCategories; ++i) {
    if (key_of(category_at(i)) == word) return category_at(i);
    keys.emplace_back(key_of(category_at(i)));
  }
  const auto meant = nearest(word, keys);
  return failure(fmt::format("\"{}\" is no category; {}.", word,
                             meant ? "did you mean " + *meant : fmt::format("they are {}", fmt::join(keys, ", "))));
}

Result<std::pair<Category, double>> scaled(const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto category = category_of(text.substr(0, equals));
  if (!category) return tl::unexpected(category.error());
  double factor = -1;
  if (equals != std::string::npos) {
    const char* const begin = text.data() + equals + 1;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(begin, end, factor);
    if (error != std::errc{} || read != end) factor = -1;
  }
  if (!(factor >= 0 && factor <= 1000))
    return failure(fmt::format("--scale {} has no factor from 0 to 1000; write for example activations=0.5.", text));
  return std::pair{*category, factor};
}

Result<WhatIf> change_of(const WhatIfOptions& options) {
  WhatIf change;
  for (const std::string& word : options.drop) {
    const auto category = category_of(word);
    if (!category) return tl::unexpected(category.error());
    change.scale.emplace_back(*category, 0.0);
  }
  for (const std::string& text : options.scale) {
    const auto one = scaled(text);
    if (!one) return tl::unexpected(one.error());
    change.scale.push_back(*one);
  }
  if (!options.allocator.empty()) {
    const auto settings = allocator::parse_settings(options.allocator);
    if (!settings) return tl::unexpected(settings.error());
    change.settings = *settings;
  }
  if (options.memory == "unlimited") {
    change.unlimited_memory = true;
  } else if (!options.memory.empty()) {
    const auto bytes = parse_byte_size(options.memory);
    if (!bytes) return tl::unexpected(bytes.error());
    change.memory_bytes = static_cast<Bytes>(*bytes);
  }
  return change;
}

std::string in_words(const WhatIfOptions& options) {
  std::vector<std::string> parts;
  for (const std::string& word : options.drop) parts.push_back("without " + word);
  for (const std::string& text : options.scale) parts.push_back(text);
  if (!options.allocator.empty()) parts.push_back("allocator " + options.allocator);
  if (!options.memory.empty()) parts.push_back("memory " + options.memory);
  return parts.empty() ? "nothing changes" : fmt::format("{}", fmt::join(parts, " · "));
}

ExitCode run(const WhatIfOptions& options, const Context& context) {
  const auto change = change_of(options);
  if (!change) return complain(change.error().message);
  auto trace = read_recording(options.trace);
  if (!trace) return complain(trace.error().message);
  const Analysis analysis = analyse(std::move(*trace));
  const auto result = what_if(analysis, *change);
  if (!result) return complain(result.error().message, kCannotMeasure);
  const std::string text = options.print.json ? reports::what_if_json(*result, in_words(options))
                                              : reports::render_what_if(*result, in_words(options),
                                                                        options.print.terminal(context.environment));
  std::fputs(text.c_str(), stdout);
  return kFine;
}

}  // namespace

Command add_whatif_command(CLI::App& app, const Context& context) {
  const auto options = std::make_shared<WhatIfOptions>();
  app.footer(
      "Examples:\n"
      "  profile-train whatif out/run/trace.ptrace --drop logits --scale activations=0.5\n"
      "  profile-train whatif out/run/trace.ptrace --allocator expandable --memory 40GiB\n\n"
      "Exit codes: 0 answered, whether it fits or not; 2 bad usage or input; 3 this recording cannot answer it: it is\n"
      "of the CPU, or the allocator's replay does not reproduce it (docs/allocator_replay.md).");
  add_recording_argument(app, options->trace);
  app.add_option("--drop", options->drop, "Leave out a category: logits, activations, optimizer_state …")
      ->type_name("CATEGORY")
      ->allow_extra_args(false);
  app.add_option("--scale", options->scale, "Change the sizes of a category, as in --scale activations=0.5")
      ->type_name("CATEGORY=FACTOR")
      ->allow_extra_args(false);
  app.add_option("--allocator", options->allocator,
                 "Settings of the allocator, as for PYTORCH_ALLOC_CONF; or expandable, or default")
      ->type_name("SETTINGS");
  app.add_option("--memory", options->memory, "Memory of the device in place of its own: 40GiB, or unlimited")
      ->type_name("SIZE");
  options->print.add_to(app);
  return [options, &context] { return run(*options, context); };
}

}  // namespace profile_train::cli
