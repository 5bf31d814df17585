#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::cli {

// Cuts a text/event-stream into the texts of its `data:` fields, one per event. Comments, ids and
// event names are skipped. Source: the HTML standard, section 9.2.6. Thread-safety: one thread
// only.
class EventStream {
 public:
  static constexpr std::size_t kMaxEventBytes = std::size_t{8} << 20;

  // Calls `take(std::string_view data)` for each event that is complete. Errors: kCorrupt for an
  // event over the limit.
  template <typename Take>
  Result<> Push(std::string_view bytes, const Take& take) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line_.size() + data_.size() >= kMaxEventBytes) {
          return Fail(ErrorCode::kCorrupt, "an event of the gateway is too long");
        }
        line_.push_back(c);
        continue;
      }
      if (line_.ends_with('\r')) line_.pop_back();
      if (!line_.empty()) {
        TakeLine();
      } else if (has_data_) {
        take(std::string_view(data_));
        data_.clear();
        has_data_ = false;
      }
      line_.clear();
    }
    return Ok();
  }

 private:
  void TakeLine() {
    std::string_view line = line_;
    if (!line.starts_with("data:")) return;
    line.remove_prefix(5);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_.push_back('\n');
    data_ += line;
    has_data_ = true;
  }

  std::string line_;
  std::string data_;
  bool has_data_ = false;
};

}  // namespace secai::cli
