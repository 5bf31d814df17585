#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/check.h"
#include "base/testing/fake_clock.h"
#include "base/testing/fake_random.h"
#include "crypto/sha256.h"
#include "registry/registry.h"
#include "registry/testing/fake_room.h"

namespace secai::registry::testing {

// A descriptor for reading of memory that holds `bytes`.
inline UniqueFd MemoryFile(std::string_view bytes) {
  UniqueFd memory(::memfd_create("source", MFD_CLOEXEC));
  CHECK(::write(memory.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return memory;
}

inline std::string BytesOf(int fd) {
  std::string bytes(std::size_t{1} << 20, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  CHECK(got >= 0);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

inline Model ModelOf(std::string_view name, std::string_view bytes) {
  return {.name = std::string(name),
          .sha256 = crypto::Sha256::Of(bytes),
          .size = bytes.size(),
          .format = "gguf",
          .source = "local",
          .facts = {{"architecture", "llama"}},
          .admission = {{"profile", "default"}}};
}

// A registry over a folder, with everything else in memory.
class TestRegistry {
 public:
  explicit TestRegistry(storage::Folder* folder) : folder_(folder) { Reopen(); }
  ~TestRegistry() { Close(); }
  TestRegistry(const TestRegistry&) = delete;
  TestRegistry& operator=(const TestRegistry&) = delete;

  void Close() {
    if (pool_ != nullptr) pool_->join();
    opened_ = Fail(ErrorCode::kInternal, "closed");
    io_ = nullptr;
  }

  // As after a restart of the process.
  void Reopen() {
    Close();
    io_ = std::make_unique<boost::asio::io_context>();
    pool_ = std::make_unique<boost::asio::thread_pool>(1);
    opened_ = Registry::Open({.folder = folder_,
                              .clock = &clock,
                              .random = &random_,
                              .executor = io_->get_executor(),
                              .work_pool = pool_.get(),
                              .verify_pool = pool_.get(),
                              .audit = &audit_client_,
                              .quarantine = &quarantine});
  }

  const Result<std::unique_ptr<Registry>>& opened() const { return opened_; }
  // Gives it away, to a server; the test registry still owns loop and pool.
  Result<std::unique_ptr<Registry>> Take() {
    return std::exchange(opened_, Fail(ErrorCode::kInternal, "taken"));
  }
  Registry& operator*() { return **opened_; }
  Registry* operator->() { return opened_->get(); }
  boost::asio::io_context& io() { return *io_; }

  template <typename T>
  T Await(boost::asio::awaitable<T> work) {
    std::optional<T> answer;
    boost::asio::co_spawn(*io_, Keep(std::move(work), &answer),
                          [](const std::exception_ptr& thrown) { CHECK(thrown == nullptr); });
    io_->restart();
    while (!answer.has_value()) io_->run_one();
    return *std::move(answer);
  }

  Result<Model> Admit(std::string_view name, std::string_view bytes) {
    return Await((*opened_)->Admit(ModelOf(name, bytes), MemoryFile(bytes)));
  }
  Result<storage::SealedCopy> OpenSealed(std::string_view bytes) {
    return Await((*opened_)->OpenSealed(crypto::Sha256::Of(bytes)));
  }
  Result<> Remove(std::string name) { return Await((*opened_)->Remove(std::move(name))); }
  Result<> Verify(std::string_view bytes) {
    return Await((*opened_)->Verify(crypto::Sha256::Of(bytes), Pace::kFull));
  }

  FakeClock clock{Clock::TimePoint(std::chrono::milliseconds(1'000'000'000'007))};
  FakeRoom audit;
  FakeRoom quarantine;

 private:
  template <typename T>
  static boost::asio::awaitable<void> Keep(boost::asio::awaitable<T> work,
                                           std::optional<T>* answer) {
    answer->emplace(co_await std::move(work));
  }

  storage::Folder* folder_;
  FakeRandom random_;
  audit::AuditClient audit_client_{&audit};
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<boost::asio::thread_pool> pool_;
  Result<std::unique_ptr<Registry>> opened_ = Fail(ErrorCode::kInternal, "not opened yet");
};

}  // namespace secai::registry::testing
