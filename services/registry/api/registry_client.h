#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/caller.h"

namespace secai::registry {

// A model's bytes as the registry gives them: sealed memory, open for reading only. Whoever parses
// them checks the seals first (storage/sealed_copy.h, CheckSealed).
struct OpenedModel {
  UniqueFd memory;
  std::uint64_t bytes = 0;
};

// How other rooms reach the registry (docs/links.md). Thread-safety: the io_context's thread.
class RegistryClient {
 public:
  // `room` is the way to the registry; it must outlive the client.
  explicit RegistryClient(net::Caller* room) : room_(room) {}

  // The entries, without their admission records.
  boost::asio::awaitable<Result<boost::json::array>> List(std::chrono::milliseconds budget);
  // One entry, whole. Errors: kNotFound.
  boost::asio::awaitable<Result<boost::json::object>> GetByName(std::string name,
                                                                std::chrono::milliseconds budget);
  boost::asio::awaitable<Result<boost::json::object>> GetByDigest(std::string sha256,
                                                                  std::chrono::milliseconds budget);
  // Inference only. Errors: kNotFound; kDenied when withdrawn; kCorrupt when the stored bytes
  // differ.
  boost::asio::awaitable<Result<OpenedModel>> Open(std::string sha256,
                                                   std::chrono::milliseconds budget);

 private:
  boost::asio::awaitable<Result<boost::json::object>> Get(boost::json::object body,
                                                          std::chrono::milliseconds budget);

  net::Caller* room_;
};

}  // namespace secai::registry
