#include "base/strict_yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <libfyaml.h>

#include <fmt/format.h>

#include "base/utf8.h"

namespace secai {
namespace {

struct FreeParser {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct FreeDiag {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct FreeEvent {
  fy_parser* parser = nullptr;
  void operator()(fy_event* event) const { fy_parser_event_free(parser, event); }
};
using EventPtr = std::unique_ptr<fy_event, FreeEvent>;

struct Place {
  int line = 1;
  int column = 1;
};

Place PlaceOf(fy_event* event) {
  const fy_mark* mark = fy_event_start_mark(event);
  if (mark == nullptr) return {};
  Place place{mark->line + 1, mark->column + 1};
  if (event->type == FYET_SCALAR) {
    // The mark of quoted text is behind the quote.
    const fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    const bool is_quoted = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    if (is_quoted && place.column > 1) --place.column;
  }
  return place;
}

bool IsPlainInteger(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The core schema's number: digits with a point or an exponent.
bool IsPlainNumber(std::string_view text) {
  bool has_digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      has_digit = true;
    } else if (c == '-' || c == '+') {
      if (i != 0 && text[i - 1] != 'e' && text[i - 1] != 'E') return false;
    } else if (c == 'e' || c == 'E') {
      if (!has_digit) return false;
    } else if (c != '.') {
      return false;
    }
  }
  return has_digit;
}

void ResolvePlain(YamlNode* node) {
  std::string_view text = node->text;
  node->kind = YamlNode::Kind::kString;
  if (text.empty() || text == "~" || text == "null") {
    node->kind = YamlNode::Kind::kNull;
  } else if (text == "true" || text == "false") {
    node->kind = YamlNode::Kind::kBool;
    node->boolean = text == "true";
  } else {
    const bool is_integer = IsPlainInteger(text);
    if (!is_integer && !IsPlainNumber(text)) return;
    if (text[0] == '+') text.remove_prefix(1);
    const char* end = text.data() + text.size();
    if (is_integer) {
      const auto parsed = std::from_chars(text.data(), end, node->integer);
      if (parsed.ec != std::errc() || parsed.ptr != end) return;
      node->kind = YamlNode::Kind::kInteger;
      node->number = static_cast<double>(node->integer);
      return;
    }
    const auto parsed = std::from_chars(text.data(), end, node->number);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(node->number)) return;
    node->kind = YamlNode::Kind::kNumber;
  }
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view file_name, const YamlLimits& limits)
      : text_(text), file_name_(file_name), limits_(limits) {
    fy_diag_cfg diag_config = {};
    diag_config.level = FYET_ERROR;
    diag_config.module_mask = ~0U;
    diag_.reset(fy_diag_create(&diag_config));
    fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg config = {};
    config.flags =
        static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DISABLE_MMAP_OPT |
                                        FYPCF_JSON_NONE | FYPCF_DEFAULT_VERSION_1_2);
    config.diag = diag_.get();
    parser_.reset(fy_parser_create(&config));
  }

  Result<YamlNode> Read() {
    if (parser_ == nullptr ||
        fy_parser_set_string(parser_.get(), text_.data(), text_.size()) != 0) {
      return Fail(ErrorCode::kInternal, "no YAML parser");
    }
    YamlNode root;
    bool has_document = false;
    while (true) {
      const EventPtr event = Next();
      if (event == nullptr) {
        if (has_document && fy_diag_got_error(diag_.get())) return SyntaxError();
        return fy_parser_get_stream_error(parser_.get()) || fy_diag_got_error(diag_.get())
                   ? Result<YamlNode>(SyntaxError())
                   : Result<YamlNode>(std::move(root));
      }
      switch (event->type) {
        case FYET_STREAM_START:
        case FYET_STREAM_END:
        case FYET_DOCUMENT_END:
          break;
        case FYET_DOCUMENT_START:
          if (has_document) return At(PlaceOf(event.get()), "a second document");
          has_document = true;
          break;
        default: {
          TRY_ASSIGN(root, ReadNode(event.get(), 0));
        }
      }
    }
  }

 private:
  EventPtr Next() { return {fy_parser_parse(parser_.get()), FreeEvent{parser_.get()}}; }

  tl::unexpected<Error> At(Place place, std::string_view reason) const {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}:{}:{}: {}", file_name_, place.line, place.column, reason));
  }

  tl::unexpected<Error> SyntaxError() {
    void* position = nullptr;
    const fy_diag_error* error = fy_diag_errors_iterate(diag_.get(), &position);
    if (error == nullptr) return At({}, "syntax error");
    return At({std::max(error->line, 1), std::max(error->column, 1)},
              error->msg == nullptr ? "syntax error" : EscapeForDisplay(error->msg, 200));
  }

  // Anchors, tags and aliases let a small text mean something large or something else.
  Result<> CheckPlain(fy_event* event, fy_token* anchor, fy_token* tag) const {
    if (anchor != nullptr) return At(PlaceOf(event), "an anchor (&) is not allowed");
    if (tag != nullptr) return At(PlaceOf(event), "a tag (!) is not allowed");
    return Ok();
  }

  Result<YamlNode> ReadNode(fy_event* event, std::size_t depth) {
    const Place place = PlaceOf(event);
    if (++nodes_ > limits_.max_nodes) return At(place, "too many values");
    if (depth > limits_.max_depth) return At(place, "nested too deeply");
    YamlNode node;
    node.line = place.line;
    node.column = place.column;
    switch (event->type) {
      case FYET_SCALAR: {
        TRY(CheckPlain(event, event->scalar.anchor, event->scalar.tag));
        std::size_t size = 0;
        const char* text = fy_token_get_text(event->scalar.value, &size);
        if (text != nullptr) node.text.assign(text, size);
        if (fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN) {
          ResolvePlain(&node);
        } else {
          node.kind = YamlNode::Kind::kString;
        }
        return node;
      }
      case FYET_SEQUENCE_START: {
        TRY(CheckPlain(event, event->sequence_start.anchor, event->sequence_start.tag));
        node.kind = YamlNode::Kind::kSequence;
        while (true) {
          const EventPtr item = Next();
          if (item == nullptr) return SyntaxError();
          if (item->type == FYET_SEQUENCE_END) return node;
          TRY_ASSIGN(YamlNode value, ReadNode(item.get(), depth + 1));
          node.items.push_back(std::move(value));
        }
      }
      case FYET_MAPPING_START:
        TRY(CheckPlain(event, event->mapping_start.anchor, event->mapping_start.tag));
        node.kind = YamlNode::Kind::kMapping;
        TRY(ReadMembers(&node, depth));
        return node;
      case FYET_ALIAS:
        return At(place, "an alias (*) is not allowed");
      default:
        return At(place, "syntax error");
    }
  }

  Result<> ReadMembers(YamlNode* mapping, std::size_t depth) {
    while (true) {
      const EventPtr key = Next();
      if (key == nullptr) return SyntaxError();
      if (key->type == FYET_MAPPING_END) return Ok();
      const Place place = PlaceOf(key.get());
      if (key->type == FYET_ALIAS) return At(place, "an alias (*) is not allowed");
      if (key->type != FYET_SCALAR) return At(place, "a key must be a word");
      TRY_ASSIGN(YamlNode name, ReadNode(key.get(), depth + 1));
      // Linear, because mappings are short and the count of nodes is limited.
      for (const YamlMember& member : mapping->members) {
        if (member.key == name.text) return At(place, "duplicate key");
      }
      const EventPtr value = Next();
      if (value == nullptr) return SyntaxError();
      TRY_ASSIGN(YamlNode node, ReadNode(value.get(), depth + 1));
      mapping->members.push_back({std::move(name.text), place.line, place.column, std::move(node)});
    }
  }

  std::string text_;  // libfyaml reads it in place.
  std::string_view file_name_;
  YamlLimits limits_;
  std::size_t nodes_ = 0;
  std::unique_ptr<fy_diag, FreeDiag> diag_;
  std::unique_ptr<fy_parser, FreeParser> parser_;
};

}  // namespace

Result<YamlNode> ParseStrictYaml(std::string_view text, std::string_view file_name,
                                 const YamlLimits& limits) {
  const auto refuse = [file_name](std::string_view reason) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}:1:1: {}", file_name, reason));
  };
  if (text.size() > limits.max_bytes) {
    return refuse(fmt::format("{} bytes, over the limit of {}", text.size(), limits.max_bytes));
  }
  if (!IsValidUtf8(text)) return refuse("the file is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return refuse("the file holds a NUL byte");
  if (text.starts_with("\xEF\xBB\xBF")) return refuse("the file begins with a byte-order mark");
  if (text.starts_with('%') || text.find("\n%") != std::string_view::npos) {
    return refuse("a directive (%) is not allowed");
  }
  return Reader(text, file_name, limits).Read();
}

}  // namespace secai
