#include "secai/http_response.h"

#include <algorithm>
#include <charconv>

namespace secai::cli {
namespace {

constexpr std::size_t kMaxChunkLineBytes = 4096;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualsIgnoringCase(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, Lower, Lower);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text, int base) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

tl::unexpected<Error> NotHttp(const char* what) {
  return Fail(ErrorCode::kCorrupt, std::string("the gateway's answer is not HTTP: ") + what);
}

Result<> TakeField(std::string_view line, ResponseHead* head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return NotHttp("a header without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (EqualsIgnoringCase(name, "content-length")) {
    const auto length = ParseNumber<std::uint64_t>(value, 10);
    if (!length || head->content_length) return NotHttp("Content-Length");
    head->content_length = length;
  } else if (EqualsIgnoringCase(name, "transfer-encoding")) {
    if (!EqualsIgnoringCase(value, "chunked")) return NotHttp("Transfer-Encoding");
    head->is_chunked = true;
  } else if (EqualsIgnoringCase(name, "content-type")) {
    head->is_event_stream =
        EqualsIgnoringCase(Trim(value.substr(0, value.find(';'))), "text/event-stream");
  }
  return Ok();
}

}  // namespace

Result<ResponseHead> ParseResponseHead(std::string_view bytes) {
  if (!bytes.ends_with("\r\n\r\n")) return NotHttp("the head does not end");
  bytes.remove_suffix(2);
  ResponseHead head;
  bool is_first = true;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\r\n");
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    if (!is_first) {
      TRY(TakeField(line, &head));
      continue;
    }
    is_first = false;
    if (!line.starts_with("HTTP/1.1 ") || line.size() < 12) return NotHttp("the status line");
    const auto status = ParseNumber<int>(line.substr(9, 3), 10);
    if (!status || *status < 100 || *status > 599) return NotHttp("the status");
    head.status = *status;
  }
  if (is_first) return NotHttp("no status line");
  if (head.is_chunked && head.content_length) return NotHttp("two lengths");
  return head;
}

BodyDecoder::BodyDecoder(const ResponseHead& head) : is_chunked_(head.is_chunked) {
  if (is_chunked_) return;
  left_ = head.status == 204 || head.status == 304 ? std::optional<std::uint64_t>(0)
                                                   : head.content_length;
  is_complete_ = left_ == 0U;
}

Result<> BodyDecoder::Push(std::string_view bytes, std::string* body) {
  if (is_complete_) return Ok();
  if (is_chunked_) return PushChunked(bytes, body);
  if (left_.has_value()) {
    bytes = bytes.substr(0, std::min<std::uint64_t>(*left_, bytes.size()));
    *left_ -= bytes.size();
    is_complete_ = *left_ == 0;
  }
  body->append(bytes);
  return Ok();
}

Result<> BodyDecoder::PushChunked(std::string_view bytes, std::string* body) {
  while (!bytes.empty() && !is_complete_) {
    if (part_ == Part::kData) {
      const std::string_view data = bytes.substr(0, std::min<std::uint64_t>(*left_, bytes.size()));
      body->append(data);
      bytes.remove_prefix(data.size());
      *left_ -= data.size();
      if (*left_ == 0) part_ = Part::kDataEnd;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (c == '\n') {
      TRY(EndLine());
    } else if (line_.size() == kMaxChunkLineBytes) {
      return NotHttp("a chunk line without end");
    } else {
      line_.push_back(c);
    }
  }
  return Ok();
}

// A whole line of the chunked coding is in line_ (RFC 9112, section 7.1).
Result<> BodyDecoder::EndLine() {
  if (!line_.ends_with('\r')) return NotHttp("a chunk line without CR");
  line_.pop_back();
  if (part_ == Part::kSize) {
    const std::string_view size = Trim(std::string_view(line_).substr(0, line_.find(';')));
    const auto bytes = ParseNumber<std::uint64_t>(size, 16);
    if (!bytes) return NotHttp("a chunk size");
    left_ = bytes;
    part_ = *bytes == 0 ? Part::kTrailer : Part::kData;
  } else if (part_ == Part::kDataEnd) {
    if (!line_.empty()) return NotHttp("a chunk longer than its size");
    part_ = Part::kSize;
  } else if (line_.empty()) {
    is_complete_ = true;
  }
  line_.clear();
  return Ok();
}

Result<> BodyDecoder::Finish() const {
  if (is_complete_ || (!is_chunked_ && !left_.has_value())) return Ok();
  return Fail(ErrorCode::kUnavailable, "the connection to the gateway broke");
}

}  // namespace secai::cli
