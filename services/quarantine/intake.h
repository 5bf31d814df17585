#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "quarantine/claim_store.h"
#include "quarantine/config.h"

namespace secai::quarantine {

// Takes files in: gives out the write end of a pipe, and alone writes what comes through it to
// disk.
//
// Free space: what is announced, and every block that arrives, must leave `free_reserve_bytes`.
// Thread-safety: the room's thread; waiting for the disk happens on `pool`. Ownership: borrows all
// arguments, which must outlive it and its pool.
class Intake {
 public:
  struct Begun {
    std::string id;
    UniqueFd pipe;  // Write end.
  };

  // Starts a coroutine that the room counts and logs (ServiceContext::Spawn).
  using SpawnFn = std::function<void(std::string_view name, boost::asio::awaitable<void> work)>;

  Intake(ClaimStore* store, const QuarantineConfig* config, const Clock* clock, Random* random,
         boost::asio::any_io_executor executor, SpawnFn spawn, boost::asio::thread_pool* pool);
  ~Intake();

  // Starts a claim. `bytes` is what the sender announces, if it does.
  // Errors: kInvalidArgument for the name or a size over the limit; kUnavailable "not enough free
  // space…" or when too many uploads (kMaxUploads) run.
  Result<Begun> Begin(std::string name, std::optional<std::uint64_t> bytes, std::string source);

  // After the sender has closed the pipe: waits until all bytes are on disk, and durable. The claim
  // is then `received`. Errors: kInvalidArgument when another number of bytes came than the sender
  // says; kUnavailable when the disk is full. After an error the claim and its bytes are gone.
  boost::asio::awaitable<Result<>> Commit(std::string id, std::uint64_t bytes);

  // Drops the claim and what came of it. Ok also for one that is gone. kDenied once it is
  // committed.
  Result<> Abort(std::string_view id);

  static constexpr std::size_t kMaxUploads = 8;

 private:
  class Upload;

  boost::asio::awaitable<void> Copy(std::shared_ptr<Upload> upload);
  // One block from pipe to file; false at the end of the bytes.
  Result<bool> CopyBlock(Upload* upload);
  Result<> RequireSpaceFor(std::uint64_t bytes) const;
  // Removes the claim, its bytes and the upload.
  Result<> RollBack(std::string_view id);

  ClaimStore* store_;
  const QuarantineConfig* config_;
  const Clock* clock_;
  Random* random_;
  boost::asio::any_io_executor executor_;
  SpawnFn spawn_;
  boost::asio::thread_pool* pool_;
  std::map<std::string, std::shared_ptr<Upload>, std::less<>> uploads_;
};

}  // namespace secai::quarantine
