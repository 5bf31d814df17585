#include "storage/atomic_file.h"

#include <string>

namespace secai::storage {

Result<> ReplaceFile(Folder* folder, std::string_view name, std::string_view bytes) {
  const std::string temporary = std::string(name) + ".new";
  if (auto removed = folder->Remove(temporary);
      !removed.has_value() && removed.error().code != ErrorCode::kNotFound) {
    return removed;
  }
  {
    TRY_ASSIGN(const auto file, folder->CreateExclusive(temporary, 0600));
    TRY(file->Append(bytes));
    TRY(file->Sync());
  }
  TRY(folder->Rename(temporary, name));
  return folder->Sync();
}

}  // namespace secai::storage
