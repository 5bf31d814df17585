// Invariants: the file does not depend on how the body is cut; it is a piece of the body; and a
// finished body has a file name.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/multipart.h"

namespace {

struct Outcome {
  bool is_good = true;
  bool is_finished = false;
  std::string file;
  std::string name;
};

Outcome Read(std::string_view body, std::size_t step) {
  Outcome outcome;
  auto reader = secai::http::MultipartReader::Create("multipart/form-data; boundary=B");
  if (!reader.has_value()) std::abort();
  for (std::size_t i = 0; i < body.size() && outcome.is_good; i += step) {
    outcome.is_good = reader->Push(body.substr(i, step), &outcome.file).has_value();
  }
  outcome.is_finished = reader->is_finished();
  outcome.name = reader->file_name();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 65536) return -1;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const Outcome whole = Read(body, body.size());
  const Outcome cut = Read(body, 1 + (data[0] % 7));
  if (whole.is_good != cut.is_good || whole.is_finished != cut.is_finished) {
    if (whole.is_good && cut.is_good) std::abort();
  }
  if (whole.is_good && cut.is_good) {
    if (whole.file != cut.file || whole.name != cut.name) std::abort();
    if (whole.is_finished && whole.name.empty()) std::abort();
  }
  if (body.find(whole.file) == std::string_view::npos) std::abort();
  return 0;
}
