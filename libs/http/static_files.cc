#include "http/static_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/folder_reader.h"

namespace secai::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
}};

std::string ContentType(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool AcceptsEncoding(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    const std::size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view member = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(member.find(';'), member.size());
    if (Trim(member.substr(0, semicolon)) != coding) continue;
    const std::string_view weight = Trim(member.substr(std::min(semicolon + 1, member.size())));
    const bool is_refused =
        weight.starts_with("q=0") && weight.find_first_not_of("q=0.") == std::string_view::npos;
    return !is_refused;
  }
  return false;
}

Result<StaticFiles> StaticFiles::Create(int folder) {
  TRY_ASSIGN(auto contents, ReadFolder(folder, FolderLimits{}));
  StaticFiles made;
  for (auto& [path, content] : contents) {
    const std::string_view name(path);
    const bool is_brotli = name.ends_with(".br");
    const bool is_gzip = name.ends_with(".gz");
    const std::string plain_name(name.substr(0, name.size() - (is_brotli || is_gzip ? 3 : 0)));
    if ((is_brotli || is_gzip) && !contents.contains(plain_name)) {
      return Fail(ErrorCode::kInvalidArgument, path + " has no plain file beside it");
    }
    File& file = made.files_[plain_name];
    file.content_type = ContentType(plain_name);
    auto bytes = std::make_shared<const std::string>(std::move(content));
    (is_brotli ? file.brotli : is_gzip ? file.gzip : file.plain) = std::move(bytes);
  }
  return made;
}

std::unique_ptr<Response> StaticFiles::Find(std::string_view path,
                                            const Headers& request_headers) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return nullptr;
  const File& file = found->second;
  auto response = std::make_unique<Response>();
  const std::string_view accepted = request_headers.Find("accept-encoding").value_or("");
  response->shared_body = file.plain;
  const auto use = [&](const std::shared_ptr<const std::string>& body, std::string_view coding) {
    if (body == nullptr || !AcceptsEncoding(accepted, coding)) return false;
    response->shared_body = body;
    response->headers.push_back({.name = "Content-Encoding", .value = std::string(coding)});
    return true;
  };
  if (!use(file.brotli, "br")) use(file.gzip, "gzip");
  response->headers.push_back({.name = "Content-Type", .value = file.content_type});
  response->headers.push_back({.name = "Vary", .value = "Accept-Encoding"});
  response->headers.push_back(
      {.name = "Cache-Control",
       .value = path.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-store"});
  return response;
}

}  // namespace secai::http
