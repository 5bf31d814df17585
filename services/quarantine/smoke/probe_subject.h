#pragma once

#include "net/caller.h"
#include "quarantine/smoke/subject.h"

namespace secai::quarantine {

// A model in a confined worker (docs/links.md, "worker"). `worker` must outlive it.
class ProbeSubject final : public SmokeSubject {
 public:
  // Longest answer that is kept: over it the model counts as one that does not stop.
  static constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;

  // `silence` is how long the worker may send nothing: the time of one prompt, or of one token.
  ProbeSubject(net::Caller* worker, std::chrono::milliseconds silence)
      : worker_(worker), silence_(silence) {}

  boost::asio::awaitable<SmokeAnswer> Ask(inference::GenerateRequest request,
                                          std::chrono::milliseconds budget) override;

 private:
  net::Caller* worker_;
  std::chrono::milliseconds silence_;
};

}  // namespace secai::quarantine
