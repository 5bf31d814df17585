#include "inference/worker/vocabulary.h"

#include <algorithm>
#include <utility>

#include <llama.h>

namespace secai::inference {
namespace {

bool LooksLikeAMarker(std::string_view text) {
  return text.size() >= 3 && (text.front() == '<' || text.front() == '[') &&
         (text.back() == '>' || text.back() == ']');
}

std::vector<SpecialText> CollectSpecialTexts(const llama_vocab* vocab) {
  std::vector<SpecialText> specials;
  const std::int32_t count = llama_vocab_n_tokens(vocab);
  for (Token token = 0; token < count; ++token) {
    const unsigned attributes = llama_vocab_get_attr(vocab, token);
    const char* const text = llama_vocab_get_text(vocab, token);
    const bool is_control =
        (attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) != 0;
    // Runs of white space are USER_DEFINED in some models: those are no markers.
    const bool is_marker =
        (attributes & LLAMA_TOKEN_ATTR_USER_DEFINED) != 0 && LooksLikeAMarker(text);
    if (!is_control && !is_marker) continue;
    specials.push_back({.text = text,
                        .token = token,
                        .is_control = is_control,
                        .strips_left = (attributes & LLAMA_TOKEN_ATTR_LSTRIP) != 0,
                        .strips_right = (attributes & LLAMA_TOKEN_ATTR_RSTRIP) != 0});
  }
  return specials;
}

}  // namespace

Vocabulary::Vocabulary(const llama_vocab* vocab)
    : vocab_(vocab),
      size_(static_cast<std::size_t>(llama_vocab_n_tokens(vocab))),
      special_texts_(std::make_unique<const SpecialTexts>(CollectSpecialTexts(vocab))) {
  for (Token token = 0; std::cmp_less(token, size_); ++token) {
    const std::string_view text = llama_vocab_get_text(vocab, token);
    longest_token_bytes_ = std::max(longest_token_bytes_, text.size());
  }
}

std::vector<Token> Vocabulary::TokenizePlain(std::string_view text) const {
  // A token has at least one byte, but a tokenizer may add a space or fall back to bytes.
  std::vector<Token> tokens(text.size() + 2);
  const auto length = static_cast<std::int32_t>(text.size());  // At most some MiB.
  std::int32_t count = llama_tokenize(vocab_, text.data(), length, tokens.data(),
                                      static_cast<std::int32_t>(tokens.size()),
                                      /*add_special=*/false, /*parse_special=*/false);
  if (count < 0) {
    tokens.resize(static_cast<std::size_t>(-count));
    count = llama_tokenize(vocab_, text.data(), length, tokens.data(), -count, false, false);
  }
  tokens.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return tokens;
}

std::vector<Token> Vocabulary::Tokenize(const std::vector<PromptPart>& parts) const {
  std::vector<Token> tokens;
  if (llama_vocab_get_add_bos(vocab_)) {
    const Token begin = llama_vocab_bos(vocab_);
    if (begin >= 0 && (parts.empty() || parts.front().token != begin)) tokens.push_back(begin);
  }
  for (const PromptPart& part : parts) {
    if (part.token >= 0) {
      tokens.push_back(part.token);
      continue;
    }
    const std::vector<Token> more = TokenizePlain(part.text);
    tokens.insert(tokens.end(), more.begin(), more.end());
  }
  return tokens;
}

std::string Vocabulary::Piece(Token token, bool with_control) const {
  std::string piece(16, '\0');
  std::int32_t bytes = llama_token_to_piece(
      vocab_, token, piece.data(), static_cast<std::int32_t>(piece.size()), 0, with_control);
  if (bytes < 0) {
    piece.resize(static_cast<std::size_t>(-bytes));
    bytes = llama_token_to_piece(vocab_, token, piece.data(), -bytes, 0, with_control);
  }
  piece.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
  return piece;
}

Token Vocabulary::FindControl(std::string_view text) const {
  for (Token token = 0; std::cmp_less(token, size_); ++token) {
    if (llama_vocab_is_control(vocab_, token) && text == llama_vocab_get_text(vocab_, token)) {
      return token;
    }
  }
  return -1;
}

bool Vocabulary::EndsGeneration(Token token) const { return llama_vocab_is_eog(vocab_, token); }
bool Vocabulary::is_control(Token token) const { return llama_vocab_is_control(vocab_, token); }

}  // namespace secai::inference
