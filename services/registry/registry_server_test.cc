#include "registry/registry_server.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "net/link.h"
#include "registry/api/registry_client.h"
#include "registry/testing/test_registry.h"
#include "storage/testing/memory_disk.h"

namespace secai::registry {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using secai::testing::FailsWith;
using std::chrono::seconds;
using testing::BytesOf;
using testing::MemoryFile;

class RegistryServerTest : public ::testing::Test {
 protected:
  RegistryServerTest() { Serve(); }

  void Serve() { server_ = std::make_unique<RegistryServer>(parts_.Take(), &parts_.clock); }

  std::shared_ptr<net::Link> LinkOf(const std::string& peer) {
    net::Link::Socket ours(parts_.io());
    net::Link::Socket theirs(parts_.io());
    asio::local::connect_pair(ours, theirs);
    links_.push_back(net::Link::Start(std::move(theirs), {.peer = peer, .handler = server_.get()}));
    links_.push_back(net::Link::Start(std::move(ours), {.peer = "registry"}));
    return links_.back();
  }

  Result<net::Message> Ask(const std::string& peer, const std::string& method, json::object body,
                           UniqueFd fd = UniqueFd()) {
    net::Message request;
    request.body = std::move(body);
    if (fd.is_open()) request.fds.push_back(std::move(fd));
    return parts_.Await(LinkOf(peer)->Call(method, std::move(request), seconds(20)));
  }

  static json::object Admission(std::string_view bytes) {
    return {{"name", "tiny"},
            {"sha256", crypto::Sha256::Of(bytes).ToHex()},
            {"size", bytes.size()},
            {"format", "gguf"},
            {"source", "local"},
            {"trust_level", 4},
            {"runnable", true},
            {"facts", {{"architecture", "llama"}, {"context_length", 8192}}},
            {"fingerprint", "f"},
            {"manifest", "m"},
            {"admission", {{"profile", "default"}}}};
  }

  storage::testing::MemoryDisk disk_;
  testing::TestRegistry parts_{disk_.root()};
  std::unique_ptr<RegistryServer> server_;
  std::vector<std::shared_ptr<net::Link>> links_;
};

TEST_F(RegistryServerTest, AdmitsListsGetsAndOpens) {
  ASSERT_OK_AND_ASSIGN(const net::Message admitted, Ask("quarantine", "registry.admit",
                                                        Admission("bytes"), MemoryFile("bytes")));
  const std::string digest = crypto::Sha256::Of(std::string_view("bytes")).ToHex();
  const json::object entry = {{"name", "tiny"},
                              {"path", "/var/lib/secure-ai/registry/objects/" + digest},
                              {"sha256", digest},
                              {"size", 5},
                              {"format", "gguf"},
                              {"source", "local"},
                              {"status", "admitted"},
                              {"promoted_at", "2001-09-09T01:46:40.007Z"},
                              {"runnable", true},
                              {"trust_level", 4},
                              {"architecture", "llama"},
                              {"context_length", 8192},
                              {"gguf_guard_fingerprint", "f"},
                              {"gguf_guard_manifest", "m"},
                              {"admission", {{"profile", "default"}}}};
  EXPECT_EQ(admitted.body.at("model").as_object(), entry);

  const auto link = LinkOf("inference");
  RegistryClient client(link.get());
  EXPECT_EQ(parts_.Await(client.GetByDigest(digest, seconds(10))).value(), entry);
  EXPECT_EQ(parts_.Await(client.GetByName("tiny", seconds(10))).value(), entry);
  json::object short_entry = entry;
  short_entry.erase("admission");
  EXPECT_EQ(parts_.Await(client.List(seconds(10))).value(), json::array{short_entry});
  ASSERT_OK_AND_ASSIGN(const OpenedModel opened, parts_.Await(client.Open(digest, seconds(10))));
  EXPECT_EQ(BytesOf(opened.memory.get()), "bytes");
  EXPECT_OK(storage::CheckSealed(opened.memory.get(), opened.bytes));
}

TEST_F(RegistryServerTest, LetsEachRoomDoItsOwnOnly) {
  for (const char* peer : {"gateway", "inference", "supervisor"}) {
    EXPECT_TRUE(FailsWith(Ask(peer, "registry.admit", Admission("bytes"), MemoryFile("bytes")),
                          ErrorCode::kDenied))
        << peer;
  }
  for (const char* peer : {"gateway", "quarantine"}) {
    EXPECT_TRUE(FailsWith(Ask(peer, "registry.open", {{"sha256", std::string(64, '0')}}),
                          ErrorCode::kDenied))
        << peer;
  }
  for (const char* method : {"registry.remove", "registry.verify", "registry.verify_all"}) {
    EXPECT_TRUE(FailsWith(Ask("inference", method, {{"name", "tiny"}}), ErrorCode::kDenied))
        << method;
  }
  EXPECT_TRUE(FailsWith(Ask("gateway", "registry.promote", {}), ErrorCode::kNotFound));
}

TEST_F(RegistryServerTest, RefusesAdmissionsThatAreNotOfTheForm) {
  const auto admit = [this](json::object body) {
    return Ask("quarantine", "registry.admit", std::move(body), MemoryFile("bytes"));
  };
  const std::pair<const char*, json::value> changes[] = {
      {"name", "../tiny"},         {"sha256", "00"},   {"size", 0},        {"size", -1},
      {"format", "pickle"},        {"trust_level", 0}, {"trust_level", 5}, {"runnable", "yes"},
      {"facts", {{"weights", 1}}}, {"extra", 1}};
  for (const auto& [name, value] : changes) {
    json::object body = Admission("bytes");
    body[name] = value;
    EXPECT_TRUE(FailsWith(admit(std::move(body)), ErrorCode::kInvalidArgument)) << name;
  }
  EXPECT_TRUE(FailsWith(Ask("quarantine", "registry.admit", Admission("bytes")),
                        ErrorCode::kInvalidArgument, "exactly one descriptor"));
  EXPECT_TRUE(server_->registry()->catalog().items().empty());
}

TEST_F(RegistryServerTest, VerifiesAndRemoves) {
  ASSERT_OK(Ask("quarantine", "registry.admit", Admission("bytes"), MemoryFile("bytes")));
  const json::object good = {{"ok", true}, {"detail", "SHA-256 matches"}};
  EXPECT_EQ(Ask("gateway", "registry.verify", {{"name", "tiny"}}).value().body, good);
  const auto objects = disk_.root()->OpenFolder("objects", storage::IfMissing::kFail).value();
  ASSERT_OK(objects->Remove(objects->List().value().at(0)));
  const json::object all = {
      {"ok", false},
      {"results", {{{"ok", false}, {"detail", "the file is missing"}, {"name", "tiny"}}}}};
  EXPECT_EQ(Ask("gateway", "registry.verify_all", {}).value().body, all);
  ASSERT_OK(Ask("gateway", "registry.remove", {{"name", "tiny"}}));
  EXPECT_TRUE(
      FailsWith(Ask("gateway", "registry.verify", {{"name", "tiny"}}), ErrorCode::kNotFound));
}

TEST_F(RegistryServerTest, ShowsWatchersTheListAtOnceAndAfterEachChange) {
  const auto link = LinkOf("gateway");
  auto stream = parts_.Await(link->Open("registry.watch", net::Message{})).value();
  const auto next = [&] {
    return parts_.Await(stream->Next(seconds(10))).value().value().body.at("models").as_array();
  };
  EXPECT_TRUE(next().empty());
  ASSERT_OK(Ask("quarantine", "registry.admit", Admission("bytes"), MemoryFile("bytes")));
  EXPECT_EQ(next().at(0).at("status").as_string(), "admitted");
  ASSERT_OK(Ask("gateway", "registry.remove", {{"name", "tiny"}}));
  EXPECT_TRUE(next().empty());
}

TEST_F(RegistryServerTest, AnswersTheReasonWhenTheRegistryIsDamaged) {
  ASSERT_OK(Ask("quarantine", "registry.admit", Admission("bytes"), MemoryFile("bytes")));
  ASSERT_OK(disk_.root()->Remove(kManifestFileName));
  links_.clear();
  server_ = nullptr;
  parts_.Reopen();
  Serve();
  EXPECT_TRUE(FailsWith(Ask("gateway", "registry.list", {}), ErrorCode::kCorrupt,
                        "the manifest is missing"));
  // To the quarantine it is "not now", so that what has passed waits instead of being refused.
  EXPECT_TRUE(FailsWith(Ask("quarantine", "registry.admit", Admission("b"), MemoryFile("b")),
                        ErrorCode::kUnavailable, "the manifest is missing"));
}

}  // namespace
}  // namespace secai::registry
