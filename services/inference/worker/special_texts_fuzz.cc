#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "inference/worker/special_texts.h"

// Foreign words, however a template cuts them and whatever it puts around them, give no control
// token; and they come out as they went in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using secai::inference::PromptPart;
  static const secai::inference::SpecialTexts texts(
      {{.text = "<s>", .token = 1},
       {.text = "<|im_start|>", .token = 2},
       {.text = "[INST]", .token = 3},
       {.text = "<tool>", .token = 4, .is_control = false}});
  if (size == 0) return 0;
  const std::size_t cut = data[0];
  const std::string words =
      secai::ToValidUtf8(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  const auto disguise = texts.MakeDisguise({words});
  if (!disguise.has_value()) return 0;
  const std::string hidden = disguise->Hide(words);
  CHECK(disguise->Reveal(hidden) == words);
  std::string text;
  for (const PromptPart& part : texts.Split("[INST]<" + hidden + ">", *disguise)) {
    CHECK(part.token < 0 || text.empty());  // The template's own, in front.
    text += part.text;
  }
  CHECK(text == "<" + words + ">");
  // A template that drops the middle of the words.
  std::string shortened = hidden;
  if (cut < shortened.size()) shortened.erase(cut, 3);
  for (const PromptPart& part : texts.Split(shortened, *disguise)) CHECK(part.token < 0);
  std::string plain;
  for (const PromptPart& part : texts.SplitPlain(words)) {
    CHECK(part.token < 0);
    plain += part.text;
  }
  CHECK(plain == words);
  return 0;
}
