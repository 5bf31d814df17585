#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace secai::http::testing {

// One answer as a client sees it; the body without its framing.
struct RawResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;
  bool is_whole = false;  // The body ended as its framing said.

  std::string header(std::string_view lower_case_name) const;  // Empty when absent.
};

// A plain blocking client on POSIX sockets that can also misbehave. Every wait ends after 40 s.
class RawClient {
 public:
  // Connects to 127.0.0.1:`port`.
  explicit RawClient(std::uint16_t port);
  explicit RawClient(UniqueFd socket) : socket_(std::move(socket)) {}

  void Send(std::string_view bytes);
  // Reads one answer; nothing when the connection ends before its head. `is_head`: no body follows.
  std::optional<RawResponse> Receive(bool is_head = false);
  // Reads until `part` has come; returns all raw bytes read so far, from the end of the last answer
  // on.
  std::string ReceiveUntil(std::string_view part);
  // True when the server has closed the connection and nothing is left to read.
  bool IsAtEnd();
  void ShutdownSend();
  void Close() { socket_.Reset(); }
  // Closes with unread data thrown away, so that the server sees a reset.
  void Reset();
  bool is_open() const { return socket_.is_open(); }
  int fd() const { return socket_.get(); }

 private:
  bool Fill();
  std::optional<std::string> TakeLine();

  UniqueFd socket_;
  std::string input_;
};

// Sends one request on a new connection and gives the answer; status 0 when there was none.
RawResponse Fetch(std::uint16_t port, std::string_view request);

// "GET PATH" with Host 127.0.0.1:port and more header lines ("Name: value\r\n").
std::string MakeRequest(std::uint16_t port, std::string_view method, std::string_view path,
                        std::string_view body = "", std::string_view more_headers = "");

// A listener on 127.0.0.1 and the port that the kernel chose.
UniqueFd ListenOnLoopback(std::uint16_t* port);

}  // namespace secai::http::testing
