#include "supervisor/options.h"

#include <charconv>

namespace secai::supervisor {
namespace {

template <typename Number>
std::optional<Number> ParseNumber(const std::string& text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

Result<Options> ParseOptions(const service::Arguments& arguments) {
  Options options;
  for (const auto& [name, value] : arguments.values) {
    if (name == "root") {
      if (!value.starts_with('/')) {
        return Fail(ErrorCode::kInvalidArgument, "--root is not an absolute path: " + value);
      }
      options.root = value;
    } else if (name == "port") {
      const auto port = ParseNumber<int>(value);
      if (!port || (*port != 0 && (*port < kLowestPort || *port > kHighestPort))) {
        return Fail(ErrorCode::kInvalidArgument,
                    "--port is not a number from 1034 to 65525, or 0 for any free one: " + value);
      }
      options.port = static_cast<std::uint16_t>(*port);
    } else if (name == "action") {
      if (value == "run") {
        options.action = Options::Action::kRun;
      } else if (value == "detach") {
        options.action = Options::Action::kDetach;
      } else if (value == "stop") {
        options.action = Options::Action::kStop;
      } else {
        return Fail(ErrorCode::kInvalidArgument, "--action is run, detach or stop, not " + value);
      }
    } else {
      return Fail(ErrorCode::kInvalidArgument, "unknown argument --" + name);
    }
  }
  if (options.root.empty()) return Fail(ErrorCode::kInvalidArgument, "--root DIR is missing");
  return options;
}

std::vector<uid_t> OwnerUids(uid_t own_uid, const std::optional<std::string>& sudo_uid) {
  std::vector<uid_t> uids = {own_uid};
  // Only root can have been made root by sudo; others could claim anything.
  if (own_uid != 0 || !sudo_uid.has_value()) return uids;
  const auto caller = ParseNumber<uid_t>(*sudo_uid);
  if (caller.has_value() && *caller != 0) uids.push_back(*caller);
  return uids;
}

}  // namespace secai::supervisor
