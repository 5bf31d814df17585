#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/target.h"

namespace secai::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// "GET"; "OTHER" for a method that no route of ours has.
std::string_view MethodName(Method method);
Method ParseMethod(std::string_view token);  // Case-sensitive, RFC 9110 section 9.1.

struct Header {
  std::string name;  // Of a request: lower case.
  std::string value;
};

// The fields of one request in the order sent. Plain value. Names are asked for in lower case.
class Headers {
 public:
  void Add(std::string name, std::string value) {
    fields_.push_back({.name = std::move(name), .value = std::move(value)});
  }
  // The first field of that name. The view lives as long as the object is not changed.
  std::optional<std::string_view> Find(std::string_view lower_case_name) const;
  bool Has(std::string_view lower_case_name) const { return Find(lower_case_name).has_value(); }
  bool HasPrefix(std::string_view lower_case_prefix) const;
  const std::vector<Header>& fields() const { return fields_; }

 private:
  std::vector<Header> fields_;
};

// Who is on the other end of a connection. Asked once, at accept, before a byte is read.
struct Peer {
  enum class Transport : std::uint8_t { kTcp, kUnix };

  Transport transport = Transport::kTcp;
  // The user that owns the other end; none when the kernel did not say so beyond doubt.
  std::optional<std::uint32_t> uid;
};

// One request without its body (http/exchange.h reads that). Plain value.
struct Request {
  Method method = Method::kGet;
  Target target;
  Headers headers;
  Peer peer;
  std::uint16_t own_port = 0;  // The TCP port that the client connected to; 0 on a Unix socket.
  bool has_body = false;       // A Content-Length above 0, or chunked.
  std::optional<std::uint64_t> content_length;  // None when chunked or absent.
};

}  // namespace secai::http
