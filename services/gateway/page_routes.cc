// The page and its assets, from memory.

#include <string>
#include <utility>

#include "gateway/routes.h"

namespace secai::gateway {
namespace {

ApiResult<http::Response> FileAnswer(const Parts* parts, const Call* call, std::string path) {
  if (parts->page == nullptr) {
    return Refuse({.status = 503,
                   .message = "the page is not installed here; the API and the command line work",
                   .code = "not_available"});
  }
  auto response = parts->page->Find(path, call->request().headers);
  if (response == nullptr) {
    return Refuse({.status = 404, .message = "there is no such page", .code = "not_found"});
  }
  return *std::move(response);
}

}  // namespace

Answer HandlePage(Parts* parts, Call* call) { co_return FileAnswer(parts, call, "index.html"); }

Answer HandleAsset(Parts* parts, Call* call) {
  std::string path;
  for (const std::string& segment : call->request().target.segments) {
    if (!path.empty()) path += '/';
    path += segment;
  }
  co_return FileAnswer(parts, call, std::move(path));
}

}  // namespace secai::gateway
