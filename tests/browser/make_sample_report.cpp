// Writes the pages that the browser tests open, with the JSON they must agree with: make_sample_report DIRECTORY
//
//   sample    everything listed; limited    few instants and allocations, the rest summed; damaged   losses; empty
//   nothing NAME.html, NAME.json, NAME.lifetimes.json

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "profiler/analysis.h"
#include "reports/html.h"
#include "reports/json.h"
#include "reports/json_writer.h"
#include "sample_comparison.h"
#include "sample_trace.h"

namespace {

using namespace profile_train;

std::string innermost_module(const Trace& trace, ScopeId scope) {
  while (scope != 0 && trace.scopes[scope].kind != ScopeKind::module) scope = trace.scopes[scope].parent;
  return scope == 0 ? "" : trace.names[trace.scopes[scope].name];
}

/// [[born, died or −1, bytes, phase, module], …] of every allocation, from the events alone: the naive model the page
/// is held against. Outside every module the name of the tensor tells the module.
std::string lifetimes(const Trace& trace) {
  struct Live {
    std::size_t born;
    Bytes bytes;
    Phase phase;
    std::string module;
  };
  std::map<std::uint64_t, Live> live;
  Phase phase = Phase::other;
  std::string rows;
  const auto row = [&](const Live& one, long long died) {
    rows += fmt::format(R"({}[{},{},{},"{}","{}"])", rows.empty() ? "" : ",\n", one.born, died, one.bytes,
                        reports::phase_key(one.phase), one.module);
  };
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.kind == EventKind::phase_begin) phase = static_cast<Phase>(event.detail);
    if (event.kind == EventKind::phase_end) phase = Phase::other;
    if (event.kind == EventKind::allocate || event.kind == EventKind::carried_in)
      live[event.address] = {i, event.bytes, phase, innermost_module(trace, event.scope)};
    if (event.kind == EventKind::role && live.at(event.address).module.empty()) {
      const std::string& name = trace.names[event.name];
      live.at(event.address).module = name.substr(0, name.find('.') == std::string::npos ? 0 : name.rfind('.'));
    }
    if (event.kind == EventKind::free) {
      row(live.at(event.address), static_cast<long long>(i));
      live.erase(event.address);
    }
  }
  for (const auto& [address, one] : live) row(one, -1);
  return "[" + rows + "]\n";
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void write(const std::filesystem::path& directory, const std::string& name, const Analysis& analysis,
           const reports::HtmlLimits& limits) {
  write(directory / (name + ".html"), reports::render_html(analysis, limits));
  write(directory / (name + ".json"), reports::to_json(analysis.summary));
}

void make(const std::filesystem::path& directory, const std::string& name, Trace trace,
          const reports::HtmlLimits& limits = {}) {
  write(directory / (name + ".lifetimes.json"), lifetimes(trace));
  write(directory, name, analyse(std::move(trace)), limits);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: make_sample_report DIRECTORY\n");
    return 2;
  }
  try {
    const std::filesystem::path directory = argv[1];
    std::filesystem::create_directories(directory);
    make(directory, "sample", sample_trace({}));
    make(directory, "limited", sample_trace({}), {.points = 600, .allocations = 900});
    Analysis compared = analyse(sample_trace({.steps = 2}));
    compared.summary.model = sample_comparison();
    write(directory, "compared", compared, {});
    make(directory, "damaged", sample_trace({.steps = 2, .damaged = true}));
    make(directory, "empty", Trace{});
  } catch (const std::exception& error) {
    fmt::print(stderr, "make_sample_report: {}\n", error.what());
    return 1;
  }
}
