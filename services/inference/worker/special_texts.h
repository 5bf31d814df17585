#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace secai::inference {

// A text of the vocabulary that is more than its letters ("<|im_start|>").
struct SpecialText {
  std::string text;
  std::int32_t token = -1;
  // A control token: never made from plain text. Else a token that the tokenizer also cuts out of
  // plain text (USER_DEFINED).
  bool is_control = true;
  bool strips_left = false;   // Swallows white space before it,
  bool strips_right = false;  // and after it.
};

// One piece of a prompt: a control token, or text that holds none.
struct PromptPart {
  std::int32_t token = -1;  // -1: text.
  std::string text;
};

// Keeps the words of people and tools from becoming control tokens, whatever a chat template does
// with them.
//
// The template gets every foreign text in a disguise: the characters that begin or end special
// texts are exchanged for private-use characters that the request does not hold. So a special text
// in what the template makes can only be the template's own; there it is cut out, and all else is
// turned back and tokenised as plain text. (The engine's own input marks are lost in
// common_chat_templates_apply(), which returns one string, and in templates that join before they
// split.) A text that is short enough to stand wholly inside a special text ("s" in a template's
// "<{{ name }}>") is disguised as well.
//
// Thread-safety: immutable, safe from any thread. Trust: texts come from the model, all else from
// people. Limits of the protection: a template that itself spells a special text letter by letter
// after looking at the words ("if 'x' in content") does what it wants; quarantine judges templates.
class SpecialTexts {
 public:
  explicit SpecialTexts(std::vector<SpecialText> texts);

  // A set of private-use characters for one request.
  class Disguise {
   public:
    // `text` as the template may see it. UTF-8 in and out; at most 4 times as long.
    std::string Hide(std::string_view text) const;
    // Hides nothing and reveals nothing: whether `text` would change.
    bool Changes(std::string_view text) const { return Hide(text) != text; }
    // The inverse of Hide, for any text that the request's words went into.
    std::string Reveal(std::string_view text) const;

   private:
    friend class SpecialTexts;
    Disguise(const SpecialTexts* texts, char32_t base) : texts_(texts), base_(base) {}
    // Bytes and index of the private-use character at the front of `text`; 0 bytes when there is
    // none.
    std::pair<std::size_t, std::size_t> Hidden(std::string_view text) const;

    const SpecialTexts* texts_;
    char32_t base_;
  };

  // Chooses characters that none of the request's texts holds. Errors: kInvalidArgument when they
  // hold them all. The disguise borrows this object.
  Result<Disguise> MakeDisguise(const std::vector<std::string_view>& request_texts) const;

  // Cuts `rendered`, which a template made from hidden texts, into control tokens and revealed
  // text. A text that came from the request and looks like a special one is cut inside, so that no
  // tokenizer takes it for one.
  std::vector<PromptPart> Split(std::string_view rendered, const Disguise& disguise) const;

  // Plain text, all of it foreign: no control tokens, cut as above.
  std::vector<PromptPart> SplitPlain(std::string_view text) const;

 private:
  const SpecialText* MatchControl(std::string_view text) const;
  bool MatchesAny(std::string_view text) const;
  bool IsInsideSpecialText(std::string_view text) const;
  void Push(std::vector<PromptPart>* parts, std::string* text) const;

  std::vector<SpecialText> texts_;  // Longest first.
  std::array<std::vector<std::size_t>, 256> by_first_byte_;
  std::size_t longest_ = 0;
  std::unordered_map<char32_t, std::size_t> hidden_;  // Character -> index.
  std::vector<char32_t> characters_;                  // Index -> character.
};

}  // namespace secai::inference
