#include "quarantine/scanner/pickle_walk.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace secai::quarantine {
namespace {

constexpr std::size_t kMaxMemo = 100'000;
constexpr std::size_t kMaxNameBytes = 256;

struct Value {
  enum class Kind : std::uint8_t { kMark, kString, kOther };
  Kind kind = Kind::kOther;
  std::string_view text = {};  // Of a string: into the input.
};

class Walker {
 public:
  Walker(std::span<const std::uint8_t> bytes, const PickleLimits& limits)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), limits_(limits) {}

  PickleReport Walk() {
    while (at_ < text_.size() && report_.opcodes < limits_.max_opcodes) {
      opcode_at_ = at_;
      const char opcode = text_[at_++];
      ++report_.opcodes;
      if (opcode == '.') {
        report_.is_stopped = Pop();
        break;
      }
      if (!Step(static_cast<std::uint8_t>(opcode)) || stack_.size() > limits_.max_depth) {
        report_.is_cut = is_short_;
        break;
      }
    }
    if (at_ >= text_.size() && !report_.is_stopped && is_clean_end_) report_.is_cut = true;
    report_.bytes = std::min(at_, text_.size());
    return std::move(report_);
  }

 private:
  // One opcode; false ends the walk.
  bool Step(std::uint8_t opcode) {
    is_clean_end_ = false;
    const bool is_good = IsLowOpcode(opcode) ? LowStep(opcode) : HighStep(opcode);
    is_clean_end_ = is_good;
    return is_good;
  }

  static bool IsLowOpcode(std::uint8_t opcode) { return opcode < 0x80; }

  bool LowStep(std::uint8_t opcode) {
    switch (opcode) {
      case '(':
        return Push({Value::Kind::kMark});
      case '0':
        return Pop();
      case '1':
        return PopMark();
      case '2':
        return !stack_.empty() && Push(stack_.back());
      case 'F':
      case 'I':
      case 'L':
        return Line().has_value() && PushOther();
      case 'J':
        return Skip(4) && PushOther();
      case 'K':
        return Skip(1) && PushOther();
      case 'M':
        return Skip(2) && PushOther();
      case 'G':
        return Skip(8) && PushOther();
      case 'N':
      case '}':
      case ']':
      case ')':
        return PushOther();
      case 'P':
        return Line().has_value() && PushOther();
      case 'Q':
        return Pop() && PushOther();
      case 'R':
        report_.has_call = true;
        return Pop() && Pop() && PushOther();
      case 'S':
        return PushQuoted(Line());
      case 'V':
        return PushString(Line());
      case 'T':
      case 'X':
      case 'B':
        return PushString(Counted(4));
      case 'U':
      case 'C':
        return PushString(Counted(1));
      case 'a':
        return Pop() && !stack_.empty();
      case 'b':
        report_.has_call = true;
        return Pop() && !stack_.empty();
      case 'c':
        return Global(/*is_inst=*/false);
      case 'i':
        return Global(/*is_inst=*/true);
      case 'd':
      case 'l':
      case 't':
        return PopMark() && PushOther();
      case 'o':
        report_.has_call = true;
        return PopMark() && PushOther();
      case 'e':
      case 'u':
        return PopMark() && !stack_.empty();
      case 's':
        return Pop() && Pop() && !stack_.empty();
      case 'g':
        return Get(LineNumber());
      case 'h':
        return Get(Number(1));
      case 'j':
        return Get(Number(4));
      case 'p':
        return Put(LineNumber());
      case 'q':
        return Put(Number(1));
      case 'r':
        return Put(Number(4));
      default:
        return false;
    }
  }

  bool HighStep(std::uint8_t opcode) {
    switch (opcode) {
      case 0x80: {
        const auto protocol = Number(1);
        if (!protocol.has_value() || *protocol > 5) return false;
        report_.protocol = static_cast<int>(*protocol);
        return true;
      }
      case 0x81:
        report_.has_call = true;
        return Pop() && Pop() && PushOther();
      case 0x82:
        return Skip(1) && PushOther();
      case 0x83:
        return Skip(2) && PushOther();
      case 0x84:
        return Skip(4) && PushOther();
      case 0x85:
        return Pop() && PushOther();
      case 0x86:
        return Pop() && Pop() && PushOther();
      case 0x87:
        return Pop() && Pop() && Pop() && PushOther();
      case 0x88:
      case 0x89:
      case 0x8f:
      case 0x97:
        return PushOther();
      case 0x8a:
        return Counted(1).has_value() && PushOther();
      case 0x8b:
        return Counted(4).has_value() && PushOther();
      case 0x8c:
        return PushString(Counted(1));
      case 0x8d:
      case 0x8e:
      case 0x96:
        return PushString(Counted(8));
      case 0x90:
        return PopMark() && !stack_.empty();
      case 0x91:
        return PopMark() && PushOther();
      case 0x92:
        report_.has_call = true;
        return Pop() && Pop() && Pop() && PushOther();
      case 0x93:
        return StackGlobal();
      case 0x94:
        return Put(memo_.size());
      case 0x95:
        return Skip(8);
      case 0x98:
        return !stack_.empty();
      default:
        return false;
    }
  }

  bool Push(Value value) {
    stack_.push_back(value);
    return true;
  }
  bool PushOther() { return Push({Value::Kind::kOther}); }
  bool PushString(std::optional<std::string_view> text) {
    return text.has_value() && Push({Value::Kind::kString, *text});
  }
  bool PushQuoted(std::optional<std::string_view> text) {
    if (!text.has_value() || text->size() < 2) return false;
    const char quote = text->front();
    if ((quote != '"' && quote != '\'') || text->back() != quote) return false;
    return PushString(text->substr(1, text->size() - 2));
  }

  bool Pop() {
    if (stack_.empty() || stack_.back().kind == Value::Kind::kMark) return false;
    stack_.pop_back();
    return true;
  }
  bool PopMark() {
    while (!stack_.empty() && stack_.back().kind != Value::Kind::kMark) stack_.pop_back();
    if (stack_.empty()) return false;
    stack_.pop_back();
    return true;
  }

  bool Short() {
    is_short_ = true;
    return false;
  }
  bool Skip(std::size_t count) {
    if (count > text_.size() - at_) return Short();
    at_ += count;
    return true;
  }
  std::optional<std::uint64_t> Number(std::size_t bytes) {
    if (bytes > text_.size() - at_) {
      Short();
      return std::nullopt;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(text_[at_ + i])} << (8 * i);
    }
    at_ += bytes;
    return value;
  }
  std::optional<std::string_view> Counted(std::size_t length_bytes) {
    const auto length = Number(length_bytes);
    if (!length.has_value()) return std::nullopt;
    if (*length > text_.size() - at_) {
      // A piece of a plausible size may go on behind the bytes given.
      if (*length <= std::uint64_t{1} << 32) Short();
      return std::nullopt;
    }
    const auto text = text_.substr(at_, static_cast<std::size_t>(*length));
    at_ += text.size();
    return text;
  }
  std::optional<std::string_view> Line() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) {
      Short();
      return std::nullopt;
    }
    const auto line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }
  std::optional<std::uint64_t> LineNumber() {
    const auto line = Line();
    if (!line.has_value()) return std::nullopt;
    std::uint64_t value = 0;
    const char* const end = line->data() + line->size();
    const auto [stop, error] = std::from_chars(line->data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  bool Get(std::optional<std::uint64_t> key) {
    if (!key.has_value()) return false;
    const auto found = memo_.find(*key);
    return found != memo_.end() && Push(found->second);
  }
  bool Put(std::optional<std::uint64_t> key) {
    if (!key.has_value() || stack_.empty() || memo_.size() >= kMaxMemo) return false;
    memo_[*key] = stack_.back();
    return true;
  }

  bool Global(bool is_inst) {
    const auto module = Line();
    if (!module.has_value()) return false;
    const auto name = Line();
    if (!name.has_value() || !IsName(*module) || !IsName(*name)) return false;
    AddImport(std::string(*module), std::string(*name));
    if (is_inst) {
      report_.has_call = true;
      return PopMark() && PushOther();
    }
    return PushOther();
  }

  bool StackGlobal() {
    if (stack_.size() < 2) return false;
    const Value name = stack_.back();
    if (!Pop()) return false;
    const Value module = stack_.back();
    if (!Pop()) return false;
    const auto text = [](const Value& value) {
      return value.kind == Value::Kind::kString && IsName(value.text) ? std::string(value.text)
                                                                      : std::string("?");
    };
    AddImport(text(module), text(name));
    return PushOther();
  }

  static bool IsName(std::string_view text) {
    const auto is_name_byte = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.' || static_cast<std::uint8_t>(c) >= 0x80;
    };
    return !text.empty() && text.size() <= kMaxNameBytes && std::ranges::all_of(text, is_name_byte);
  }

  void AddImport(std::string module, std::string name) {
    if (report_.imports.size() >= kMaxPickleImports) return;
    report_.imports.push_back({std::move(module), std::move(name), opcode_at_});
  }

  std::string_view text_;
  PickleLimits limits_;
  PickleReport report_;
  std::vector<Value> stack_;
  std::unordered_map<std::uint64_t, Value> memo_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  bool is_short_ = false;      // The last opcode needed bytes that were not given.
  bool is_clean_end_ = false;  // The last opcode was complete.
};

}  // namespace

PickleReport WalkPickle(std::span<const std::uint8_t> bytes, const PickleLimits& limits) {
  return Walker(bytes, limits).Walk();
}

}  // namespace secai::quarantine
