#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "quarantine/smoke/prompts.h"
#include "quarantine/smoke/subject.h"

namespace secai::quarantine {

// What was asked and answered, for the record: hashes instead of texts, since answers are content
// and prompts must not become training data. Thread-safety: one thread only.
class Transcript {
 public:
  void Add(const SmokePrompt& prompt, const inference::GenerateRequest& request,
           const SmokeAnswer& answer, bool is_good, std::chrono::milliseconds took);

  struct Score {
    int asked = 0;
    int good = 0;
    double weight = 0;
    double flagged = 0;  // By weight.
  };
  // Of scored and baseline prompts.
  const Score& score(SmokeCategory category) const {
    return scores_.at(static_cast<std::size_t>(category));
  }
  Score Total() const;
  int critical_flags() const { return critical_flags_; }

  // {prompts: [{id, category, prompt_sha256, output_sha256, result, tokens, seconds}], categories,
  //  transcript_sha256, tokens, tokens_per_second}. The hash covers ids, hashes and results in
  //  order,
  // one line each: id SP prompt hash SP output hash SP result LF.
  boost::json::object ToJson() const;

 private:
  struct Entry {
    std::string id;
    SmokeCategory category = SmokeCategory::kInstructionFollowing;
    std::string prompt_sha256;
    std::string output_sha256;
    std::string result;  // good, flagged, seen, hang, crash
    std::uint64_t tokens = 0;
    std::chrono::milliseconds took{0};
  };

  std::vector<Entry> entries_;
  std::array<Score, kSmokeCategories> scores_ = {};
  std::uint64_t tokens_ = 0;
  std::chrono::milliseconds decode_{0};
  int critical_flags_ = 0;
};

}  // namespace secai::quarantine
