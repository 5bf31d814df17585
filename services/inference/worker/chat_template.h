#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "inference/api/generate.h"
#include "inference/worker/answer.h"
#include "inference/worker/vocabulary.h"

struct llama_model;

namespace secai::inference {

// A request as one model wants it.
struct ChatPrompt {
  std::vector<PromptPart> parts;
  GrammarSpec grammar;
  std::vector<std::string> stops;        // The template's own, beside the request's.
  std::unique_ptr<AnswerReader> reader;  // Null: the answer is plain text.
};

// The chat template that came with a model (code by strangers: it runs only here, in the confined
// worker), and the readers of the answers that it leads to. A model without one gets ChatML.
// Thread-safety: one thread only; the readers it made may live on another.
// Trust: template and request both come from outside. No text of a request becomes a control token
// (special_texts.h).
class ChatTemplate {
 public:
  // Borrows both. `source` replaces the model's template when it is not empty.
  // Errors: kInvalidArgument for a template that does not parse.
  static Result<std::unique_ptr<ChatTemplate>> Create(const llama_model* model,
                                                      const Vocabulary* vocabulary,
                                                      const std::string& source = "");
  ChatTemplate(const ChatTemplate&) = delete;
  ChatTemplate& operator=(const ChatTemplate&) = delete;
  ~ChatTemplate();

  bool is_from_model() const;
  // The template itself describes tools to the model. Else tools are described by our own words.
  bool supports_tools() const { return supports_tools_; }

  // Precondition: the request has messages. Errors: kInvalidArgument when the template refuses
  // them, or the schema can not be made a grammar.
  Result<ChatPrompt> Apply(const GenerateRequest& request) const;

  // A grammar for JSON of `schema` alone, without a template around it.
  static Result<GrammarSpec> GrammarOf(const boost::json::object& schema);

 private:
  struct Impl;
  ChatTemplate(std::unique_ptr<Impl> impl, const Vocabulary* vocabulary);

  std::unique_ptr<Impl> impl_;
  const Vocabulary* vocabulary_;
  bool supports_tools_ = false;
};

}  // namespace secai::inference
