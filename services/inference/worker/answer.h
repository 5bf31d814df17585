#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inference/api/generate.h"

namespace secai::inference {

// What a model said, sorted. Ids of tool calls may be empty.
struct Answer {
  std::string content;
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
};

// Sorts the text of an answer, as one model's format wants it.
// Thread-safety: one thread only.
class AnswerReader {
 public:
  AnswerReader() = default;
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;
  virtual ~AnswerReader() = default;

  // `text` is the answer from its beginning. While it is not complete, what may still become a
  // marker is left out. Errors: kInvalidArgument when the text does not have the format (yet).
  virtual Result<Answer> Read(std::string_view text, bool is_complete) = 0;
};

// How the model is kept to a format while it writes.
struct GrammarSpec {
  struct Trigger {
    int kind = 0;  // The engine's number of the kind.
    std::string value;
    std::int32_t token = -1;
  };

  std::string text;      // GBNF; empty: none.
  bool is_lazy = false;  // Holds only from a trigger on.
  std::vector<Trigger> triggers;
  std::string generation_prompt;             // What the prompt already holds of the answer.
  std::vector<std::string> preserved_texts;  // Control tokens that the reader needs to see.
  std::string thinking_start;                // A lazy grammar sleeps between these.
  std::vector<std::string> thinking_ends;
};

// A piece of an answer for its stream.
struct AnswerPiece {
  struct CallPiece {
    std::size_t index = 0;
    std::string id;         // With the first piece of a call only,
    std::string name;       // as is this.
    std::string arguments;  // More of the JSON text.
  };
  std::string text;
  std::string reasoning;
  std::vector<CallPiece> calls;

  bool empty() const { return text.empty() && reasoning.empty() && calls.empty(); }
};

// What `now` has more than `before`; `before` must be an earlier reading of the same answer. A part
// that was read differently before gives nothing: what has been sent can not be taken back.
AnswerPiece Difference(const Answer& before, const Answer& now);

}  // namespace secai::inference
