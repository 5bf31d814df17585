#include "secai/gateway_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "base/utf8.h"
#include "net/sockets.h"

namespace secai::cli {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20;
constexpr JsonLimits kAnswerLimits = {.max_bytes = kMaxAnswerBytes,
                                      .max_depth = 32,
                                      .max_string_bytes = std::size_t{16} << 20,
                                      .max_elements = 2'000'000};

std::string RequestHead(std::string_view method, std::string_view target, std::uint64_t body_bytes,
                        std::string_view content_type) {
  std::string head(method);
  head += ' ';
  head += target;
  head += " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: secai\r\n";
  if (body_bytes > 0 || method != "GET") {
    head += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
    head += "Content-Type: " + std::string(content_type) + "\r\n";
  }
  head += "\r\n";
  return head;
}

// The sentence in {"error": "…"} or OpenAI's {"error": {"message": "…"}}.
std::string SentenceOf(const std::string& body) {
  const auto sentence = [&]() -> Result<std::string> {
    TRY_ASSIGN(const boost::json::value value, ParseStrictJson(body));
    TRY_ASSIGN(const boost::json::object* object, AsObject(value, "answer"));
    if (const auto text = GetString(*object, "error"); text.has_value()) return *text;
    TRY_ASSIGN(const boost::json::object* error, GetObject(*object, "error"));
    return GetString(*error, "message");
  }();
  return sentence.has_value() ? EscapeForDisplay(*sentence) : std::string();
}

}  // namespace

Error ErrorOfAnswer(const Answer& answer) {
  std::string message = SentenceOf(answer.body);
  if (message.empty()) message = "the gateway answered " + std::to_string(answer.status);
  switch (answer.status) {
    case 400:
    case 413:
      return {ErrorCode::kInvalidArgument, std::move(message)};
    case 401:
    case 403:
    case 423:
      return {ErrorCode::kDenied, std::move(message)};
    case 404:
      return {ErrorCode::kNotFound, std::move(message)};
    default:
      return {answer.status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInternal,
              std::move(message)};
  }
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                               c == '~';
    if (is_unreserved) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kHex[byte >> 4U]);
    encoded.push_back(kHex[byte & 15U]);
  }
  return encoded;
}

Result<UniqueFd> GatewayClient::Connect() {
  const UniqueFd folder(
      ::open((root_ + "/run/secure-ai").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto socket = folder.is_open() ? net::ConnectToUnixSocket(folder.get(), "gateway.sock")
                                 : Result<UniqueFd>(Fail(ErrorCode::kUnavailable, ""));
  if (!socket.has_value()) {
    return Fail(ErrorCode::kUnavailable, "nothing is running in " + root_ +
                                             "; start it with: secai up (or name another --root)");
  }
  return socket;
}

Result<> GatewayClient::WriteAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(socket, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      if (is_interrupted()) return Fail(ErrorCode::kUnavailable, "interrupted");
      continue;
    }
    if (count < 0) return Fail(ErrorCode::kUnavailable, "the connection to the gateway broke");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return Ok();
}

Result<std::string> GatewayClient::ReadSome(int socket) {
  std::array<char, 16384> buffer = {};
  for (;;) {
    const ssize_t count = ::read(socket, buffer.data(), buffer.size());
    if (count >= 0) return std::string(buffer.data(), static_cast<std::size_t>(count));
    if (errno == ECONNRESET) return std::string();
    if (errno != EINTR) return Fail(ErrorCode::kUnavailable, std::strerror(errno));
    if (is_interrupted()) return Fail(ErrorCode::kUnavailable, "interrupted");
  }
}

Result<ResponseHead> GatewayClient::ReadHead(int socket, std::string* rest) {
  std::string bytes;
  for (;;) {
    TRY_ASSIGN(const std::string piece, ReadSome(socket));
    if (piece.empty()) return Fail(ErrorCode::kUnavailable, "the gateway hung up");
    bytes += piece;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (bytes.size() > kMaxResponseHeadBytes) {
        return Fail(ErrorCode::kCorrupt, "the gateway's answer has no end of its head");
      }
      continue;
    }
    TRY_ASSIGN(const ResponseHead head,
               ParseResponseHead(std::string_view(bytes).substr(0, end + 4)));
    *rest = bytes.substr(end + 4);
    if (head.status >= 200) return head;
    bytes = std::move(*rest);  // An interim response (100 Continue).
  }
}

Result<> GatewayClient::ReadBody(int socket, const ResponseHead& head, std::string rest,
                                 const std::function<bool(std::string_view)>& on_piece) {
  BodyDecoder decoder(head);
  std::string bytes = std::move(rest);
  for (;;) {
    std::string body;
    TRY(decoder.Push(bytes, &body));
    if (!body.empty() && !on_piece(body)) return Ok();
    if (decoder.is_complete()) return Ok();
    TRY_ASSIGN(bytes, ReadSome(socket));
    if (bytes.empty()) return decoder.Finish();
  }
}

Result<Answer> GatewayClient::ReadAnswer(int socket) {
  std::string rest;
  TRY_ASSIGN(const ResponseHead head, ReadHead(socket, &rest));
  Answer answer;
  answer.status = head.status;
  TRY(ReadBody(socket, head, std::move(rest), [&](std::string_view piece) {
    answer.body += piece;
    return answer.body.size() <= kMaxAnswerBytes;
  }));
  if (answer.body.size() > kMaxAnswerBytes) {
    return Fail(ErrorCode::kCorrupt, "the gateway's answer is too long");
  }
  return answer;
}

Result<Answer> GatewayClient::Ask(std::string_view method, std::string_view target,
                                  std::string_view body) {
  TRY_ASSIGN(const UniqueFd socket, Connect());
  TRY(WriteAll(socket.get(),
               RequestHead(method, target, body.size(), "application/json") + std::string(body)));
  return ReadAnswer(socket.get());
}

Result<boost::json::value> GatewayClient::AskJson(std::string_view method, std::string_view target,
                                                  std::string_view body) {
  TRY_ASSIGN(const Answer answer, Ask(method, target, body));
  if (!answer.is_success()) return tl::unexpected(ErrorOfAnswer(answer));
  auto value = ParseStrictJson(answer.body, kAnswerLimits);
  if (!value.has_value()) return tl::unexpected(std::move(value).error().Wrap("gateway"));
  return value;
}

Result<Answer> GatewayClient::Upload(std::string_view target, int file, std::uint64_t bytes,
                                     const std::function<void(std::uint64_t)>& on_progress) {
  TRY_ASSIGN(const UniqueFd socket, Connect());
  TRY(WriteAll(socket.get(), RequestHead("POST", target, bytes, "application/octet-stream")));
  std::string buffer(std::size_t{1} << 20, '\0');
  std::uint64_t sent = 0;
  while (sent < bytes) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), bytes - sent);
    const ssize_t count = ::read(file, buffer.data(), wanted);
    if (count < 0 && errno == EINTR && !is_interrupted()) continue;
    if (count <= 0) {
      return Fail(ErrorCode::kInvalidArgument,
                  count == 0 ? "the file became shorter while it was read"
                             : std::string("cannot read the file: ") + std::strerror(errno));
    }
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    const Result<> written = WriteAll(socket.get(), piece);
    // A refusal (too large, no space) comes before all is sent: the answer says more than the
    // error.
    if (!written.has_value()) {
      if (is_interrupted()) return tl::unexpected(written.error());
      auto answer = ReadAnswer(socket.get());
      if (answer.has_value()) return answer;
      return tl::unexpected(written.error());
    }
    sent += piece.size();
    on_progress(sent);
  }
  return ReadAnswer(socket.get());
}

Result<> GatewayClient::Stream(std::string_view method, std::string_view target,
                               std::string_view body,
                               const std::function<bool(std::string_view)>& on_piece) {
  TRY_ASSIGN(const UniqueFd socket, Connect());
  TRY(WriteAll(socket.get(),
               RequestHead(method, target, body.size(), "application/json") + std::string(body)));
  std::string rest;
  TRY_ASSIGN(const ResponseHead head, ReadHead(socket.get(), &rest));
  if (head.status >= 200 && head.status < 300) {
    return ReadBody(socket.get(), head, std::move(rest), on_piece);
  }
  Answer answer;
  answer.status = head.status;
  TRY(ReadBody(socket.get(), head, std::move(rest), [&](std::string_view piece) {
    answer.body += piece;
    return answer.body.size() < kMaxAnswerBytes;
  }));
  return tl::unexpected(ErrorOfAnswer(answer));
}

}  // namespace secai::cli
