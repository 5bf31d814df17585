#include "http/multipart.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/utf8.h"

namespace secai::http {
namespace {

constexpr std::size_t kMaxBoundaryBytes = 70;  // RFC 2046 section 5.1.1.
constexpr std::size_t kMaxPartHeaderBytes = std::size_t{8} << 10;
constexpr std::size_t kMaxFileNameBytes = 255;
constexpr std::size_t kMaxEpilogueBytes = 4096;

auto Bad(std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument, "multipart body: " + std::string(reason));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of `name` among "; name=value; name="value"" pairs, or none. Browsers escape '"' as %22
// (HTML standard, "multipart/form-data encoding algorithm"); curl writes \" and \\.
std::optional<std::string> Parameter(std::string_view text, std::string_view name) {
  while (true) {
    const std::size_t semicolon = text.find(';');
    if (semicolon == std::string_view::npos) return std::nullopt;
    text = Trim(text.substr(semicolon + 1));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = Lower(Trim(text.substr(0, equals)));
    text = Trim(text.substr(equals + 1));
    std::string value;
    if (text.starts_with('"')) {
      std::size_t i = 1;
      while (i < text.size() && text[i] != '"') {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) {
          ++i;
        }
        value.push_back(text[i++]);
      }
      if (i >= text.size()) return std::nullopt;
      text.remove_prefix(i + 1);
    } else {
      const std::size_t end = std::min(text.find(';'), text.size());
      value = Trim(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (key == name) return value;
  }
}

bool IsBoundaryChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("'()+_,-./:=?").find(c) != std::string_view::npos;
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

Result<MultipartReader> MultipartReader::Create(std::string_view content_type) {
  const std::string type = Lower(Trim(content_type.substr(0, content_type.find(';'))));
  if (type != "multipart/form-data") return Bad("the content type is not multipart/form-data");
  const auto boundary = Parameter(content_type, "boundary");
  if (!boundary.has_value() || boundary->empty() || boundary->size() > kMaxBoundaryBytes ||
      !std::ranges::all_of(*boundary, IsBoundaryChar)) {
    return Bad("no boundary of 1 to 70 characters");
  }
  return MultipartReader(*boundary);
}

Result<> MultipartReader::Push(std::string_view bytes, std::string* file) {
  held_.append(bytes);
  while (true) {
    TRY_ASSIGN(const bool has_moved, Step(file));
    if (!has_moved) return Ok();
  }
}

Result<> MultipartReader::ParsePartHeaders(std::string_view headers) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find("\r\n"), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 2, headers.size()));
    const std::size_t colon = line.find(':');
    if (line.empty()) continue;
    if (colon == std::string_view::npos) return Bad("a part header without a colon");
    if (HasControl(line)) return Bad("control character in a part header");
    if (Lower(Trim(line.substr(0, colon))) != "content-disposition") continue;
    const std::string_view value = line.substr(colon + 1);
    if (Lower(Trim(value.substr(0, value.find(';')))) != "form-data") {
      return Bad("a part that is not form-data");
    }
    std::string name = Parameter(value, "filename").value_or("");
    name.erase(0, name.find_last_of("/\\") + 1);  // npos + 1 is 0.
    if (name.empty() || name.size() > kMaxFileNameBytes || !IsValidUtf8(name)) {
      return Bad("the part has no file name of 1 to 255 bytes of UTF-8");
    }
    file_name_ = std::move(name);
  }
  if (file_name_.empty()) return Bad("the part has no Content-Disposition");
  return Ok();
}

Result<bool> MultipartReader::Step(std::string* file) {
  switch (state_) {
    case State::kBefore:
      if (held_.size() < delimiter_.size()) return false;
      if (!held_.starts_with(delimiter_)) return Bad("it does not begin with the boundary");
      held_.erase(0, delimiter_.size());
      state_ = State::kDelimiter;
      return true;
    case State::kDelimiter:
      if (held_.size() < 2) return false;
      if (held_.starts_with("--")) {
        if (file_name_.empty()) return Bad("no file in it");
        held_.erase(0, 2);
        state_ = State::kAfter;
        return true;
      }
      if (!held_.starts_with("\r\n")) return Bad("bytes after a boundary");
      if (!file_name_.empty()) return Bad("more than one part");
      state_ = State::kHeaders;  // The line end stays: a part without headers is then "\r\n\r\n".
      return true;
    case State::kHeaders: {
      const std::size_t end = held_.find("\r\n\r\n");
      if (std::min(end, held_.size()) > kMaxPartHeaderBytes) return Bad("part headers over 8 KiB");
      if (end == std::string::npos) return false;
      TRY(ParsePartHeaders(std::string_view(held_).substr(0, end)));
      held_.erase(0, end + 4);
      state_ = State::kFile;
      return true;
    }
    case State::kFile: {
      const std::size_t found = held_.find(delimiter_);
      if (found == 0 || found == std::string::npos) {
        // Nothing, or all but what could be the beginning of the delimiter.
        const std::size_t keep = delimiter_.size() - 1;
        if (found == 0) {
          held_.erase(0, delimiter_.size());
          state_ = State::kDelimiter;
          return true;
        }
        if (held_.size() <= keep) return false;
        file->append(held_, 0, held_.size() - keep);
        held_.erase(0, held_.size() - keep);
        return false;
      }
      file->append(held_, 0, found);
      held_.erase(0, found);
      return true;
    }
    case State::kAfter:
      if (held_.size() > kMaxEpilogueBytes) return Bad("bytes after the last boundary");
      if (!held_.empty() && !std::string_view("\r\n").starts_with(held_)) {
        return Bad("bytes after the last boundary");
      }
      return false;
  }
  return Bad("unreachable");
}

}  // namespace secai::http
