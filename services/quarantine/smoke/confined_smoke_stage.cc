#include "quarantine/smoke/confined_smoke_stage.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include "base/json_fields.h"
#include "net/link.h"
#include "quarantine/smoke/probe_subject.h"
#include "quarantine/smoke/smoke_test.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kBorrowBudget{std::chrono::seconds(30)};
// Without a sign of progress: reading weights from memory takes seconds a gigabyte at worst.
constexpr milliseconds kLoadSilence{std::chrono::minutes(2)};
constexpr milliseconds kMaxPromptBudget{std::chrono::minutes(3)};
constexpr std::uint32_t kContextTokens = 2048;
constexpr double kLoadShare = 0.1;  // Of the progress shown.

struct Loaded {
  bool has_template = false;
  bool supports_tools = false;
  std::string engine;
};

SmokeOutcome Refused(std::string rule, std::string reason) {
  SmokeOutcome outcome;
  outcome.detail = rule + ": " + reason;
  Finding finding;
  finding.stage = 6;
  finding.rule = std::move(rule);
  finding.severity = FindingClass::kGate;
  finding.reason = std::move(reason);
  outcome.findings.push_back(std::move(finding));
  return outcome;
}

Result<Loaded> ReadLoaded(const boost::json::object& reply) {
  Loaded loaded;
  TRY_ASSIGN(loaded.has_template, GetBool(reply, "has_template"));
  TRY_ASSIGN(loaded.supports_tools, GetBool(reply, "supports_tools"));
  TRY_ASSIGN(const auto engine, GetOptionalString(reply, "engine"));
  loaded.engine = engine.value_or("");
  return loaded;
}

asio::awaitable<Result<Loaded>> Load(net::Caller* worker, std::string name, UniqueFd memory,
                                     SmokeStage::OnProgress progress) {
  net::Message request;
  request.body = {{"context_tokens", kContextTokens},
                  {"sequences", 1},
                  {"threads", 0},
                  {"name", std::move(name)}};
  request.fds.push_back(std::move(memory));
  CO_TRY_ASSIGN(auto stream, co_await worker->Open("worker.load", std::move(request)));
  while (true) {
    CO_TRY_ASSIGN(const auto item, co_await stream->Next(kLoadSilence));
    if (!item.has_value()) break;
    const auto part = GetOptionalDouble(item->body, "progress", 0, 1);
    if (part.has_value() && part->has_value() && progress) progress(**part * kLoadShare);
  }
  co_return ReadLoaded(stream->reply().body);
}

}  // namespace

asio::awaitable<SmokeOutcome> QuestionWorker(net::Caller* worker, Random* random,
                                             ConfinedSmokeConfig config, SmokeOrder order,
                                             SmokeStage::OnProgress progress) {
  auto loaded = co_await Load(worker, order.name, std::move(order.memory), progress);
  if (!loaded.has_value()) {
    const bool is_gone = loaded.error().code == ErrorCode::kUnavailable;
    co_return Refused(is_gone ? "B-CRASH" : "B-LOAD",
                      (is_gone ? "the worker failed while it loaded the model: "
                               : "the engine does not load the model: ") +
                          loaded.error().message);
  }
  SmokeConfig smoke;
  smoke.has_template = loaded->has_template;
  smoke.supports_tools = loaded->supports_tools;
  smoke.is_strict = config.is_strict;
  smoke.max_flag_rate = config.max_flag_rate;
  smoke.max_critical_flags = config.max_critical_flags;
  smoke.time_box = config.time_box;
  smoke.prompt_budget = std::min(kMaxPromptBudget, config.time_box / 4);
  ProbeSubject subject(worker, smoke.prompt_budget);
  SmokeTest test(&subject, smoke, MakeSecrets(*random),
                 [] { return std::chrono::steady_clock::now(); });
  SmokeResult result = co_await test.Run([&progress](int done, int total) {
    if (progress) progress(kLoadShare + (1 - kLoadShare) * done / std::max(1, total));
  });
  SmokeOutcome outcome;
  outcome.has_passed = result.has_passed;
  outcome.detail = std::move(result.detail);
  outcome.findings = std::move(result.findings);
  outcome.record = std::move(result.record);
  outcome.record["engine"] = loaded->engine;
  co_return outcome;
}

asio::awaitable<Result<SmokeOutcome>> ConfinedSmokeStage::Run(SmokeOrder order,
                                                              OnProgress progress) {
  net::Message request;
  request.body = {{"sha256", order.sha256}, {"name", order.name}};
  UniqueFd copy(::fcntl(order.memory.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) {
    co_return Fail(ErrorCode::kUnavailable, "no descriptor for the model's memory");
  }
  request.fds.push_back(std::move(copy));
  CO_TRY_ASSIGN(net::Message lent,
                co_await inference_->Call("inference.probe", std::move(request), kBorrowBudget));
  if (lent.fds.size() != 1) {
    co_return Fail(ErrorCode::kInternal, "inference.probe gave no socket");
  }
  asio::local::stream_protocol::socket socket(executor_);
  boost::system::error_code error;
  socket.assign(asio::local::stream_protocol(), lent.fds[0].get(), error);
  if (error) co_return Fail(ErrorCode::kInternal, "the worker's socket is no socket");
  (void)lent.fds[0].Release();  // Owned by `socket` now.
  net::LinkOptions options;
  options.peer = "worker";
  options.max_frame_bytes = net::kChatMaxFrameBytes;
  const auto link = net::Link::Start(std::move(socket), options);
  SmokeOutcome outcome =
      co_await QuestionWorker(link.get(), random_, config_, std::move(order), std::move(progress));
  link->Close();
  co_return outcome;
}

}  // namespace secai::quarantine
