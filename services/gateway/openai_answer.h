#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

#include "gateway/generation.h"

namespace secai::gateway {

// Writes answers in OpenAI's form: the chunks of a stream, or one object. Source: OpenAI API
// reference, "The chat completion chunk object"; `timings` is ours.
class OpenAiAnswer {
 public:
  enum class Kind : std::uint8_t { kChat, kCompletion };

  // `created` in seconds since 1970.
  OpenAiAnswer(Kind kind, std::string id, std::string model, std::int64_t created,
               bool includes_usage);

  // Chunks, as JSON texts in one line. First() comes before any Part(); of a completion it is
  // empty: nothing to send.
  std::string First() const;
  std::string Part(const GenerationItem& item) const;
  // The finish reason; with timings when no usage chunk follows.
  std::string Finish(const GenerationEnd& end) const;
  // The usage chunk, or empty when the client did not ask for it.
  std::string Usage(const GenerationEnd& end) const;

  // The whole answer of a client that does not stream. `whole` is all parts joined.
  boost::json::object Whole(const GenerationItem& whole, const GenerationEnd& end) const;

 private:
  std::string Chunk(const std::string& choice) const;
  boost::json::object Head(std::string_view object) const;

  Kind kind_;
  std::string id_;
  std::string model_;
  std::int64_t created_;
  bool includes_usage_;
  std::string prefix_;  // All of a chunk before its choice; the same for each.
};

// Adds a part to what has come so far; joins the pieces of tool calls by their index.
void JoinItem(GenerationItem item, GenerationItem* whole);

}  // namespace secai::gateway
