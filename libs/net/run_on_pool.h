#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace secai::net {

// Runs `work` (no arguments, must not throw) on a thread of `pool` and returns what it returns,
// back on the caller's executor. For what blocks: hashing, fsync. Not cancellable: the caller waits
// for the end. `pool` must be joined before the caller's io_context is destroyed.
template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work>> RunOnPool(boost::asio::thread_pool* pool,
                                                             Work work) {
  namespace asio = boost::asio;
  using Value = std::invoke_result_t<Work>;
  const auto initiate = [pool](auto handler, Work job) {
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    asio::post(*pool, [handler = std::move(handler), guard = std::move(guard),
                       job = std::move(job)]() mutable {
      auto value = job();
      asio::post(guard.get_executor(),
                 [handler = std::move(handler), value = std::move(value)]() mutable {
                   std::move(handler)(std::move(value));
                 });
    });
  };
  auto token = asio::use_awaitable;  // An lvalue, as async_initiate wants.
  co_return co_await asio::async_initiate<decltype(token), void(Value)>(initiate, token,
                                                                        std::move(work));
}

}  // namespace secai::net
