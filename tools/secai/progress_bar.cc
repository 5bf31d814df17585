#include "secai/progress_bar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "service/environment.h"

namespace secai::cli {
namespace {

constexpr int kBarColumns = 24;
constexpr int kNameColumns = 28;

// Cuts at whole characters. Names here are ASCII or escaped, so bytes are columns, nearly.
std::string Cut(std::string_view text, int columns) {
  std::size_t end = std::min(text.size(), static_cast<std::size_t>(std::max(columns, 0)));
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;
  }
  return std::string(text.substr(0, end));
}

}  // namespace

Terminal Terminal::Detect() {
  Terminal terminal;
  terminal.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  terminal.errors_are_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto no_color = service::EnvironmentValue("NO_COLOR");
  const bool is_dumb = service::EnvironmentValue("TERM").value_or("dumb") == "dumb";
  terminal.has_color = terminal.out_is_terminal && !is_dumb && (!no_color || no_color->empty());
  struct winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  }
  return terminal;
}

std::string RenderBar(std::string_view name, double share, std::string_view detail, int columns) {
  const double bounded = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(bounded * kBarColumns);
  const std::string bar = std::string(filled, '#') + std::string(kBarColumns - filled, ' ');
  return Cut(fmt::format("{:<{}}  [{}] {:>3.0f} %  {}", Cut(name, kNameColumns), kNameColumns, bar,
                         std::floor(bounded * 100), detail),
             columns);
}

std::string HumanBytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits.at(unit));
}

void Progress::Show(std::string_view name, double share, std::string_view detail) {
  if (terminal_.errors_are_terminal) {
    const std::string line = RenderBar(name, share, detail, terminal_.columns - 1);
    std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
    std::fflush(stderr);
    is_drawn_ = true;
  } else if (name != last_name_) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(name.size()), name.data());
  }
  last_name_ = name;
}

void Progress::Say(std::string_view sentence) {
  Clear();
  std::fprintf(stderr, "%.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

void Progress::Clear() {
  if (is_drawn_) std::fprintf(stderr, "\r\x1b[K");
  is_drawn_ = false;
}

}  // namespace secai::cli
