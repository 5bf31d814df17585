// A room for the supervisor's tests: every room in one program, told apart by the name it is
// started under. Answers "NAME.whoami" with the caller the link was made for, and "NAME.call"
// {room, method} with what that room answers. As `audit` it keeps what it is told in
// var/log/secure-ai/told.
//
// A file named after a room in the root makes it misbehave: "exit2" or "exit1" instead of starting.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "service/service.h"

namespace secai {
namespace {

namespace asio = boost::asio;

class TestRoom final : public net::Handler {
 public:
  explicit TestRoom(service::ServiceContext* service) : service_(service) {}

  asio::awaitable<Result<net::Message>> Handle(std::string peer, std::string method,
                                               net::Message request,
                                               net::ItemSink* /*items*/) override {
    net::Message answer;
    if (method == "audit.record") {
      std::ofstream(service_->argument("root") + "/var/log/secure-ai/told", std::ios::app)
          << boost::json::serialize(request.body) << "\n";
      co_return answer;
    }
    if (method.ends_with(".call")) {
      CO_TRY_ASSIGN(const std::string room, GetString(request.body, "room"));
      CO_TRY_ASSIGN(std::string inner, GetString(request.body, "method"));
      co_return co_await service_->Room(room).Call(std::move(inner), {},
                                                   std::chrono::milliseconds{5000});
    }
    answer.body["caller"] = peer;
    answer.body["pid"] = ::getpid();
    co_return answer;
  }

 private:
  service::ServiceContext* service_;
};

Result<> Compose(service::ServiceContext& service, const std::string& name) {
  const std::string root = service.argument("root");
  std::string order;
  std::ifstream(root + "/" + name) >> order;
  if (order == "exit2") return Fail(ErrorCode::kInvalidArgument, "policy.yaml:1:1: told to fail");
  if (order == "exit1") return Fail(ErrorCode::kInternal, "told to fail");
  std::ofstream(root + "/" + name + ".pid.new") << ::getpid();
  std::filesystem::rename(root + "/" + name + ".pid.new", root + "/" + name + ".pid");
  TestRoom room(&service);
  service.SetHandler(&room);
  return service.Serve();
}

}  // namespace
}  // namespace secai

int main(int argc, char** argv) {
  const std::string name = std::filesystem::path(argv[0]).filename();
  return secai::service::RunService(name, argc, argv, [&](secai::service::ServiceContext& service) {
    return secai::Compose(service, name);
  });
}
