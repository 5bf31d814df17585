#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"
#include "quarantine/claim_store.h"
#include "quarantine/config.h"
#include "quarantine/intake.h"

namespace secai::quarantine {

// A claim store and an intake on a real folder, with an event loop to run them.
class QuarantineFixture : public ::testing::Test {
 public:  // The coroutines of the tests are not members.
  QuarantineFixture() {
    config_.free_reserve_bytes = 0;
    Reopen();
  }

  // As after a restart: everything in memory is new.
  void Reopen() {
    intake_.reset();
    store_.reset();
    UniqueFd folder(::openat(dir_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto store = ClaimStore::Open(std::move(folder), io_.get_executor());
    EXPECT_OK(store);
    store_ = std::make_unique<ClaimStore>(*std::move(store));
    intake_ = std::make_unique<Intake>(
        store_.get(), &config_, &clock_, &random_, io_.get_executor(),
        [this](std::string_view, boost::asio::awaitable<void> work) {
          boost::asio::co_spawn(io_, std::move(work), boost::asio::detached);
        },
        &pool_);
  }

  template <typename T>
  T Run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& thrown, T value) {
      EXPECT_EQ(thrown, nullptr);
      result.emplace(std::move(value));
    });
    io_.restart();
    while (!result.has_value() && io_.run_one() > 0) {
    }
    return *std::move(result);
  }

  // Sends `bytes` through the intake and commits; the claim's id, or the error of the commit.
  Result<std::string> Import(std::string name, std::string_view bytes) {
    TRY_ASSIGN(Intake::Begun begun, intake_->Begin(std::move(name), bytes.size(), "local"));
    EXPECT_EQ(::write(begun.pipe.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
    begun.pipe.Reset();
    TRY(Run(intake_->Commit(begun.id, bytes.size())));
    return begun.id;
  }

  std::size_t FoldersOnDisk() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir_.path()))
      ++count;
    return count;
  }

  TempDir dir_;
  boost::asio::io_context io_;
  FakeClock clock_{Clock::TimePoint(std::chrono::milliseconds(1'795'000'000'000))};
  SystemRandom random_;
  QuarantineConfig config_;
  boost::asio::thread_pool pool_{1};
  std::unique_ptr<ClaimStore> store_;
  std::unique_ptr<Intake> intake_;
};

}  // namespace secai::quarantine
