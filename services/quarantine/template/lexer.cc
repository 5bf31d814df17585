#include "quarantine/template/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"

namespace secai::quarantine {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsName(char c) { return IsNameStart(c) || IsDigit(c); }
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Longest first, so that "**" is not two tokens.
constexpr std::array<std::string_view, 28> kOperators = {
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">",
    "=",  "|",  ".",  ",",  ":",  "(",  ")", "[", "]", "{", "}", ";", "@", "!"};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  tl::expected<std::vector<Token>, SyntaxProblem> Run() {
    while (position_ < source_.size() && !failed_) {
      if (!LexText()) break;
      if (At("{#")) {
        const std::size_t end = source_.find("#}", position_ + 2);
        if (end == std::string_view::npos) {
          Fail("T-8", position_, "comment is not closed");
        } else {
          position_ = end + 2;
        }
      } else if (At("{%")) {
        if (!LexRaw()) LexCode("%}", TokenKind::kBlockBegin, TokenKind::kBlockEnd);
      } else if (At("{{")) {
        LexCode("}}", TokenKind::kVariableBegin, TokenKind::kVariableEnd);
      }
    }
    if (failed_) return tl::unexpected<SyntaxProblem>(std::move(problem_));
    Push(TokenKind::kEnd, source_.size(), {});
    return std::move(tokens_);
  }

 private:
  bool At(std::string_view piece) const { return source_.substr(position_).starts_with(piece); }
  char Peek(std::size_t ahead = 0) const {
    return position_ + ahead < source_.size() ? source_[position_ + ahead] : '\0';
  }
  void Push(TokenKind kind, std::size_t offset, std::string text) {
    tokens_.push_back(Token{kind, offset, std::move(text), 0});
  }
  void Fail(std::string rule, std::size_t offset, std::string reason) {
    if (failed_) return;
    failed_ = true;
    problem_ = SyntaxProblem{std::move(rule), offset, std::move(reason)};
  }

  // Up to the next tag. False at the end of the source.
  bool LexText() {
    const std::size_t start = position_;
    while (position_ < source_.size() && !At("{#") && !At("{%") && !At("{{")) ++position_;
    if (position_ > start) {
      Push(TokenKind::kText, start, std::string(source_.substr(start, position_ - start)));
    }
    return position_ < source_.size();
  }

  // `{% word %}` at `from`, with any white-space control: the offset behind it, or npos.
  std::size_t MatchSimpleTag(std::size_t from, std::string_view word) const {
    std::size_t at = from + 2;
    if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) ++at;
    while (at < source_.size() && IsSpace(source_[at])) ++at;
    if (!source_.substr(at).starts_with(word)) return std::string_view::npos;
    at += word.size();
    while (at < source_.size() && IsSpace(source_[at])) ++at;
    if (at < source_.size() && (source_[at] == '-' || source_[at] == '+')) ++at;
    return source_.substr(at).starts_with("%}") ? at + 2 : std::string_view::npos;
  }

  bool LexRaw() {
    const std::size_t start = MatchSimpleTag(position_, "raw");
    if (start == std::string_view::npos) return false;
    for (std::size_t at = source_.find("{%", start); at != std::string_view::npos;
         at = source_.find("{%", at + 2)) {
      const std::size_t behind = MatchSimpleTag(at, "endraw");
      if (behind == std::string_view::npos) continue;
      if (at > start) {
        Push(TokenKind::kText, start, std::string(source_.substr(start, at - start)));
      }
      position_ = behind;
      return true;
    }
    Fail("T-8", position_, "raw block is not closed");
    return true;
  }

  void LexCode(std::string_view closer, TokenKind begin, TokenKind end) {
    const std::size_t start = position_;
    Push(begin, start, {});
    position_ += 2;
    if (Peek() == '-' || (Peek() == '+' && begin == TokenKind::kBlockBegin)) ++position_;
    std::size_t depth = 0;  // Open brackets: inside them "}}" is two closing braces.
    while (!failed_) {
      while (position_ < source_.size() && IsSpace(source_[position_])) ++position_;
      if (position_ >= source_.size()) return Fail("T-8", start, "tag is not closed");
      const bool signed_end =
          (Peek() == '-' || Peek() == '+') && source_.substr(position_ + 1).starts_with(closer);
      if (depth == 0 && (At(closer) || signed_end)) {
        Push(end, position_, {});
        position_ += closer.size() + (signed_end ? 1 : 0);
        return;
      }
      LexOne(&depth);
    }
  }

  void LexOne(std::size_t* depth) {
    const char c = Peek();
    if (c == '"' || c == '\'') return LexString(c);
    if (IsDigit(c)) return LexNumber();
    if (IsNameStart(c)) {
      const std::size_t start = position_;
      while (IsName(Peek())) ++position_;
      return Push(TokenKind::kName, start, std::string(source_.substr(start, position_ - start)));
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      return Fail("T-6", position_, "name or sign outside ASCII in a tag");
    }
    for (const std::string_view op : kOperators) {
      if (!At(op)) continue;
      if (op == "(" || op == "[" || op == "{") ++*depth;
      if ((op == ")" || op == "]" || op == "}") && *depth > 0) --*depth;
      Push(TokenKind::kOperator, position_, std::string(op));
      position_ += op.size();
      return;
    }
    Fail("T-8", position_, "unexpected character in a tag");
  }

  void LexNumber() {
    const std::size_t start = position_;
    while (IsDigit(Peek())) ++position_;
    bool is_float = false;
    if (Peek() == '.' && IsDigit(Peek(1))) {
      is_float = true;
      ++position_;
      while (IsDigit(Peek())) ++position_;
    }
    const std::string digits(source_.substr(start, position_ - start));
    if (IsName(Peek())) return Fail("T-8", start, "number in a form that is not accepted");
    if (digits.size() > 15) return Fail("T-8", start, "number has more than 15 digits");
    Push(is_float ? TokenKind::kFloat : TokenKind::kInteger, start, digits);
    if (!is_float) {
      std::int64_t value = 0;
      for (const char digit : digits) value = value * 10 + (digit - '0');
      tokens_.back().integer = value;
    }
  }

  // \xHH, \uHHHH, \UHHHHHHHH: the code point goes to `out`.
  void LexHexEscape(std::size_t digits, std::string* out) {
    const std::size_t start = position_;
    position_ += 2;
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i, ++position_) {
      const int value = HexValue(Peek());
      if (value < 0) return Fail("T-8", start, "bad escape in a string");
      code = code * 16 + static_cast<std::uint32_t>(value);
    }
    AppendCode(code, start, out);
  }

  void AppendCode(std::uint32_t code, std::size_t offset, std::string* out) {
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
      return Fail("T-8", offset, "escape is not a character");
    }
    AppendUtf8(code, out);
  }

  void LexOctalEscape(std::string* out) {
    ++position_;
    std::uint32_t code = 0;
    for (int i = 0; i < 3 && Peek() >= '0' && Peek() <= '7'; ++i, ++position_) {
      code = code * 8 + static_cast<std::uint32_t>(Peek() - '0');
    }
    AppendCode(code, position_, out);
  }

  void LexEscape(std::string* out) {
    constexpr std::string_view kNames = "nrtabfv\\'\"";
    constexpr std::string_view kValues = "\n\r\t\a\b\f\v\\'\"";
    const char c = Peek(1);
    if (c == 'x') return LexHexEscape(2, out);
    if (c == 'u') return LexHexEscape(4, out);
    if (c == 'U') return LexHexEscape(8, out);
    if (c == 'N') return Fail("T-8", position_, "named escape in a string");
    if (c >= '0' && c <= '7') return LexOctalEscape(out);
    const std::size_t known = kNames.find(c);
    if (known != std::string_view::npos) {
      out->push_back(kValues[known]);
    } else if (c !=
               '\n') {  // A backslash before a line end joins the lines; others stay as they are.
      out->push_back('\\');
      out->push_back(c);
    }
    position_ += 2;
  }

  void LexString(char quote) {
    const std::size_t start = position_++;
    std::string value;
    while (!failed_) {
      if (position_ >= source_.size()) return Fail("T-8", start, "string is not closed");
      const char c = source_[position_];
      if (c == quote) break;
      if (c == '\\') {
        LexEscape(&value);
      } else {
        value.push_back(c);
        ++position_;
      }
    }
    ++position_;
    Push(TokenKind::kString, start, std::move(value));
  }

  std::string_view source_;
  std::size_t position_ = 0;
  std::vector<Token> tokens_;
  bool failed_ = false;
  SyntaxProblem problem_;
};

}  // namespace

tl::expected<std::vector<Token>, SyntaxProblem> LexTemplate(std::string_view source) {
  return Lexer(source).Run();
}

}  // namespace secai::quarantine
