#include "quarantine/pipeline.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fcntl.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "net/run_on_pool.h"
#include "quarantine/admission.h"
#include "quarantine/stage_checks.h"
#include "storage/sealed_copy.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::steady_clock;

constexpr int kMaxAttempts =
    3;  // Then a file that brings the room down again and again is left alone.
constexpr std::chrono::seconds kAuditBudget(10);
constexpr std::chrono::minutes kAdmitBudget(30);  // A copy of 50 GiB on a slow disk.

double SecondsSince(steady_clock::time_point began) {
  return std::chrono::duration<double>(steady_clock::now() - began).count();
}

Finding Gate(int stage, std::string rule, std::string reason) {
  Finding finding;
  finding.stage = stage;
  finding.rule = std::move(rule);
  finding.severity = FindingClass::kGate;
  finding.reason = std::move(reason);
  return finding;
}

StageRecord Failed(int stage, std::string rule, std::string reason) {
  StageRecord record;
  record.result = StageResult::kFail;
  record.detail = reason;
  record.findings.push_back(Gate(stage, std::move(rule), std::move(reason)));
  return record;
}

StageRecord FromVerdict(StageVerdict verdict) {
  StageRecord record;
  record.result = HasGate(verdict.findings) ? StageResult::kFail : StageResult::kPass;
  record.detail = std::move(verdict.detail);
  record.findings = std::move(verdict.findings);
  return record;
}

// The finding that a refusal names: the first gate, else (strict profile) the first review.
const Finding* Culprit(const StageRecord& record) {
  for (const FindingClass severity : {FindingClass::kGate, FindingClass::kReview}) {
    const auto found = std::ranges::find(record.findings, severity, &Finding::severity);
    if (found != record.findings.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

struct Pipeline::Evidence {
  UniqueFd file;
  ScanReport scan;
  json::object smoke;
};

Pipeline::Pipeline(const asio::any_io_executor& executor, PipelineParts parts)
    : parts_(parts), scans_(executor, 2), probes_(executor, 1) {}

asio::awaitable<void> Pipeline::Run(std::string id) {
  for (;;) {
    const Result<> run = co_await RunStages(id);
    if (run.has_value() || run.error().code == ErrorCode::kDenied ||
        run.error().code == ErrorCode::kNotFound) {
      co_return;
    }
    // Something of ours is missing or broken: the file stays where it is, and is tried again.
    log::Warn("quarantine.waiting", {{"id", id}, {"why", run.error().message}});
    co_await Wait(id, run.error().message);
  }
}

asio::awaitable<Result<>> Pipeline::RunStages(std::string id) {
  const Claim* claim = parts_.store->Find(id);
  if (claim == nullptr) co_return Fail(ErrorCode::kNotFound, "no such claim");
  Evidence evidence;
  auto file = parts_.store->OpenArtifact(id);
  if (!file.has_value() && file.error().code == ErrorCode::kNotFound) {
    // Deleted by hand, as the FAQ allows.
    CO_TRY(Change(id, [this](Claim* gone) {
      gone->state = ClaimState::kDiscarded;
      gone->finished_at = parts_.clock->Now();
    }));
    CO_TRY(co_await Record("quarantine.discarded", {{"id", id}, {"reason", "the file is gone"}}));
    co_return parts_.store->RemoveFromDisk(id);
  }
  const int attempts = claim->attempts + (claim->state == ClaimState::kWaiting ? 0 : 1);
  CO_TRY(Change(id, [attempts](Claim* begun) {
    begun->state = ClaimState::kChecking;
    begun->attempts = attempts;
    begun->note.clear();
    begun->stages = {};
    begun->stage = 1;
  }));
  if (attempts > kMaxAttempts) {
    co_return co_await End(id, 1,
                           Failed(1, "Q-ATTEMPTS",
                                  "the checks were begun three times and never ended; "
                                  "submit it again to try once more"),
                           &evidence);
  }
  Begin(id, 1);
  CO_TRY(co_await End(id, 1, FromVerdict(CheckSource(*parts_.store->Find(id), *parts_.config)),
                      &evidence));
  if (!file.has_value()) {
    co_return co_await End(id, 2, Failed(2, "Q-FILE", file.error().message), &evidence);
  }
  evidence.file = *std::move(file);
  CO_TRY(co_await RunScan(id, &evidence));
  CO_TRY(co_await RunSmokeTest(id, &evidence));
  StageRecord diffusion = evidence.scan.stages.at(6);
  if (diffusion.result == StageResult::kPending) {
    diffusion.result = StageResult::kSkip;
    diffusion.detail = "not applicable: this is no diffusion model";
  }
  CO_TRY(co_await End(id, 7, std::move(diffusion), &evidence));
  co_return co_await Promote(id, &evidence);
}

asio::awaitable<Result<>> Pipeline::RunScan(std::string id, Evidence* evidence) {
  const auto pass = co_await scans_.Enter();
  Begin(id, 2);
  const auto began = steady_clock::now();
  ScanOrder order;
  {
    const Claim& claim = *parts_.store->Find(id);
    order.name = claim.name;
    order.bytes = claim.bytes;
  }
  order.file = UniqueFd(::fcntl(evidence->file.get(), F_DUPFD_CLOEXEC, 3));
  const auto on_progress = [this, id](int stage, double progress) {
    if (const Claim* now = parts_.store->Find(id); now != nullptr) {
      Claim shown = *now;
      shown.stage = stage;
      shown.stage_record(stage).result = StageResult::kRunning;
      shown.stage_record(stage).progress = progress;
      parts_.store->Show(std::move(shown));
    }
  };
  auto report = co_await parts_.scanner->Scan(std::move(order), on_progress);
  if (!report.has_value() && report.error().code != ErrorCode::kCorrupt) {
    co_return tl::unexpected(report.error());  // No scanner to be had: wait.
  }
  if (!report.has_value()) {
    co_return co_await End(id, 2, Failed(2, "Q-SCANNER", report.error().message), evidence);
  }
  evidence->scan = *std::move(report);
  ScanReport& scan = evidence->scan;
  const double seconds = SecondsSince(began);
  scan.stages.at(1).seconds = seconds;
  CO_TRY(co_await End(id, 2, scan.stages.at(1), evidence));

  const Claim& claim = *parts_.store->Find(id);
  StageVerdict integrity = CheckIntegrity(claim, scan.sha256, *parts_.config);
  StageVerdict provenance = CheckProvenance(claim, scan.sha256, *parts_.config);
  const int trust_level = provenance.trust_level;
  CO_TRY(Change(id, [&scan](Claim* known) {
    known->sha256 = scan.sha256;
    known->format = scan.format;
  }));
  CO_TRY(co_await End(id, 3, FromVerdict(std::move(integrity)), evidence));
  CO_TRY(co_await End(id, 4, FromVerdict(std::move(provenance)), evidence));
  CO_TRY(Change(id, [trust_level](Claim* known) { known->trust_level = trust_level; }));
  co_return co_await End(id, 5, scan.stages.at(4), evidence);
}

asio::awaitable<Result<>> Pipeline::RunSmokeTest(std::string id, Evidence* evidence) {
  if (evidence->scan.format != "gguf") {
    StageRecord skipped;
    skipped.result = StageResult::kSkip;
    skipped.detail = "no engine for this format";
    co_return co_await End(id, 6, std::move(skipped), evidence);
  }
  const auto pass = co_await probes_.Enter();
  Begin(id, 6);
  const auto began = steady_clock::now();
  auto outcome = co_await AskModel(id, evidence);
  while (!outcome.has_value() && outcome.error().code == ErrorCode::kUnavailable) {
    co_await Wait(id, outcome.error().message);
    outcome = co_await AskModel(id, evidence);
  }
  if (!outcome.has_value() && outcome.error().code == ErrorCode::kCorrupt) {
    co_return co_await End(id, 6, Failed(6, "Q-CHANGED", outcome.error().message), evidence);
  }
  if (!outcome.has_value()) co_return tl::unexpected(outcome.error());
  StageRecord record;
  record.result = outcome->has_passed ? StageResult::kPass : StageResult::kFail;
  record.detail = std::move(outcome->detail);
  record.findings = std::move(outcome->findings);
  record.seconds = SecondsSince(began);
  evidence->smoke = std::move(outcome->record);
  co_return co_await End(id, 6, std::move(record), evidence);
}

asio::awaitable<Result<SmokeOutcome>> Pipeline::AskModel(std::string id, Evidence* evidence) {
  const std::uint64_t bytes = parts_.store->Find(id)->bytes;
  CO_TRY_ASSIGN(auto copy,
                co_await net::RunOnPool(parts_.pool, [file = evidence->file.get(), bytes] {
                  return storage::MakeSealedCopy(file, bytes);
                }));
  // What runs must be what was scanned.
  if (copy.digest.ToHex() != evidence->scan.sha256) {
    co_return Fail(ErrorCode::kCorrupt, "the file changed after it was scanned");
  }
  SmokeOrder order;
  order.name = parts_.store->Find(id)->name;
  order.sha256 = evidence->scan.sha256;
  order.has_template = evidence->scan.has_template;
  order.memory = std::move(copy.memory);
  co_return co_await parts_.smoke->Run(std::move(order), [this, id](double progress) {
    if (const Claim* now = parts_.store->Find(id); now != nullptr) {
      Claim shown = *now;
      shown.state = ClaimState::kChecking;
      shown.note.clear();
      shown.stage_record(6).progress = progress;
      parts_.store->Show(std::move(shown));
    }
  });
}

asio::awaitable<Result<>> Pipeline::Promote(std::string id, Evidence* evidence) {
  CO_TRY(Change(id, [](Claim* claim) { claim->state = ClaimState::kPassed; }));
  while (!parts_.config->auto_promote) {
    co_await Wait(id, "passed; models.auto_promote is false in the policy");
  }
  Result<net::Message> answer = Fail(ErrorCode::kInternal, "not asked yet");
  for (;;) {
    net::Message request;
    request.body =
        AdmissionRequest(*parts_.store->Find(id), evidence->scan, evidence->smoke, *parts_.config);
    request.fds.emplace_back(::fcntl(evidence->file.get(), F_DUPFD_CLOEXEC, 3));
    answer = co_await parts_.registry->Call("registry.admit", std::move(request), kAdmitBudget);
    if (answer.has_value() || answer.error().code != ErrorCode::kUnavailable) break;
    co_await Wait(id, "passed, waiting for the registry: " + answer.error().message);
  }
  if (!answer.has_value() && answer.error().code == ErrorCode::kCorrupt) {
    co_return co_await End(id, 3, Failed(3, "Q-CHANGED", "the file changed after it was scanned"),
                           evidence);
  }
  if (!answer.has_value()) co_return tl::unexpected(answer.error());
  const json::value* model = answer->body.if_contains("model");
  if (model == nullptr || !model->is_object() || !model->get_object().contains("name")) {
    co_return Fail(ErrorCode::kInternal, "the registry answered without the model");
  }
  const std::string name(model->get_object().at("name").as_string());
  const std::string sha256 = parts_.store->Find(id)->sha256;
  CO_TRY(co_await Record("quarantine.promoted", {{"id", id}, {"name", name}, {"sha256", sha256}}));
  CO_TRY(Change(id, [this, &name](Claim* claim) {
    claim->state = ClaimState::kPromoted;
    claim->note.clear();
    claim->model = name;
    claim->finished_at = parts_.clock->Now();
  }));
  co_return parts_.store->RemoveArtifact(id);
}

void Pipeline::Begin(std::string_view id, int number) {
  const Claim* claim = parts_.store->Find(id);
  if (claim == nullptr) return;
  Claim shown = *claim;
  shown.stage = number;
  shown.stage_record(number).result = StageResult::kRunning;
  parts_.store->Show(std::move(shown));
}

asio::awaitable<Result<>> Pipeline::End(std::string id, int number, StageRecord record, Evidence*) {
  const bool is_refused =
      record.result == StageResult::kFail || IsRefusedBy(record.findings, *parts_.config);
  if (is_refused) record.result = StageResult::kFail;
  record.progress = 1;
  const std::string detail = record.detail;
  std::optional<Rejection> rejection;
  if (is_refused) {
    const Finding* culprit = Culprit(record);
    rejection = Rejection{.stage = number,
                          .rule = culprit != nullptr ? culprit->rule : "Q-FAILED",
                          .offset = culprit != nullptr ? culprit->offset : std::nullopt,
                          .reason = culprit != nullptr ? culprit->reason : detail};
  }
  const std::string_view result = ToString(record.result);
  CO_TRY(co_await Record(is_refused ? "quarantine.stage_failed" : "quarantine.stage_passed",
                         {{"id", id},
                          {"stage", number},
                          {"name", StageName(number)},
                          {"result", result},
                          {"detail", detail}}));
  CO_TRY(Change(id, [&](Claim* claim) {
    claim->state = ClaimState::kChecking;
    claim->note.clear();
    claim->stage = number;
    claim->stage_record(number) = std::move(record);
  }));
  if (rejection.has_value()) co_return co_await Reject(id, *std::move(rejection));
  co_return Ok();
}

asio::awaitable<Result<>> Pipeline::Reject(std::string id, Rejection rejection) {
  const Claim& claim = *parts_.store->Find(id);
  json::object fields = {{"id", id},
                         {"name", claim.name},
                         {"sha256", claim.sha256},
                         {"stage", rejection.stage},
                         {"stage_name", StageName(rejection.stage)},
                         {"rule", rejection.rule},
                         {"reason", rejection.reason}};
  if (rejection.offset.has_value()) fields["offset"] = *rejection.offset;
  CO_TRY(co_await Record("quarantine.rejected", std::move(fields)));
  CO_TRY(Change(id, [&](Claim* refused) {
    refused->state = ClaimState::kRejected;
    refused->rejection = std::move(rejection);
    refused->finished_at = parts_.clock->Now();
  }));
  co_return Fail(ErrorCode::kDenied, "rejected");
}

asio::awaitable<Result<>> Pipeline::Record(std::string event, json::object fields) {
  const std::string id(fields.at("id").as_string());
  for (;;) {
    net::Message request;
    request.body = {{"event", event}, {"fields", fields}};
    const auto recorded =
        co_await parts_.audit->Call("audit.record", std::move(request), kAuditBudget);
    if (recorded.has_value()) co_return Ok();
    if (recorded.error().code != ErrorCode::kUnavailable)
      co_return tl::unexpected(recorded.error());
    // No decision without its record.
    co_await Wait(id, "waiting for the audit log: " + recorded.error().message);
  }
}

Result<> Pipeline::Change(std::string_view id, const std::function<void(Claim*)>& change) {
  const Claim* claim = parts_.store->Find(id);
  if (claim == nullptr) return Fail(ErrorCode::kNotFound, "no such claim");
  Claim changed = *claim;
  change(&changed);
  return parts_.store->Save(std::move(changed));
}

asio::awaitable<void> Pipeline::Wait(std::string id, std::string note) {
  const auto changed = Change(id, [&](Claim* claim) {
    claim->state = ClaimState::kWaiting;
    claim->note = std::move(note);
  });
  if (!changed.has_value())
    log::Error("quarantine.journal_failed", {{"why", changed.error().message}});
  asio::steady_timer pause(co_await asio::this_coro::executor, parts_.retry_pause);
  co_await pause.async_wait(asio::use_awaitable);
}

}  // namespace secai::quarantine
