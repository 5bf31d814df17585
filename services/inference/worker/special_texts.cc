#include "inference/worker/special_texts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"

namespace secai::inference {
namespace {

// The last two planes of Unicode are all private use (Unicode 15 section 23.5).
constexpr char32_t kFirstPrivate = 0xF0000;
constexpr char32_t kLastPrivate = 0x10FFFD;
constexpr std::string_view kSpaces = " \t\r\n\v\f";

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

char32_t LastCharacter(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while ((static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
  return NextUtf8(text.substr(begin)).code_point;
}

void TrimRight(std::string* text) { text->resize(text->find_last_not_of(kSpaces) + 1); }

}  // namespace

SpecialTexts::SpecialTexts(std::vector<SpecialText> texts) : texts_(std::move(texts)) {
  // A text that is not UTF-8 can not come out of a request or a template.
  std::erase_if(texts_, [](const SpecialText& special) {
    return special.text.empty() || !IsValidUtf8(special.text);
  });
  std::ranges::sort(texts_, [](const SpecialText& a, const SpecialText& b) {
    return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.token < b.token;
  });
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const std::string& text = texts_[i].text;
    by_first_byte_[static_cast<unsigned char>(text.front())].push_back(i);
    longest_ = std::max(longest_, text.size());
    for (const char32_t character : {NextUtf8(text).code_point, LastCharacter(text)}) {
      // White space stays: templates trim it, and every special text has another end.
      if (character < 0x80 &&
          kSpaces.find(static_cast<char>(character)) != std::string_view::npos) {
        continue;
      }
      if (hidden_.emplace(character, characters_.size()).second) characters_.push_back(character);
    }
  }
}

const SpecialText* SpecialTexts::MatchControl(std::string_view text) const {
  for (const std::size_t i : by_first_byte_[static_cast<unsigned char>(text.front())]) {
    if (texts_[i].is_control && text.starts_with(texts_[i].text)) return &texts_[i];
  }
  return nullptr;
}

bool SpecialTexts::MatchesAny(std::string_view text) const {
  return std::ranges::any_of(by_first_byte_[static_cast<unsigned char>(text.front())],
                             [&](std::size_t i) { return text.starts_with(texts_[i].text); });
}

bool SpecialTexts::IsInsideSpecialText(std::string_view text) const {
  if (text.empty() || text.size() > longest_) return false;
  return std::ranges::any_of(texts_, [&](const SpecialText& special) {
    return special.text.find(text) != std::string::npos;
  });
}

Result<SpecialTexts::Disguise> SpecialTexts::MakeDisguise(
    const std::vector<std::string_view>& request_texts) const {
  // One more than there are special characters: the last stands before a short text.
  const auto needed = static_cast<char32_t>(characters_.size() + 1);
  std::set<char32_t> taken;
  for (std::string_view text : request_texts) {
    // Characters of these planes begin with the byte F3 or F4.
    for (std::size_t at = 0; (at = text.find_first_of("\xF3\xF4", at)) != std::string_view::npos;
         ++at) {
      taken.insert(NextUtf8(text.substr(at)).code_point);
    }
  }
  for (char32_t base = kFirstPrivate; base + needed <= kLastPrivate; base += needed) {
    const auto first_taken = taken.lower_bound(base);
    if (first_taken == taken.end() || *first_taken >= base + needed) return Disguise(this, base);
  }
  return Fail(ErrorCode::kInvalidArgument, "the request uses all private characters of Unicode");
}

std::string SpecialTexts::Disguise::Hide(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  // A mark in front, so that the text is no longer the inside of a special one.
  const std::string_view core = Trimmed(text);
  const std::size_t mark_at = texts_->IsInsideSpecialText(core)
                                  ? static_cast<std::size_t>(core.data() - text.data())
                                  : std::string_view::npos;
  std::size_t at = 0;
  while (at < text.size()) {
    if (at == mark_at) AppendUtf8(base_ + static_cast<char32_t>(texts_->characters_.size()), &out);
    const Utf8Step step = NextUtf8(text.substr(at));
    const auto found = step.kind == Utf8Step::Kind::kValid ? texts_->hidden_.find(step.code_point)
                                                           : texts_->hidden_.end();
    if (found != texts_->hidden_.end()) {
      AppendUtf8(base_ + static_cast<char32_t>(found->second), &out);
    } else {
      out.append(text.substr(at, step.bytes));
    }
    at += step.bytes;
  }
  return out;
}

std::pair<std::size_t, std::size_t> SpecialTexts::Disguise::Hidden(std::string_view text) const {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0xF3) return {0, 0};
  const Utf8Step step = NextUtf8(text);
  if (step.kind != Utf8Step::Kind::kValid || step.code_point < base_ ||
      step.code_point > base_ + texts_->characters_.size()) {
    return {0, 0};
  }
  return {step.bytes, step.code_point - base_};
}

std::string SpecialTexts::Disguise::Reveal(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [bytes, index] = Hidden(text);
    if (bytes == 0) {
      const std::size_t plain = std::min(text.find_first_of("\xF3\xF4", 1), text.size());
      out.append(text.substr(0, plain));
      text.remove_prefix(plain);
      continue;
    }
    if (index < texts_->characters_.size()) AppendUtf8(texts_->characters_[index], &out);
    text.remove_prefix(bytes);
  }
  return out;
}

void SpecialTexts::Push(std::vector<PromptPart>* parts, std::string* text) const {
  if (!text->empty()) parts->push_back({.token = -1, .text = std::move(*text)});
  text->clear();
}

std::vector<PromptPart> SpecialTexts::Split(std::string_view rendered,
                                            const Disguise& disguise) const {
  std::vector<PromptPart> parts;
  std::string text;
  while (!rendered.empty()) {
    const auto [bytes, index] = disguise.Hidden(rendered);
    if (bytes != 0) {
      if (index < characters_.size()) {
        const std::string ahead = disguise.Reveal(rendered.substr(0, longest_ * 4));
        const bool looks_special = MatchesAny(ahead);
        AppendUtf8(characters_[index], &text);
        if (looks_special) Push(&parts, &text);
      } else if (!text.empty()) {
        Push(&parts, &text);  // A short text: what stands before it must not join it.
      }
      rendered.remove_prefix(bytes);
      continue;
    }
    const SpecialText* const special = MatchControl(rendered);
    if (special == nullptr) {
      text.push_back(rendered.front());
      rendered.remove_prefix(1);
      continue;
    }
    if (special->strips_left) TrimRight(&text);
    Push(&parts, &text);
    parts.push_back({.token = special->token, .text = {}});
    rendered.remove_prefix(special->text.size());
    if (special->strips_right) {
      rendered.remove_prefix(std::min(rendered.find_first_not_of(kSpaces), rendered.size()));
    }
  }
  Push(&parts, &text);
  return parts;
}

std::vector<PromptPart> SpecialTexts::SplitPlain(std::string_view text) const {
  std::vector<PromptPart> parts;
  std::string part;
  while (!text.empty()) {
    const bool looks_special = MatchesAny(text);
    part.push_back(text.front());
    text.remove_prefix(1);
    if (looks_special) {
      // The rest of the first character, then the cut.
      while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U) {
        part.push_back(text.front());
        text.remove_prefix(1);
      }
      Push(&parts, &part);
    }
  }
  Push(&parts, &part);
  return parts;
}

}  // namespace secai::inference
