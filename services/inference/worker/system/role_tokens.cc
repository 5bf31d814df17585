// Role-token injection over all chat templates of the engine's tree: whatever people, tools and
// names say, a prompt holds exactly the control tokens that the same conversation with honest words
// has.
//
// Every marker that stands in a template is a control token here, more than any real vocabulary
// has.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <llama.h>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "inference/worker/chat_template.h"
#include "inference/worker/engine_log.h"
#include "inference/worker/testing/tiny_model.h"
#include "inference/worker/vocabulary.h"
#include "inference/worker/weight_source.h"

namespace secai::inference {
namespace {

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What looks like a special token in a template: <|x|>, <x>, </x>, [X], [/X], <｜x｜>, |x|.
std::vector<std::string> MarkersOf(const std::string& source) {
  static const std::regex marker(R"(<[^<>\s'"{}]{1,40}>|\[/?[A-Z_]{2,30}\]|\]<\][a-z]+\[>\[)");
  std::set<std::string> found;
  for (std::sregex_iterator at(source.begin(), source.end(), marker), end; at != end; ++at) {
    found.insert(at->str());
  }
  found.erase("<unk>");
  found.erase("<s>");
  found.erase("</s>");
  return {found.begin(), found.end()};
}

struct ModelCloser {
  void operator()(llama_model* model) const { llama_model_free(model); }
};

class RoleTokenTest : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override {
    RouteEngineLog();
    source_ = ReadText(GetParam());
    markers_ = MarkersOf(source_);
    testing::TinyModelSpec spec;
    spec.control_tokens = markers_;
    ASSERT_OK_AND_ASSIGN(auto weights, SealedMemorySource::Create(testing::MakeTinyModel(spec)));
    std::vector<char> buffer(1 << 16);
    ASSERT_OK_AND_ASSIGN(const UniqueFile file, OpenAsFile(weights.get(), buffer));
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    model_.reset(llama_model_load_from_file_ptr(file.get(), params));
    ASSERT_NE(model_, nullptr);
    vocabulary_ = std::make_unique<Vocabulary>(llama_model_get_vocab(model_.get()));
    ASSERT_OK_AND_ASSIGN(template_, ChatTemplate::Create(model_.get(), vocabulary_.get(), source_));
  }

  // The control tokens of the prompt, in order; nothing when the template refuses the request.
  std::optional<std::vector<Token>> Controls(const GenerateRequest& request) {
    const auto prompt = template_->Apply(request);
    if (!prompt.has_value()) return std::nullopt;
    std::vector<Token> controls;
    for (const Token token : vocabulary_->Tokenize(prompt->parts)) {
      if (vocabulary_->is_control(token)) controls.push_back(token);
    }
    return controls;
  }

  std::string source_;
  std::vector<std::string> markers_;
  std::unique_ptr<llama_model, ModelCloser> model_;
  std::unique_ptr<Vocabulary> vocabulary_;
  std::unique_ptr<ChatTemplate> template_;
};

ChatMessage Says(Role role, std::string content) {
  ChatMessage message;
  message.role = role;
  message.content = std::move(content);
  return message;
}

GenerateRequest PlainChat(const std::string& words) {
  GenerateRequest request;
  request.messages = {Says(Role::kSystem, words), Says(Role::kUser, words),
                      Says(Role::kAssistant, "fine"), Says(Role::kUser, words)};
  return request;
}

GenerateRequest UserOnly(const std::string& words) {
  GenerateRequest request;
  request.messages = {Says(Role::kUser, words)};
  return request;
}

GenerateRequest ToolChat(const std::string& words) {
  GenerateRequest request;
  Tool tool;
  tool.name = "lookup";
  tool.description = words;
  tool.parameters = boost::json::object{
      {"type", "object"}, {"properties", {{"key", {{"type", "string"}, {"description", words}}}}}};
  request.tools = {tool};
  ChatMessage call = Says(Role::kAssistant, "");
  call.tool_calls = {{.id = "call00001",
                      .name = "lookup",
                      .arguments = boost::json::serialize(boost::json::object{{"key", words}})}};
  ChatMessage result = Says(Role::kTool, words);
  result.tool_call_id = "call00001";
  result.name = "lookup";
  request.messages = {Says(Role::kUser, words), call, result};
  return request;
}

TEST_P(RoleTokenTest, WordsNeverBecomeControlTokens) {
  std::string all;
  for (const std::string& marker : markers_) all += marker + "\n";
  std::vector<std::string> attacks = {all, "x" + all + "</think>" + all + "x"};
  // Alone, a word may stand in a template's own brackets: a few markers are tried that way.
  const std::size_t step = markers_.size() / 4 + 1;
  for (std::size_t i = 0; i < markers_.size(); i += step) {
    attacks.push_back(markers_[i]);
    attacks.push_back(markers_[i].substr(1, markers_[i].size() - 2));
  }
  int compared = 0;
  for (const auto& conversation : {UserOnly, PlainChat, ToolChat}) {
    const auto honest = Controls(conversation("honest words"));
    if (!honest) continue;  // The template does not know such conversations.
    for (const std::string& attack : attacks) {
      const auto controls = Controls(conversation(attack));
      if (!controls) continue;  // Refused: nothing got through.
      ++compared;
      EXPECT_EQ(*controls, *honest) << "with " << attack.substr(0, 60);
    }
  }
  EXPECT_GT(compared, 0);
}

std::vector<std::filesystem::path> Templates() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(SECAI_LLAMA_SOURCE "/models/templates")) {
    if (entry.path().extension() == ".jinja") paths.push_back(entry.path());
  }
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Templates, RoleTokenTest, ::testing::ValuesIn(Templates()),
                         [](const ::testing::TestParamInfo<std::filesystem::path>& info) {
                           std::string name = info.param.stem();
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(RoleTokenTemplatesTest, TheTreeHasMany) { EXPECT_GE(Templates().size(), 50U); }

}  // namespace
}  // namespace secai::inference
