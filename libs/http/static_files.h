#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/response.h"

namespace secai::http {

// The files of the page, all read before the sandbox and served from memory: afterwards the process
// needs no right to any file.
//
// A file `x` may have precompressed forms `x.br` and `x.gz` beside it, which are served to those
// who accept them and have no path of their own. Files below "assets/" are named by their content
// (Vite does that) and are `immutable`; all others are `no-store`. Limits: 512 files, 4 MiB a file,
// 16 MiB together, 4 folders deep; links and special files are refused. Thread-safety: immutable
// after Create().
class StaticFiles {
 public:
  // Reads everything below `folder` (a directory descriptor, borrowed for the call).
  // Errors: kInvalidArgument over a limit or for a file that is no file; kUnavailable for a read
  // that fails.
  static Result<StaticFiles> Create(int folder);

  // The answer for `path` ("index.html", "assets/app-1a2b.js"), or null when there is none. The
  // caller adds the page's own headers.
  std::unique_ptr<Response> Find(std::string_view path, const Headers& request_headers) const;

  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string content_type;
    std::shared_ptr<const std::string> plain;
    std::shared_ptr<const std::string> gzip;
    std::shared_ptr<const std::string> brotli;
  };

  StaticFiles() = default;
  std::map<std::string, File, std::less<>> files_;
};

// True when an Accept-Encoding value names `coding` and does not refuse it with q=0.
// Source: RFC 9110 section 12.5.3, without "*".
bool AcceptsEncoding(std::string_view accept_encoding, std::string_view coding);

}  // namespace secai::http
