#include "audit/log_reader.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "storage/backward_lines.h"

namespace secai::audit {
namespace {

// The entries found so far, oldest first, and their size as text.
class Page {
 public:
  Page(const TailRequest& request, const TailLimits& limits)
      : keeps_oldest_(request.after_seq.has_value()),
        limit_(request.limit),
        max_bytes_(limits.max_answer_bytes) {}

  // `entry` is older than all before. False when the page is full and it was not taken.
  bool Add(Entry entry, std::size_t bytes) {
    // The first one always fits, so that a reader gets on.
    while (!entries_.empty() && (entries_.size() == limit_ || bytes_ + bytes > max_bytes_)) {
      if (!keeps_oldest_) return false;
      bytes_ -= entries_.back().second;
      entries_.pop_back();
    }
    bytes_ += bytes;
    entries_.emplace_front(std::move(entry), bytes);
    return true;
  }

  std::vector<Entry> Take() {
    std::vector<Entry> taken;
    taken.reserve(entries_.size());
    for (auto& [entry, bytes] : entries_) taken.push_back(std::move(entry));
    return taken;
  }

 private:
  bool keeps_oldest_;
  std::size_t limit_;
  std::size_t max_bytes_;
  std::deque<std::pair<Entry, std::size_t>> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<TailPage> ReadTail(storage::File* file, std::uint64_t end, const TailRequest& request,
                          const TailLimits& limits) {
  storage::BackwardLines lines(file, end, kMaxEntryBytes);
  Page page(request, limits);
  TailPage result;
  std::uint64_t oldest_seen = 0;
  while (true) {
    TRY_ASSIGN(auto line, lines.Previous());
    if (!line.has_value()) break;
    auto parsed = line->is_too_long
                      ? Result<Entry>(Fail(ErrorCode::kInvalidArgument, "a line is too long"))
                      : ParseEntry(line->text);
    if (!parsed.has_value()) {
      ++result.damaged_lines;
    } else {
      if (request.after_seq.has_value() && parsed->seq <= *request.after_seq) break;
      const std::uint64_t seq = parsed->seq;
      const bool is_wanted = (!request.before_seq.has_value() || seq < *request.before_seq) &&
                             parsed->event.starts_with(request.event_prefix);
      if (is_wanted && !page.Add(*std::move(parsed), line->text.size())) {
        result.oldest_seq = oldest_seen;
        break;
      }
      oldest_seen = seq;
    }
    if (end - line->offset > limits.max_scanned_bytes && line->offset > 0) {
      result.oldest_seq = oldest_seen;
      break;
    }
  }
  result.entries = page.Take();
  return result;
}

}  // namespace secai::audit
