// Invariant: whatever the file holds, a page holds at most what was asked for, of the wanted names
// and numbers only; and the log can be opened, gives back an entry that is added, and never loses
// the lines before its torn end.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log_reader.h"
#include "storage/append_log.h"
#include "storage/testing/memory_disk.h"

namespace {

void Expect(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai;  // NOLINT(google-build-using-namespace): one function.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  storage::testing::MemoryDisk disk;
  {
    const auto file = disk.root()->OpenForWriting("log", storage::IfMissing::kCreate).value();
    Expect(file->Append(input).has_value());
  }
  storage::AppendLogOptions options;
  options.max_record_bytes = audit::kMaxEntryBytes;
  options.is_record = [](std::string_view line) { return audit::ParseEntry(line).has_value(); };
  auto log = storage::AppendLog::Open(disk.root(), "log", options);
  Expect(log.has_value() && log->size() <= size);
  const auto rest =
      audit::FormatEntryRest(Clock::TimePoint(), "audit", "audit.repaired", {{"x", 1}});
  const std::vector<std::string> added = {audit::FormatEntry(1'000'000, rest.value())};
  const std::uint64_t before = log->size();
  Expect(log->Append(added).has_value());

  const auto file = disk.root()->OpenForReading("log").value();
  const std::string text = storage::ReadWhole(file.get(), std::size_t{1} << 24).value();
  Expect(text.substr(0, before) == input.substr(0, before));
  for (const audit::TailRequest& request :
       {audit::TailRequest{.limit = 3}, audit::TailRequest{.limit = 3, .after_seq = 5},
        audit::TailRequest{.limit = 2, .before_seq = 9, .event_prefix = "gateway."}}) {
    const auto page = audit::ReadTail(file.get(), log->size(), request);
    Expect(page.has_value() && page->entries.size() <= request.limit);
    for (const audit::Entry& entry : page->entries) {
      Expect(entry.event.starts_with(request.event_prefix));
      Expect(!request.after_seq.has_value() || entry.seq > *request.after_seq);
      Expect(!request.before_seq.has_value() || entry.seq < *request.before_seq);
    }
    if (!request.after_seq.has_value() && !request.before_seq.has_value()) {
      Expect(!page->entries.empty() && page->entries.back().seq == 1'000'000);
    }
  }
  return 0;
}
