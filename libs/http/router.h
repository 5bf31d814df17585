#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace secai::http {

// What a path and method lead to.
struct RouteMatch {
  enum class Kind : std::uint8_t { kFound, kNoRoute, kWrongMethod, kOptions };

  Kind kind = Kind::kNoRoute;
  std::size_t route =
      0;  // The number given to Add(); of kWrongMethod and kOptions: of any such path.
  std::map<std::string, std::string, std::less<>> parameters;  // "{name}" segments, decoded.
  std::string allow;  // The Allow field of 405 and of OPTIONS: "GET, HEAD, OPTIONS".
};

// The table of paths and methods. HEAD is answered wherever GET is.
// Thread-safety: immutable after the last Add().
class Router {
 public:
  // `pattern`: "/api/models/{name}/load"; a segment in braces matches any one segment that is not
  // empty; "/assets/*" matches one or more segments. A fixed segment wins over a parameter,
  // whatever the order of adding. `route` is the caller's number for it.
  void Add(Method method, std::string_view pattern, std::size_t route);

  RouteMatch Match(Method method, const Target& target) const;

 private:
  struct Entry {
    Method method = Method::kGet;
    std::vector<std::string> segments;
    std::size_t route = 0;
    std::size_t fixed = 0;  // Segments that are no parameters: more of them win.
  };

  std::vector<Entry> entries_;
};

}  // namespace secai::http
