#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "gateway/api_error.h"
#include "net/caller.h"

namespace secai::gateway {

// One file on its way into quarantine, through the pipe that quarantine gave. The gateway never
// sees the file again, and keeps no more of it than one piece.
//
// After Begin(), exactly one of Commit() and Abort() must follow; if neither can (the process
// ends), quarantine sees the pipe close without a commit. Thread-safety: one thread only.
// Ownership: `quarantine` outlives it.
class Upload {
 public:
  // Errors: 400 for a name that quarantine refuses; 507 without room; 503.
  static boost::asio::awaitable<ApiResult<std::unique_ptr<Upload>>> Begin(
      net::Caller* quarantine, std::string name, std::optional<std::uint64_t> bytes);

  // Returns when the piece is in the pipe: a slow quarantine slows the client down. `data` stays
  // alive. Errors: 507 when quarantine has stopped for want of room; 503 when it takes nothing.
  boost::asio::awaitable<ApiResult<>> Write(const char* data, std::size_t size);

  // Closes the pipe and has the stages start; returns the id of the claim.
  boost::asio::awaitable<ApiResult<std::string>> Commit();

  // Closes the pipe and has quarantine throw away what came. `reason` is a word of ours.
  boost::asio::awaitable<void> Abort(std::string reason);

  std::uint64_t bytes() const { return bytes_; }

 private:
  Upload(net::Caller* quarantine, std::string id, boost::asio::posix::stream_descriptor pipe)
      : quarantine_(quarantine), id_(std::move(id)), pipe_(std::move(pipe)) {}

  boost::asio::awaitable<ApiError> WhyStopped();

  net::Caller* quarantine_;
  std::string id_;
  boost::asio::posix::stream_descriptor pipe_;
  std::uint64_t bytes_ = 0;
};

}  // namespace secai::gateway
