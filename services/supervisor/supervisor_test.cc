#include "supervisor/supervisor.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "base/testing/temp_dir.h"
#include "supervisor/root_folder.h"

namespace secai::supervisor {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Real processes of the test room under the real supervisor, in a root of their own.
class SupervisorTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(temp_ / "policy.yaml") << "{}\n";
    auto folder = PrepareRoot(root_, temp_ / "policy.yaml");
    ASSERT_TRUE(folder.has_value()) << folder.error().message;
    folder_ = *std::move(folder);
    std::filesystem::create_directory(programs_);
    auto log = ServicesLog::Open(folder_.log.get(), &clock_);
    ASSERT_TRUE(log.has_value());
    log_ = std::make_shared<ServicesLog>(*std::move(log));
    auto listeners = BindListeners(0, folder_.run.get(), [](const std::string& /*note*/) {});
    ASSERT_TRUE(listeners.has_value()) << listeners.error().message;
    listeners_ = *std::move(listeners);
  }

  void TearDown() override {
    if (supervisor_ != nullptr) Await([&] { return supervisor_->Stop(); });
    if (HasFailure()) std::system(("cat " + root_ + "/var/log/secure-ai/services.log").c_str());
  }

  void Build(const std::vector<std::string>& rooms) {
    for (const std::string& room : rooms) {
      std::filesystem::create_symlink(SECAI_TEST_ROOM, programs_ + "/" + room);
    }
    SupervisorConfig config;
    config.root = root_;
    config.executable_folder = programs_;
    config.owner_uids = {0, 1000};
    config.tell = [this](const std::string& sentence) { told_.push_back(sentence); };
    supervisor_ = std::make_unique<Supervisor>(&io_, std::move(config), &listeners_, log_);
  }

  Result<> Start() {
    return *AwaitValue<Result<>>([&] { return supervisor_->Start(); });
  }

  template <typename T>
  std::optional<T> AwaitValue(const std::function<asio::awaitable<T>()>& work) {
    std::optional<T> value;
    asio::co_spawn(io_, work, [&](const std::exception_ptr& thrown, T result) {
      EXPECT_EQ(thrown, nullptr);
      value.emplace(std::move(result));
    });
    RunUntil([&] { return value.has_value(); });
    return value;
  }
  void Await(const std::function<asio::awaitable<void>()>& work) {
    bool is_done = false;
    asio::co_spawn(io_, work, [&](const std::exception_ptr& thrown) {
      EXPECT_EQ(thrown, nullptr);
      is_done = true;
    });
    RunUntil([&] { return is_done; });
  }
  void RunUntil(const std::function<bool()>& is_true) {
    const auto limit = std::chrono::steady_clock::now() + seconds{30};
    io_.restart();
    while (!is_true()) {
      io_.run_one_for(milliseconds{20});
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "it never came true";
    }
  }

  // Has the gateway call `method` of `room`, as the supervisor's table lets it.
  Result<net::Message> GatewayCalls(const std::string& room, const std::string& method) {
    return Calls("gateway", room, method);
  }
  Result<net::Message> Calls(const std::string& caller, const std::string& room,
                             const std::string& method) {
    // The test stands in for a person: no room is linked to it, so it borrows a control link's
    // handler.
    auto* const handler = supervisor_->handler_for_tests();
    return *AwaitValue<Result<net::Message>>([=, this]() -> asio::awaitable<Result<net::Message>> {
      net::Message request;
      request.body["room"] = room;
      auto link = co_await handler->Handle(caller, "control.link", std::move(request), nullptr);
      if (!link.has_value()) co_return link;
      auto socket = service::TakeSocket(io_.get_executor(), &*link);
      if (!socket.has_value()) co_return tl::unexpected(socket.error());
      const auto connected = net::Link::Start(*std::move(socket), {});
      co_return co_await connected->Call(method, {}, milliseconds{5000});
    });
  }

  pid_t PidOf(const std::string& room) {
    pid_t pid = 0;
    std::ifstream(root_ + "/" + room + ".pid") >> pid;
    return pid;
  }
  std::vector<std::string> AuditedEvents() {
    std::vector<std::string> events;
    std::ifstream file(root_ + "/var/log/secure-ai/told");
    for (std::string line; std::getline(file, line);) {
      const auto value = ParseStrictJson(line);
      if (!value.has_value()) continue;
      const auto& entry = value->as_object();
      std::string event(entry.at("event").as_string());
      const auto& fields = entry.at("fields").as_object();
      if (fields.contains("room")) event += " " + std::string(fields.at("room").as_string());
      events.push_back(event);
    }
    return events;
  }

  // Member `member` of every audited `event`.
  std::vector<std::string> Audited(const std::string& event, const std::string& member) {
    std::vector<std::string> values;
    std::ifstream file(root_ + "/var/log/secure-ai/told");
    for (std::string line; std::getline(file, line);) {
      const auto value = ParseStrictJson(line);
      if (!value.has_value() || value->at("event").as_string() != event) continue;
      values.push_back(boost::json::serialize(value->at("fields").at(member)));
    }
    return values;
  }

  TempDir temp_;
  std::string root_ = temp_ / "root";
  std::string programs_ = temp_ / "programs";
  SystemClock clock_;
  asio::io_context io_{1};
  RootFolder folder_;
  Listeners listeners_;
  std::shared_ptr<ServicesLog> log_;
  std::vector<std::string> told_;
  std::unique_ptr<Supervisor> supervisor_;
};

const std::vector<std::string> kAllRooms = {"audit", "registry", "quarantine", "inference",
                                            "gateway"};

TEST_F(SupervisorTest, StartsInOrderAndLinksByTheTable) {
  Build(kAllRooms);
  const Result<> started = Start();
  ASSERT_TRUE(started.has_value()) << started.error().message;
  const auto answer = GatewayCalls("inference", "inference.whoami");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body.at("caller").as_string(), "gateway");
  EXPECT_EQ(answer->body.at("pid").as_int64(), PidOf("inference"));

  const auto refused = Calls("inference", "quarantine", "quarantine.whoami");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);

  RunUntil([&] { return AuditedEvents().size() >= 6; });
  EXPECT_EQ(AuditedEvents().front(), "supervisor.started");
  EXPECT_EQ(AuditedEvents().back(), "supervisor.room_started gateway");
  std::vector<std::string> pids;
  for (const std::string& room : kAllRooms) pids.push_back(std::to_string(PidOf(room)));
  std::ranges::sort(pids);
  auto audited_pids = Audited("supervisor.room_started", "pid");
  std::ranges::sort(audited_pids);
  EXPECT_EQ(audited_pids, pids);
}

TEST_F(SupervisorTest, ARoomKilledComesBackAndItsCallersReachIt) {
  Build(kAllRooms);
  ASSERT_TRUE(Start().has_value());
  for (const std::string& room : {"inference", "audit", "registry", "quarantine"}) {
    const pid_t before = PidOf(room);
    ASSERT_EQ(::kill(before, SIGKILL), 0);
    RunUntil([&] { return PidOf(room) != before; });
    const auto answer = GatewayCalls(room, room + ".whoami");
    ASSERT_TRUE(answer.has_value()) << room << ": " << answer.error().message;
    EXPECT_EQ(answer->body.at("pid").as_int64(), PidOf(room));
  }
  EXPECT_EQ(told_.size(), 4U);
  EXPECT_EQ(told_.front(), "inference ended (signal 9 (Killed)); starting it again in 100 ms");
  // Also the events that happened while audit was away.
  RunUntil([&] {
    const auto events = AuditedEvents();
    return std::ranges::count(events, "supervisor.room_exited audit") == 1 &&
           std::ranges::count(events, "supervisor.room_started audit") == 2;
  });
}

TEST_F(SupervisorTest, ABadConfigurationStopsTheStartWithTheRoomsReason) {
  Build({"audit", "registry"});
  std::ofstream(root_ + "/registry") << "exit2";
  const Result<> started = Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().message, "registry does not start: policy.yaml:1:1: told to fail");
}

TEST_F(SupervisorTest, ARoomThatNeverStartsIsGivenUpAfterThreeTries) {
  Build({"audit"});
  std::ofstream(root_ + "/audit") << "exit1";
  const Result<> started = Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().message, "audit does not start: told to fail");
  EXPECT_EQ(told_.size(), 3U);
}

TEST_F(SupervisorTest, LaterABadConfigurationKeepsOneRoomDownAndTheOthersUp) {
  Build({"audit", "registry", "quarantine"});
  ASSERT_TRUE(Start().has_value());
  std::ofstream(root_ + "/registry") << "exit2";
  ASSERT_EQ(::kill(PidOf("registry"), SIGKILL), 0);
  RunUntil([&] { return told_.size() == 2; });
  EXPECT_EQ(
      told_.back(),
      "registry ended (exit code 2); it stays down. Its last words: policy.yaml:1:1: told to fail");
  const auto answer = GatewayCalls("registry", "registry.whoami");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(GatewayCalls("quarantine", "quarantine.whoami").has_value());
}

TEST_F(SupervisorTest, StopEndsEveryProcess) {
  Build(kAllRooms);
  ASSERT_TRUE(Start().has_value());
  std::vector<pid_t> pids;
  for (const std::string& room : kAllRooms) pids.push_back(PidOf(room));
  Await([&] { return supervisor_->Stop(); });
  for (const pid_t pid : pids) EXPECT_NE(::kill(pid, 0), 0) << pid;
  // All but audit itself, each by itself and not by a crash.
  EXPECT_EQ(Audited("supervisor.room_exited", "how"),
            std::vector<std::string>(4, "\"exit code 0\""));
}

TEST_F(SupervisorTest, ARoomThatIsNotBuiltIsUnavailable) {
  Build({"audit"});
  ASSERT_TRUE(Start().has_value());
  const auto answer = GatewayCalls("inference", "inference.whoami");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message, "inference is not part of this build");
}

TEST_F(SupervisorTest, OnlyTheGatewayReadsTheState) {
  Build({"audit", "gateway"});
  ASSERT_TRUE(Start().has_value());
  auto* const handler = supervisor_->handler_for_tests();
  const auto ask = [&](const std::string& caller) {
    return *AwaitValue<Result<net::Message>>(
        [=] { return handler->Handle(caller, "control.state", {}, nullptr); });
  };
  EXPECT_EQ(ask("audit").error().code, ErrorCode::kDenied);
  const auto state = ask("gateway");
  ASSERT_TRUE(state.has_value());
  const auto& rooms = state->body.at("rooms").as_array();
  ASSERT_EQ(rooms.size(), 2U);
  EXPECT_EQ(rooms[0].at("name").as_string(), "audit");
  EXPECT_EQ(rooms[0].at("state").as_string(), "ready");
  EXPECT_EQ(rooms[0].at("pid").to_number<pid_t>(), PidOf("audit"));
}

TEST(ReadableLineTest, ShowsTheReasonOrTheEscapedLine) {
  EXPECT_EQ(ReadableLine(R"({"event":"service.failed","fields":{"reason":"no \u001b[0m root"}})"),
            "no \\u{1b}[0m root");
  EXPECT_EQ(ReadableLine("a\tb"), "a\\u{9}b");
}

}  // namespace
}  // namespace secai::supervisor
