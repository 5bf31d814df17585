#include <cerrno>
#include <optional>

#include <unistd.h>

#include <fmt/format.h>

#include "base/utf8.h"
#include "secai/command.h"
#include "secai/conversation.h"
#include "secai/json_view.h"
#include "secai/terminal_text.h"

namespace secai::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxPromptBytes = std::size_t{4} << 20;

// Prints an answer as it comes. On a terminal nothing in it can command the terminal; a pipe gets
// the model's bytes as they are.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(const Terminal& terminal) : is_terminal_(terminal.out_is_terminal) {}

  void Show(std::string_view text) {
    if (!text.empty()) ends_in_newline_ = text.ends_with('\n');
    Print(is_terminal_ ? text_.Push(text) : std::string(text));
  }
  void Finish() {
    if (is_terminal_) Print(text_.Finish());
    if (!ends_in_newline_) Print("\n");
  }

 private:
  bool is_terminal_;
  bool ends_in_newline_ = false;
  TerminalText text_;
};

// Reads lines from stdin; a Ctrl-C ends the wait.
class LineReader {
 public:
  enum class End { kLine, kInterrupted, kOver };

  End Next(std::string* line) {
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        *line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return End::kLine;
      }
      char bytes[4096];
      const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof(bytes));
      if (count < 0 && errno == EINTR) {
        if (!WasInterrupted()) continue;
        buffer_.clear();
        return End::kInterrupted;
      }
      if (count <= 0 || buffer_.size() > kMaxPromptBytes) {
        *line = std::move(buffer_);
        buffer_.clear();
        return line->empty() ? End::kOver : End::kLine;
      }
      buffer_.append(bytes, static_cast<std::size_t>(count));
    }
  }

 private:
  std::string buffer_;
};

Result<std::string> ReadAllInput() {
  std::string text;
  char bytes[16384];
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof(bytes));
    if (count < 0 && errno == EINTR && !WasInterrupted()) continue;
    if (count <= 0) break;
    text.append(bytes, static_cast<std::size_t>(count));
    if (text.size() > kMaxPromptBytes) {
      return Fail(ErrorCode::kInvalidArgument, "standard input is over 4 MiB");
    }
  }
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "standard input is not UTF-8");
  if (text.empty()) return Fail(ErrorCode::kInvalidArgument, "no prompt was given");
  return text;
}

std::vector<Turn> FirstTurns(const Invocation& invocation) {
  if (invocation.system_prompt.empty()) return {};
  return {{"system", invocation.system_prompt}};
}

int Converse(const Context& context, const std::string& model) {
  std::vector<Turn> turns = FirstTurns(context.invocation);
  const bool shows_prompt = context.terminal.out_is_terminal && ::isatty(STDIN_FILENO) == 1;
  if (shows_prompt) {
    Print(fmt::format(
        "Talking with {}. Nothing is kept. Ctrl-C stops an answer; twice, or Ctrl-D, leaves.\n",
        EscapeForDisplay(model)));
  }
  LineReader reader;
  std::string line;
  bool was_just_interrupted = false;
  for (;;) {
    if (shows_prompt) Print("\n> ");
    const LineReader::End end = reader.Next(&line);
    if (end == LineReader::End::kOver) break;
    if (end == LineReader::End::kInterrupted) {
      (void)TakeInterrupt();
      if (was_just_interrupted) return kExitInterrupted;
      was_just_interrupted = true;
      continue;
    }
    if (line.empty()) continue;
    was_just_interrupted = false;
    turns.push_back({"user", ToValidUtf8(line)});
    AnswerPrinter printer(context.terminal);
    const auto answer =
        StreamAnswer(context, model, turns, [&](std::string_view text) { printer.Show(text); });
    printer.Finish();
    was_just_interrupted = TakeInterrupt();
    if (!answer.has_value()) {
      turns.pop_back();
      const int exit_code = Complain(answer.error());
      if (!shows_prompt) return exit_code;
      continue;
    }
    turns.push_back({"assistant", *answer});
  }
  if (shows_prompt) Print("\n");
  return kExitOk;
}

int AnswerOnce(const Context& context, const std::string& model, const std::string& prompt) {
  std::vector<Turn> turns = FirstTurns(context.invocation);
  turns.push_back({"user", prompt});
  if (context.invocation.wants_json) {
    const auto answer = context.gateway.AskJson(
        "POST", "/v1/chat/completions", ChatRequest(context.invocation, model, turns, false));
    if (!answer.has_value()) return Complain(answer.error());
    PrintJson(*answer);
    return kExitOk;
  }
  AnswerPrinter printer(context.terminal);
  const auto answer =
      StreamAnswer(context, model, turns, [&](std::string_view text) { printer.Show(text); });
  printer.Finish();
  if (!answer.has_value()) return Complain(answer.error());
  return WasInterrupted() ? kExitInterrupted : kExitOk;
}

}  // namespace

int RunRun(const Context& context) {
  const std::vector<std::string>& words = context.invocation.words;
  const std::string& model = words.front();
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  if (words.size() == 1 && ::isatty(STDIN_FILENO) == 1) return Converse(context, model);
  std::string prompt;
  for (std::size_t i = 1; i < words.size(); ++i) prompt += (i > 1 ? " " : "") + words[i];
  if (words.size() == 1) {
    auto input = ReadAllInput();
    if (!input.has_value()) return Complain(input.error());
    prompt = *std::move(input);
  }
  return AnswerOnce(context, model, prompt);
}

int RunChat(const Context& context) {
  const std::vector<std::string>& words = context.invocation.words;
  WatchInterrupts();
  context.gateway.is_interrupted = WasInterrupted;
  const auto model = ChooseModel(context.gateway, words.empty() ? std::string() : words.front());
  if (!model.has_value()) return Complain(model.error());
  return Converse(context, *model);
}

}  // namespace secai::cli
