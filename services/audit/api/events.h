#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace secai::audit {

// What a room tells the audit log: a name of the form "room.past_participle" and what belongs to
// it.
struct Event {
  std::string name = {};
  boost::json::object fields;
};

// Every event of the system, one struct each: the list of what is logged. A room sends its own
// only. Fields never hold prompts, completions, file contents, passphrases or keys. Text from
// outside (file names, reasons) may stand in them as it is: the log escapes it.
namespace events {

struct SupervisorStarted {
  std::string version = {};
  std::string level = {};  // Of confinement: "base" or "full".
  Event ToEvent() const;
};
struct SupervisorRoomStarted {
  std::string room = {};
  std::int64_t pid = 0;
  Event ToEvent() const;
};
struct SupervisorRoomExited {
  std::string room = {};
  std::string how = {};  // "code 1", "signal 9".
  std::int64_t restarts = 0;
  Event ToEvent() const;
};
struct SupervisorStopped {
  std::string reason = {};
  Event ToEvent() const;
};

struct QuarantineReceived {
  std::string id = {};  // Of the claim.
  std::string name = {};
  std::uint64_t bytes = 0;
  std::string source = {};  // "local" or an URL.
  Event ToEvent() const;
};
struct QuarantineStagePassed {
  std::string id = {};
  int stage = 0;            // 1 to 7.
  std::string result = {};  // "PASS" or "SKIP".
  std::string detail = {};
  Event ToEvent() const;
};
struct QuarantineStageFailed {
  std::string id = {};
  int stage = 0;
  std::string rule = {};
  std::optional<std::uint64_t> offset = {};  // In the file, bytes.
  std::string reason = {};
  Event ToEvent() const;
};
struct QuarantineRejected {
  std::string id = {};
  std::string name = {};
  std::string sha256 = {};  // Empty when it was not computed.
  int stage = 0;
  std::string rule = {};
  std::optional<std::uint64_t> offset = {};
  std::string reason = {};
  Event ToEvent() const;
};
struct QuarantinePromoted {
  std::string id = {};
  std::string name = {};  // In the registry.
  std::string sha256 = {};
  int trust_level = 4;  // 1 to 4.
  Event ToEvent() const;
};
struct QuarantineDiscarded {
  std::string id = {};
  std::string name = {};
  std::string reason = {};
  Event ToEvent() const;
};
struct QuarantineResubmitted {
  std::string id = {};
  std::string name = {};
  int attempt = 0;
  Event ToEvent() const;
};
struct QuarantineResumed {
  std::string id = {};
  std::string name = {};
  std::string state = {};  // Where it was when the process ended.
  Event ToEvent() const;
};
struct QuarantineWithdrawn {
  std::string sha256 = {};
  std::string reason = {};
  Event ToEvent() const;
};

struct RegistryAdmitted {
  std::string name = {};
  std::string sha256 = {};
  std::uint64_t bytes = 0;
  int trust_level = 4;
  Event ToEvent() const;
};
struct RegistryRemoved {
  std::string name = {};
  std::string sha256 = {};
  Event ToEvent() const;
};
struct RegistryVerified {
  std::int64_t models = 0;  // How many were hashed again.
  std::int64_t mismatches = 0;
  Event ToEvent() const;
};
struct RegistryMismatchFound {
  std::string name = {};
  std::string sha256 = {};  // What the manifest says.
  std::string detail = {};
  Event ToEvent() const;
};

struct InferenceLoaded {
  std::string sha256 = {};
  std::string name = {};
  Event ToEvent() const;
};
struct InferenceUnloaded {
  std::string sha256 = {};
  std::string reason = {};
  Event ToEvent() const;
};
struct InferenceLoadFailed {
  std::string sha256 = {};
  std::string reason = {};
  Event ToEvent() const;
};
struct InferenceWorkerCrashed {
  std::string sha256 = {};
  std::string how = {};
  Event ToEvent() const;
};
struct InferenceProbeStarted {
  std::string sha256 = {};
  std::string name = {};
  Event ToEvent() const;
};

struct GatewayRequestRefused {
  std::string reason = {};
  std::string who = {};     // "foreign uid 1001", "foreign origin": never a header's text.
  std::uint64_t count = 1;  // Of the same kind since the last event (at most one a minute).
  Event ToEvent() const;
};
struct GatewayPolicyChanged {
  std::string sha256 = {};  // Of the new text.
  Event ToEvent() const;
};

// The audit room's own: a crash while writing had left a torn end, which was cut off and kept.
struct AuditRepaired {
  std::uint64_t offset = 0;     // In audit.log.
  std::uint64_t cut_bytes = 0;  // No acknowledged entry is among them.
  std::string kept_as = {};
  Event ToEvent() const;
};

}  // namespace events
}  // namespace secai::audit
