#include "inference/worker/answer_stream.h"

#include <utility>

namespace secai::inference {
namespace {

// A reader reads the whole text each time, so long answers are read in larger steps.
std::size_t StepBytes(std::size_t text_bytes) { return text_bytes / 256; }

}  // namespace

AnswerStream::AnswerStream(std::vector<std::string> stops, std::unique_ptr<AnswerReader> reader,
                           std::function<std::string()> make_call_id)
    : stops_(std::move(stops)),
      reader_(std::move(reader)),
      make_call_id_(std::move(make_call_id)) {}

AnswerPiece AnswerStream::Push(std::string_view bytes) {
  return Sort(stops_.Push(decoder_.Push(bytes)), /*is_end=*/false, /*is_complete=*/false);
}

AnswerPiece AnswerStream::Finish(bool is_complete) {
  std::string rest;
  if (!stops_.stopped()) rest = stops_.Push(decoder_.Finish());
  if (!stops_.stopped()) rest += stops_.Finish();
  return Sort(rest, /*is_end=*/true, is_complete);
}

AnswerPiece AnswerStream::Sort(std::string_view characters, bool is_end, bool is_complete) {
  if (reader_ == nullptr) {
    return AnswerPiece{.text = std::string(characters), .reasoning = {}, .calls = {}};
  }
  text_ += characters;
  if (!is_end && text_.size() <= read_bytes_ + StepBytes(text_.size())) return {};
  read_bytes_ = text_.size();
  Result<Answer> answer = reader_->Read(text_, is_end && is_complete);
  if (!answer.has_value() && is_end && is_complete) answer = reader_->Read(text_, false);
  if (!answer.has_value()) {
    // Only at the end is it certain that the format will not come.
    if (!is_end || !sent_.tool_calls.empty() || !sent_.reasoning.empty()) return {};
    answer = Answer{.content = text_, .reasoning = {}, .tool_calls = {}};
  }
  NameCalls(&*answer);
  AnswerPiece piece = Difference(sent_, *answer);
  sent_ = *std::move(answer);
  return piece;
}

void AnswerStream::NameCalls(Answer* answer) {
  for (std::size_t i = 0; i < answer->tool_calls.size(); ++i) {
    if (call_ids_.size() <= i) {
      const std::string& id = answer->tool_calls[i].id;
      call_ids_.push_back(id.empty() ? make_call_id_() : id);
    }
    answer->tool_calls[i].id = call_ids_[i];
  }
}

}  // namespace secai::inference
