#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace secai::cli {

// How stdout and stderr may be used.
struct Terminal {
  bool out_is_terminal = false;
  bool errors_are_terminal = false;
  bool has_color = false;  // On stdout; never with NO_COLOR (no-color.org) or TERM=dumb.
  int columns = 80;        // Of stderr.

  static Terminal Detect();
};

// One line of progress on a terminal: "name  [#####     ]  52 %  1.2 GB". Never longer than
// `columns`. `share` is cut to 0…1. Pure.
std::string RenderBar(std::string_view name, double share, std::string_view detail, int columns);

// "0 B", "1.5 kB", "4.1 GB": decimal units, at most 3 digits before the point.
std::string HumanBytes(std::uint64_t bytes);

// Shows progress on stderr: one line that is drawn over on a terminal, and a line per step when
// piped. Thread-safety: one thread only.
class Progress {
 public:
  explicit Progress(const Terminal& terminal) : terminal_(terminal) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Clear(); }

  // Draws over the last line. Piped: writes only when `name` changed.
  void Show(std::string_view name, double share, std::string_view detail);
  // Takes the line away, and writes `sentence` as a line of its own.
  void Say(std::string_view sentence);
  void Clear();

 private:
  const Terminal& terminal_;
  std::string last_name_;
  bool is_drawn_ = false;
};

}  // namespace secai::cli
