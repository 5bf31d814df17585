#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace secai::gateway {

// Counters since start, as Prometheus text. Labels are of our own words only, never of a client's,
// so that no client can make them many. Thread-safety: one thread only.
class Metrics {
 public:
  // `route` is the pattern ("/v1/models/{id}"), or "" for an unknown one.
  void CountRequest(std::string_view route, int status);
  void CountRefusal(int status) { ++refusals_[status]; }
  void CountTokens(std::uint64_t prompt, std::uint64_t completion) {
    prompt_tokens_ += prompt;
    completion_tokens_ += completion;
  }
  void CountUploadBytes(std::uint64_t bytes) { upload_bytes_ += bytes; }
  void CountGenerations(int difference) { open_generations_ += difference; }

  // Text format 0.0.4. `open_connections` and `event_clients` are gauges of the moment.
  std::string ToText(std::size_t open_connections, std::size_t event_clients) const;

 private:
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<int, std::uint64_t> refusals_;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t completion_tokens_ = 0;
  std::uint64_t upload_bytes_ = 0;
  std::int64_t open_generations_ = 0;
};

}  // namespace secai::gateway
