#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace profile_train::cli {

/// Tells on stderr how far long work is: one line, redrawn, on a terminal; nothing elsewhere.
class Progress {
 public:
  explicit Progress(bool enabled) : enabled_(enabled) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::int64_t done, std::int64_t total, std::string_view what);
  void show(std::string_view what);
  void clear();

 private:
  void draw(const std::string& line);

  bool enabled_;
  bool drawn_ = false;
};

}  // namespace profile_train::cli
