#include "quarantine/scanner/scanner_server.h"

#include <chrono>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include "base/json_fields.h"
#include "quarantine/scanner/scan.h"
#include "quarantine/scanner/scan_json.h"

namespace secai::quarantine {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxNameBytes = 4096;
constexpr double kProgressStep = 0.01;

struct Order {
  std::string name;
  std::uint64_t bytes = 0;
  ScanPolicy policy;
  UniqueFd file;
};

Result<Order> ParseOrder(net::Envelope call) {
  if (call.kind != net::Envelope::Kind::kCall || call.method != "scanner.scan") {
    return Fail(ErrorCode::kNotFound, "the scanner knows scanner.scan only");
  }
  const boost::json::object& body = call.message.body;
  TRY(RefuseUnknownMembers(body, {"name", "bytes", "checks"}));
  Order order;
  TRY_ASSIGN(order.name, GetString(body, "name", kMaxNameBytes));
  TRY_ASSIGN(order.bytes, GetUint(body, "bytes"));
  TRY_ASSIGN(const boost::json::object* checks, GetObject(body, "checks"));
  TRY_ASSIGN(order.policy, ScanPolicyFromJson(*checks));
  if (call.message.fds.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "one file is needed");
  }
  order.file = std::move(call.message.fds[0]);
  return order;
}

ArtifactReport RefuseFile(std::uint64_t bytes, std::string_view reason) {
  Findings findings;
  findings.Add("F-1", {}, reason);
  ArtifactReport report;
  report.bytes = bytes;
  report.findings = findings.list();
  report.stages.push_back(
      {2, StageOutcome::Result::kFail, "F-1: " + report.findings.front().reason});
  return report;
}

ArtifactReport Judge(const Order& order, const ScanProgress& progress) {
  const auto source = FileSource::Create(order.file.get());
  if (!source.has_value()) return RefuseFile(order.bytes, source.error().message);
  if (source->size() != order.bytes) {
    return RefuseFile(source->size(), "the file has " + std::to_string(source->size()) +
                                          " bytes, " + std::to_string(order.bytes) +
                                          " were announced");
  }
  return ScanArtifact(*source, order.name, order.policy, progress);
}

net::Envelope Answer(net::Envelope::Kind kind, std::uint64_t id, boost::json::object body) {
  net::Envelope envelope;
  envelope.kind = kind;
  envelope.id = id;
  envelope.message.body = std::move(body);
  return envelope;
}

}  // namespace

Result<> ServeOneScan(net::BlockingLink* link) {
  TRY_ASSIGN(net::Envelope call, link->Receive());
  const std::uint64_t id = call.id;
  const auto order = ParseOrder(std::move(call));
  if (!order.has_value()) {
    net::Envelope error = Answer(net::Envelope::Kind::kError, id, {});
    error.error = order.error();
    return link->Send(std::move(error));
  }
  Result<> sent = Ok();
  int last_stage = 0;
  double last_share = 0;
  const auto progress = [&](int stage, double share) {
    // Stage 3 and 5 advance together: one of them is told of.
    if (stage == 5 || !sent.has_value()) return;
    if (stage == last_stage && share < 1 && share - last_share < kProgressStep) return;
    last_stage = stage;
    last_share = share;
    sent =
        link->Send(Answer(net::Envelope::Kind::kItem, id, {{"stage", stage}, {"progress", share}}));
  };
  const auto start = SteadyClock::now();
  const ArtifactReport report = Judge(*order, progress);
  TRY(std::move(sent));
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  for (const Finding& finding : report.findings) {
    boost::json::object item = {
        {"rule", finding.rule}, {"class", ToString(finding.severity)}, {"reason", finding.reason}};
    TRY(link->Send(Answer(net::Envelope::Kind::kItem, id,
                          {{"stage", finding.stage}, {"finding", std::move(item)}})));
  }
  return link->Send(Answer(net::Envelope::Kind::kReply, id, ReportToJson(report, seconds)));
}

}  // namespace secai::quarantine
