#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "gateway/api_error.h"
#include "gateway/parts.h"

namespace secai::gateway {

// What the registry knows of one model (docs/links.md, Entry), and the members that decisions need.
struct ModelEntry {
  std::string name;
  std::string sha256;
  bool is_runnable = false;
  bool is_admitted = false;  // Not withdrawn.
  boost::json::object json;
};

// Reads an Entry. Errors: 500 when the registry's answer has a wrong form.
ApiResult<ModelEntry> ModelEntryOf(const boost::json::value& value);

// Looks a model up by its registry name. Errors: 404 model_not_found; 503.
boost::asio::awaitable<ApiResult<ModelEntry>> FindModel(const Parts* parts, std::string name);

// One that can answer now: admitted and runnable. An unknown name is 404, always, and so is one
// that does not run: no request is answered by another model than the one it names.
boost::asio::awaitable<ApiResult<ModelEntry>> FindRunnableModel(const Parts* parts,
                                                                std::string name);

}  // namespace secai::gateway
