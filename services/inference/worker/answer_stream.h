#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "inference/worker/answer.h"
#include "inference/worker/stop_strings.h"

namespace secai::inference {

// The way of an answer's bytes to its stream: whole UTF-8 characters, ended before a stop text,
// sorted by the model's reader into text, reasoning and tool calls. Thread-safety: one thread only.
class AnswerStream {
 public:
  // `reader` may be null (all is text). `make_call_id` names each tool call that the model left
  // unnamed.
  AnswerStream(std::vector<std::string> stops, std::unique_ptr<AnswerReader> reader,
               std::function<std::string()> make_call_id);

  // What to send now that the model said `bytes` (any part of a character).
  AnswerPiece Push(std::string_view bytes);

  // The end. `is_complete` when the model ended by itself or at a stop text, not for want of room;
  // an answer that is not in the model's format is then given as text.
  AnswerPiece Finish(bool is_complete);

  const std::optional<std::string>& stopped() const { return stops_.stopped(); }
  bool has_tool_calls() const { return !sent_.tool_calls.empty(); }

 private:
  AnswerPiece Sort(std::string_view characters, bool is_end, bool is_complete);
  void NameCalls(Answer* answer);

  Utf8Decoder decoder_;
  StopStrings stops_;
  std::unique_ptr<AnswerReader> reader_;
  std::function<std::string()> make_call_id_;
  std::string text_;            // All of it; only with a reader.
  std::size_t read_bytes_ = 0;  // Of text_, when it was last read.
  std::vector<std::string> call_ids_;
  Answer sent_;
};

}  // namespace secai::inference
