#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/unique_fd.h"

namespace secai {

// A fresh folder of mode 0700 with a short path ("/tmp/sXXXXXX"), removed with all it holds at the
// end of the test. Thread-safety: one thread only.
class TempDir {
 public:
  TempDir() {
    std::array<char, 16> name = {'/', 't', 'm', 'p', '/', 's', 'X', 'X', 'X', 'X', 'X', 'X'};
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name.data();
    fd_ = UniqueFd(::open(name.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    CHECK(fd_.is_open());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;  // A folder left behind in /tmp must not fail the test.
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ / name; }
  int fd() const { return fd_.get(); }  // O_RDONLY, usable with openat() and fsync().

 private:
  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace secai
