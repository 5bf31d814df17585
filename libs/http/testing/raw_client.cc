#include "http/testing/raw_client.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace secai::http::testing {
namespace {

constexpr int kBudgetMs = 40'000;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

std::string RawResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return "";
}

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const sockaddr_in address = Loopback(port);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    socket_.Reset();
  }
}

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty() && socket_.is_open()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The server has closed; the test sees it when it reads.
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::Fill() {
  pollfd waited = {.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (!socket_.is_open() || ::poll(&waited, 1, kBudgetMs) != 1) return false;
  std::array<char, 65536> chunk = {};
  const ssize_t got = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
  if (got <= 0) return false;
  input_.append(chunk.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawClient::TakeLine() {
  while (true) {
    const std::size_t end = input_.find("\r\n");
    if (end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      return line;
    }
    if (!Fill()) return std::nullopt;
  }
}

std::optional<RawResponse> RawClient::Receive(bool is_head) {
  const auto status_line = TakeLine();
  if (!status_line.has_value() || status_line->size() < 12) return std::nullopt;
  RawResponse response;
  response.status = std::atoi(status_line->substr(9, 3).c_str());  // NOLINT(cert-err34-c)
  while (true) {
    const auto line = TakeLine();
    if (!line.has_value()) return std::nullopt;
    if (line->empty()) break;
    const std::size_t colon = line->find(": ");
    response.headers.emplace_back(Lower(line->substr(0, colon)), line->substr(colon + 2));
  }
  if (is_head || response.status == 204 || response.status == 304 || response.status == 100) {
    response.is_whole = true;
    return response;
  }
  if (response.header("transfer-encoding") == "chunked") {
    while (true) {
      const auto size_line = TakeLine();
      if (!size_line.has_value()) return response;
      const std::size_t size = std::strtoul(size_line->c_str(), nullptr, 16);
      while (input_.size() < size + 2) {
        if (!Fill()) return response;
      }
      response.body += input_.substr(0, size);
      input_.erase(0, size + 2);
      if (size == 0) break;
    }
    response.is_whole = true;
    return response;
  }
  const std::string length = response.header("content-length");
  if (length.empty()) {
    while (Fill()) {
    }
    response.body = std::exchange(input_, "");
    response.is_whole = true;
    return response;
  }
  const std::size_t size = std::strtoul(length.c_str(), nullptr, 10);
  while (input_.size() < size) {
    if (!Fill()) return response;
  }
  response.body = input_.substr(0, size);
  input_.erase(0, size);
  response.is_whole = true;
  return response;
}

std::string RawClient::ReceiveUntil(std::string_view part) {
  while (input_.find(part) == std::string::npos && Fill()) {
  }
  return input_;
}

bool RawClient::IsAtEnd() { return input_.empty() && !Fill(); }

void RawClient::ShutdownSend() { ::shutdown(socket_.get(), SHUT_WR); }

void RawClient::Reset() {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  socket_.Reset();
}

RawResponse Fetch(std::uint16_t port, std::string_view request) {
  RawClient client(port);
  client.Send(request);
  return client.Receive(request.starts_with("HEAD ")).value_or(RawResponse{});
}

std::string MakeRequest(std::uint16_t port, std::string_view method, std::string_view path,
                        std::string_view body, std::string_view more_headers) {
  std::string request = std::string(method) + " " + std::string(path) +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
  request.append(more_headers);
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return request.append("\r\n").append(body);
}

UniqueFd ListenOnLoopback(std::uint16_t* port) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener.get(), 128) != 0 ||
      ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return UniqueFd();
  }
  *port = ntohs(address.sin_port);
  return listener;
}

}  // namespace secai::http::testing
