#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/signal.h"

namespace secai::quarantine {

// Lets at most `places` coroutines of one thread through at a time.
class Turnstile {
 public:
  // Holds a place until it is destroyed.
  class Pass {
   public:
    explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
    Pass(Pass&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() {
      if (turnstile_ != nullptr) turnstile_->Leave();
    }

   private:
    Turnstile* turnstile_;
  };

  Turnstile(const boost::asio::any_io_executor& executor, int places)
      : places_(places), freed_(executor) {}

  // Waits for a place. The turnstile must outlive the pass.
  boost::asio::awaitable<Pass> Enter() {
    while (places_ == 0) co_await freed_.Wait();
    --places_;
    co_return Pass(this);
  }

 private:
  void Leave() {
    ++places_;
    freed_.Notify();
  }

  int places_;
  net::Signal freed_;
};

}  // namespace secai::quarantine
