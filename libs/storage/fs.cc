#include "storage/fs.h"

#include <fmt/format.h>

namespace secai::storage {

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

Result<std::string> ReadWhole(File* file, std::size_t max_bytes) {
  TRY_ASSIGN(const std::uint64_t size, file->Size());
  if (size > max_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the file has {} bytes, over the limit of {}", size, max_bytes));
  }
  std::string text(size, '\0');
  TRY_ASSIGN(const std::size_t got,
             file->ReadAt(0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  text.resize(got);
  return text;
}

}  // namespace secai::storage
