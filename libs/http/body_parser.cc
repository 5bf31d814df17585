#include "http/body_parser.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace secai::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::uint32_t kMaxHeaderBytes = 64 << 10;  // Trailers count too.

}  // namespace

class BodyParser::Impl {
 public:
  beast_http::request_parser<beast_http::buffer_body> parser;
};

BodyParser::BodyParser(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BodyParser::~BodyParser() = default;

Result<std::unique_ptr<BodyParser>> BodyParser::Create(std::string_view head) {
  auto impl = std::make_unique<Impl>();
  impl->parser.body_limit(boost::none);  // The exchange bounds bodies.
  impl->parser.header_limit(kMaxHeaderBytes);
  boost::system::error_code error;
  const std::size_t used = impl->parser.put(boost::asio::buffer(head), error);
  if (error || used != head.size() || !impl->parser.is_header_done()) {
    return Fail(ErrorCode::kInvalidArgument, "request head: refused by the second parser");
  }
  return std::unique_ptr<BodyParser>(new BodyParser(std::move(impl)));
}

Result<std::size_t> BodyParser::Parse(std::string_view* input, char* data, std::size_t size) {
  auto& parser = impl_->parser;
  auto& body = parser.get().body();
  body.data = data;
  body.size = size;
  body.more = true;
  while (!parser.is_done() && body.size > 0 && !input->empty()) {
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(input->data(), input->size()), error);
    input->remove_prefix(used);
    if (error == beast_http::error::need_more || error == beast_http::error::need_buffer) break;
    if (error) return Fail(ErrorCode::kInvalidArgument, "request body: broken framing");
    if (used == 0) break;
  }
  const std::size_t got = size - body.size;
  body.data = nullptr;
  body.size = 0;
  return got;
}

bool BodyParser::is_done() const { return impl_->parser.is_done(); }

}  // namespace secai::http
