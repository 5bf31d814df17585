#include "storage/backward_lines.h"

#include <algorithm>
#include <utility>

namespace secai::storage {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

Result<std::string> ReadPiece(File* file, std::uint64_t offset, std::size_t size) {
  std::string piece(size, '\0');
  TRY_ASSIGN(const std::size_t got,
             file->ReadAt(offset, {reinterpret_cast<std::uint8_t*>(piece.data()), size}));
  if (got != size) return Fail(ErrorCode::kUnavailable, "the file became shorter while read");
  return piece;
}

}  // namespace

Result<> BackwardLines::ReadMore() {
  const std::size_t size = std::min<std::uint64_t>(kPieceBytes, buffer_start_);
  TRY_ASSIGN(std::string piece, ReadPiece(file_, buffer_start_ - size, size));
  buffer_start_ -= size;
  buffer_.insert(0, piece);
  return Ok();
}

Result<std::optional<BackwardLines::Line>> BackwardLines::Previous() {
  if (position_ == 0) return std::nullopt;
  Line line;
  if (buffer_.empty()) TRY(ReadMore());
  buffer_.pop_back();  // The newline that ends this line.
  std::uint64_t dropped = 0;
  while (true) {
    const std::size_t newline = buffer_.rfind('\n');
    if (newline != std::string::npos) {
      line.offset = buffer_start_ + newline + 1;
      line.text = buffer_.substr(newline + 1);
      buffer_.resize(newline + 1);
      break;
    }
    if (buffer_start_ == 0) {
      line.text = std::exchange(buffer_, {});
      break;
    }
    if (buffer_.size() > max_line_bytes_) {
      // Too long to be given, so only its beginning is looked for.
      dropped += buffer_.size();
      buffer_.clear();
    }
    TRY(ReadMore());
  }
  line.is_too_long = dropped + line.text.size() > max_line_bytes_;
  if (line.is_too_long) line.text.clear();
  position_ = line.offset;
  return std::optional<Line>(std::move(line));
}

Result<std::uint64_t> EndOfLastWholeLine(File* file, std::uint64_t end) {
  while (end > 0) {
    const std::size_t size = std::min<std::uint64_t>(kPieceBytes, end);
    TRY_ASSIGN(const std::string piece, ReadPiece(file, end - size, size));
    if (const std::size_t newline = piece.rfind('\n'); newline != std::string::npos) {
      return end - size + newline + 1;
    }
    end -= size;
  }
  return std::uint64_t{0};
}

}  // namespace secai::storage
