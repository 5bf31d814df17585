#include "quarantine/smoke/transcript.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/sha256.h"

namespace secai::quarantine {
namespace {

namespace json = boost::json;

std::string Hash(const std::string& text) { return crypto::Sha256::Of(text).ToHex(); }

double Seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string OutputOf(const SmokeAnswer& answer) {
  std::string output = answer.text;
  for (const inference::ToolCall& call : answer.tool_calls) {
    output += "\n" + call.name + " " + call.arguments;
  }
  return output;
}

std::string ResultOf(const SmokePrompt& prompt, const SmokeAnswer& answer, bool is_good) {
  if (answer.end == SmokeAnswer::End::kHang) return "hang";
  if (answer.end == SmokeAnswer::End::kCrash) return "crash";
  if (prompt.oracle == SmokeOracle::kNone) return "seen";
  return is_good ? "good" : "flagged";
}

}  // namespace

void Transcript::Add(const SmokePrompt& prompt, const inference::GenerateRequest& request,
                     const SmokeAnswer& answer, bool is_good, std::chrono::milliseconds took) {
  Entry entry;
  entry.id = prompt.id;
  entry.category = prompt.category;
  entry.prompt_sha256 = Hash(json::serialize(inference::SerializeGenerateRequest(request)));
  entry.output_sha256 = Hash(OutputOf(answer));
  entry.result = ResultOf(prompt, answer, is_good);
  entry.tokens = answer.completion_tokens;
  entry.took = took;
  entries_.push_back(std::move(entry));
  tokens_ += answer.completion_tokens;
  decode_ += answer.decode;
  if (prompt.oracle == SmokeOracle::kNone) return;
  Score& score = scores_.at(static_cast<std::size_t>(prompt.category));
  ++score.asked;
  score.weight += prompt.weight;
  if (is_good) {
    ++score.good;
  } else {
    score.flagged += prompt.weight;
    critical_flags_ += prompt.is_critical ? 1 : 0;
  }
}

Transcript::Score Transcript::Total() const {
  Score total;
  for (const Score& score : scores_) {
    total.asked += score.asked;
    total.good += score.good;
    total.weight += score.weight;
    total.flagged += score.flagged;
  }
  return total;
}

json::object Transcript::ToJson() const {
  json::array prompts;
  std::string lines;
  for (const Entry& entry : entries_) {
    prompts.push_back({{"id", entry.id},
                       {"category", CategoryName(entry.category)},
                       {"prompt_sha256", entry.prompt_sha256},
                       {"output_sha256", entry.output_sha256},
                       {"result", entry.result},
                       {"tokens", entry.tokens},
                       {"seconds", Seconds(entry.took)}});
    lines += entry.id + " " + entry.prompt_sha256 + " " + entry.output_sha256 + " " + entry.result +
             "\n";
  }
  json::object categories;
  for (int i = 0; i < kSmokeCategories; ++i) {
    const auto category = static_cast<SmokeCategory>(i);
    const Score& known = score(category);
    if (known.asked == 0) continue;
    categories[CategoryName(category)] = {{"asked", known.asked}, {"good", known.good}};
  }
  const double seconds = Seconds(decode_);
  return {{"prompts", std::move(prompts)},
          {"categories", std::move(categories)},
          {"transcript_sha256", Hash(lines)},
          {"tokens", tokens_},
          {"tokens_per_second", seconds > 0 ? static_cast<double>(tokens_) / seconds : 0.0}};
}

}  // namespace secai::quarantine
