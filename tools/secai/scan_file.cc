#include "secai/scan_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/json/array.hpp>

#include "base/json_fields.h"
#include "net/blocking_link.h"
#include "net/sockets.h"
#include "secai/json_view.h"
#include "service/start_process.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

struct OpenedFile {
  UniqueFd fd;
  std::uint64_t bytes = 0;
};

Result<OpenedFile> OpenForScan(const std::string& path) {
  OpenedFile file;
  file.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status = {};
  if (!file.fd.is_open() || ::fstat(file.fd.get(), &status) != 0) {
    return Fail(ErrorCode::kNotFound, path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, path + ": not a regular file");
  }
  file.bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

net::Envelope ScanCall(const std::string& path, OpenedFile file, const policy::Policy& policy) {
  json::array formats;
  for (const std::string& format : policy.models.allowed_formats) formats.emplace_back(format);
  net::Envelope call;
  call.kind = net::Envelope::Kind::kCall;
  call.id = 1;
  call.method = "scanner.scan";
  call.message.body = {
      {"name", std::filesystem::path(path).filename().string()},
      {"bytes", file.bytes},
      {"checks", json::object{{"entropy_threshold", policy.quarantine.entropy_threshold},
                              {"allowed_formats", std::move(formats)}}}};
  call.message.fds.push_back(std::move(file.fd));
  return call;
}

// Waits for the report; items on the way are progress.
Result<json::object> ReadReport(net::BlockingLink* link,
                                const std::function<void(int, double)>& on_progress) {
  for (;;) {
    TRY_ASSIGN(net::Envelope envelope, link->Receive());
    switch (envelope.kind) {
      case net::Envelope::Kind::kItem:
        if (envelope.message.body.contains("progress")) {
          on_progress(static_cast<int>(NumberOf(envelope.message.body, "stage")),
                      ShareOf(envelope.message.body, "progress"));
        }
        break;
      case net::Envelope::Kind::kReply:
        return std::move(envelope.message.body);
      case net::Envelope::Kind::kError:
        return tl::unexpected(std::move(envelope.error));
      default:
        return Fail(ErrorCode::kCorrupt, "the scanner spoke out of turn");
    }
  }
}

json::value MemberOrNull(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value == nullptr ? json::value() : *value;
}

json::object Refusal(const std::string& path, std::uint64_t bytes, const std::string& reason) {
  return {{"path", path},      {"verdict", "refuse"}, {"stage", nullptr},
          {"rule", "scanner"}, {"offset", nullptr},   {"reason", reason},
          {"sha256", nullptr}, {"bytes", bytes},      {"seconds", nullptr}};
}

}  // namespace

Result<json::object> VerdictOfReport(const std::string& path, const json::object& report) {
  TRY_ASSIGN(const std::string verdict, GetString(report, "verdict", 16));
  if (verdict != "pass" && verdict != "review" && verdict != "refuse") {
    return Fail(ErrorCode::kCorrupt, "the scanner's verdict is none");
  }
  const std::string deciding_class = verdict == "refuse" ? "gate" : "review";
  const json::object* decisive = nullptr;
  for (const json::value& value : ArrayOf(report, "findings")) {
    const json::object& finding = ObjectOf(value);
    if (decisive == nullptr && verdict != "pass" && TextOf(finding, "class") == deciding_class) {
      decisive = &finding;
    }
  }
  const json::object none;
  const json::object& finding = decisive == nullptr ? none : *decisive;
  return json::object{{"path", path},
                      {"verdict", verdict},
                      {"stage", MemberOrNull(finding, "stage")},
                      {"rule", MemberOrNull(finding, "rule")},
                      {"offset", MemberOrNull(finding, "offset")},
                      {"reason", MemberOrNull(finding, "reason")},
                      {"sha256", MemberOrNull(report, "sha256")},
                      {"bytes", MemberOrNull(report, "bytes")},
                      {"seconds", MemberOrNull(report, "seconds")}};
}

Result<json::object> ScanFile(const std::string& scanner, const std::string& path,
                              const policy::Policy& policy,
                              const std::function<void(int, double)>& on_progress) {
  TRY_ASSIGN(OpenedFile file, OpenForScan(path));
  const std::uint64_t bytes = file.bytes;
  TRY_ASSIGN(auto pair, net::MakeSocketPair());
  TRY_ASSIGN(service::StartedProcess process,
             service::StartProcess({.executable = scanner,
                                    .arguments = {},
                                    .descriptors = {{"scanner", pair.second.get()}}}));
  pair.second.Reset();
  net::BlockingLink link(std::move(pair.first));
  const auto report = [&]() -> Result<json::object> {
    TRY(link.Send(ScanCall(path, std::move(file), policy)));
    TRY_ASSIGN(const json::object received, ReadReport(&link, on_progress));
    return VerdictOfReport(path, received);
  }();
  service::KillProcess(process.pidfd.get());
  const auto end = service::CollectProcess(process.pidfd.get());
  if (report.has_value()) return report;
  const bool is_death = report.error().code == ErrorCode::kUnavailable && end.has_value();
  return Refusal(path, bytes,
                 is_death ? "the scanner ended (" + end->Text() + ")" : report.error().message);
}

}  // namespace secai::cli
