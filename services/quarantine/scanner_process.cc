#include "quarantine/scanner_process.h"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>

#include "base/json_fields.h"
#include "net/link.h"
#include "net/sockets.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

json::object Checks(const QuarantineConfig& config) {
  json::array formats;
  for (const auto& format : config.allowed_formats) formats.emplace_back(format);
  return {{"entropy_threshold", config.entropy_threshold}, {"allowed_formats", std::move(formats)}};
}

// An item is {stage, progress}, or {stage, finding}; findings come again in the report.
Result<> TellProgress(const json::object& item, const ArtifactScanner::OnProgress& progress) {
  TRY_ASSIGN(const std::int64_t stage, GetInt(item, "stage", 1, kStageCount));
  TRY_ASSIGN(const auto share, GetOptionalDouble(item, "progress", 0, 1));
  if (share.has_value()) progress(static_cast<int>(stage), *share);
  return Ok();
}

asio::awaitable<Result<ScanReport>> ReadAnswer(net::ReplyStream* stream,
                                               ArtifactScanner::OnProgress progress,
                                               std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    CO_TRY_ASSIGN(const auto item, co_await stream->Next(left));
    if (!item.has_value()) break;
    CO_TRY(TellProgress(item->body, progress));
  }
  co_return ParseScanReport(stream->reply().body);
}

// Says how the process ended, for the reason that the user reads.
std::string EndOf(sandbox::Child* child) {
  const auto status = child->Poll();
  if (!status.has_value() || !status->has_value()) return "the scanner did not answer in time";
  const sandbox::ExitStatus end = **status;
  if (!end.was_signalled) return "the scanner ended with code " + std::to_string(end.value);
  return "the scanner was ended by signal " + std::to_string(end.value);
}

}  // namespace

asio::awaitable<Result<ScanReport>> ScannerProcess::Scan(ScanOrder order, OnProgress progress) {
  const auto executor = co_await asio::this_coro::executor;
  CO_TRY_ASSIGN(auto pair, net::MakeSocketPair());
  auto& [ours, theirs] = pair;
  CO_TRY_ASSIGN(sandbox::Child child, spawner_->Spawn({}, {theirs.get()}));
  theirs.Reset();
  CO_TRY_ASSIGN(const auto link,
                net::Link::Adopt(executor, std::move(ours), {.peer = "quarantine-scanner"}));

  net::Message request;
  request.body = {{"name", order.name}, {"bytes", order.bytes}, {"checks", Checks(*config_)}};
  request.fds.push_back(std::move(order.file));
  const auto deadline = std::chrono::steady_clock::now() + config_->scan_timeout;
  auto stream = co_await link->Open("scanner.scan", std::move(request));
  Result<ScanReport> report = Fail(ErrorCode::kUnavailable, "the scanner hung up");
  if (stream.has_value()) {
    report = co_await ReadAnswer(stream->get(), std::move(progress), deadline);
  }
  if (report.has_value()) co_return report;
  // Whatever went wrong, it went wrong over this file.
  const Error error = report.error();
  const std::string reason = error.code == ErrorCode::kUnavailable ? EndOf(&child) : error.message;
  co_return Fail(ErrorCode::kCorrupt, reason);
}

}  // namespace secai::quarantine
