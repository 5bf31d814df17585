#include "gateway/metrics.h"

#include <fmt/format.h>

namespace secai::gateway {
namespace {

void AppendHead(std::string* text, std::string_view name, std::string_view kind,
                std::string_view help) {
  *text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
}

template <typename T>
void AppendOne(std::string* text, std::string_view name, std::string_view kind,
               std::string_view help, T value) {
  AppendHead(text, name, kind, help);
  *text += fmt::format("{} {}\n", name, value);
}

}  // namespace

void Metrics::CountRequest(std::string_view route, int status) {
  ++requests_[{std::string(route.empty() ? "unknown" : route), status}];
}

std::string Metrics::ToText(std::size_t open_connections, std::size_t event_clients) const {
  std::string text;
  AppendHead(&text, "secai_http_requests_total", "counter", "Answers by route and status.");
  for (const auto& [key, count] : requests_) {
    text += fmt::format("secai_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first,
                        key.second, count);
  }
  AppendHead(&text, "secai_http_refused_total", "counter", "Requests that the guard refused.");
  for (const auto& [status, count] : refusals_) {
    text += fmt::format("secai_http_refused_total{{status=\"{}\"}} {}\n", status, count);
  }
  AppendOne(&text, "secai_prompt_tokens_total", "counter", "Tokens of prompts answered.",
            prompt_tokens_);
  AppendOne(&text, "secai_completion_tokens_total", "counter", "Tokens generated.",
            completion_tokens_);
  AppendOne(&text, "secai_upload_bytes_total", "counter", "Bytes given to quarantine.",
            upload_bytes_);
  AppendOne(&text, "secai_open_generations", "gauge", "Answers being generated now.",
            open_generations_);
  AppendOne(&text, "secai_open_connections", "gauge", "Client connections now.", open_connections);
  AppendOne(&text, "secai_event_clients", "gauge", "Readers of /api/events now.", event_clients);
  return text;
}

}  // namespace secai::gateway
