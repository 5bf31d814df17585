#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inference/worker/special_texts.h"

struct llama_vocab;

namespace secai::inference {

using Token = std::int32_t;

// The tokens of one model. Borrows the engine's vocabulary, which lives as long as the model.
// Thread-safety: immutable, safe from any thread.
class Vocabulary {
 public:
  explicit Vocabulary(const llama_vocab* vocab);

  // The tokens of a prompt; `parts` as SpecialTexts makes them. The model's own beginning token
  // comes first when it wants one and `parts` does not begin with it.
  std::vector<Token> Tokenize(const std::vector<PromptPart>& parts) const;

  // The tokens of one text, in which nothing is special and nothing is added.
  std::vector<Token> TokenizePlain(std::string_view text) const;

  // The bytes of `token`, which may be a part of a character. A control token has none, unless
  // `with_control`. Precondition: 0 <= token < size().
  std::string Piece(Token token, bool with_control) const;

  // The control token whose text is `text`, or -1.
  Token FindControl(std::string_view text) const;

  bool EndsGeneration(Token token) const;
  bool is_control(Token token) const;
  std::size_t size() const { return size_; }
  // No token stands for more bytes of text than this.
  std::size_t longest_token_bytes() const { return longest_token_bytes_; }
  const SpecialTexts& special_texts() const { return *special_texts_; }

 private:
  const llama_vocab* vocab_;
  std::size_t size_;
  std::size_t longest_token_bytes_ = 1;
  std::unique_ptr<const SpecialTexts> special_texts_;
};

}  // namespace secai::inference
