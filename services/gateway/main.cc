// The gateway's process: composes, enters the sandbox, serves.

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "base/random.h"
#include "gateway/gateway_service.h"
#include "gateway/parts.h"
#include "gateway/sandbox.h"
#include "gateway/start.h"
#include "http/server.h"
#include "sandbox/enter_sandbox.h"
#include "service/service.h"

namespace {

using secai::Ok;
using secai::Result;
using secai::UniqueFd;
namespace gateway = secai::gateway;

constexpr std::chrono::milliseconds kFollowPause{500};
constexpr std::chrono::milliseconds kEndBudget{500};

void FollowRooms(secai::service::ServiceContext* service, gateway::Parts* parts) {
  using Source = gateway::EventHub::Source;
  const gateway::Rooms& rooms = parts->rooms;
  service->Spawn("claims", parts->events->Follow(Source::kClaims, rooms.quarantine, kFollowPause));
  service->Spawn("models", parts->events->Follow(Source::kModels, rooms.inference, kFollowPause));
  service->Spawn("entries", parts->events->Follow(Source::kRegistry, rooms.registry, kFollowPause));
}

// Lets connections end while all that they use is still alive.
void EndConnections(boost::asio::io_context* io, secai::http::Server* server) {
  io->restart();
  // Inside the loop: cancellation asked for outside it could arrive after its coroutine has gone.
  boost::asio::post(*io, [server] { server->Stop(); });
  io->poll();
  const auto deadline = std::chrono::steady_clock::now() + kEndBudget;
  while (server->stats().open_connections > 0 && std::chrono::steady_clock::now() < deadline) {
    io->run_one_until(deadline);
  }
}

Result<> Compose(secai::service::ServiceContext& service) {
  TRY_ASSIGN(const gateway::Config config, gateway::LoadConfig(service));
  TRY_ASSIGN(const std::unique_ptr<secai::http::OwnerPeer> owner_peer,
             gateway::OpenOwnerPeer(&service));
  TRY_ASSIGN(const std::optional<secai::http::StaticFiles> page, gateway::LoadPage(service));
  const secai::sandbox::KernelProbe probe = secai::sandbox::ProbeKernel();

  secai::SystemRandom random;
  gateway::Metrics metrics;
  gateway::EventHub events(service.io().get_executor());
  gateway::RefusalReporter refusals(service.io().get_executor(), &service.Room("audit"));
  gateway::Parts parts;
  parts.rooms = {.supervisor = &service.Room("supervisor"),
                 .audit = &service.Room("audit"),
                 .registry = &service.Room("registry"),
                 .quarantine = &service.Room("quarantine"),
                 .inference = &service.Room("inference")};
  parts.clock = &service.clock();
  parts.random = &random;
  parts.config = &config;
  parts.events = &events;
  parts.metrics = &metrics;
  parts.refusals = &refusals;
  parts.page = page.has_value() ? &*page : nullptr;
  parts.confinement_json = secai::sandbox::ProbeToJson(probe);

  gateway::GatewayService gateway_service(&parts);
  secai::http::Server server(service.io().get_executor(), &gateway_service, owner_peer.get(), {});
  gateway_service.SetServer(&server);
  std::vector<int> listener_fds;
  for (const std::string& name : service.listener_names()) {
    if (name != "http4" && name != "http6" && name != "gateway.sock") continue;
    TRY_ASSIGN(UniqueFd listener, service.TakeListener(name));
    listener_fds.push_back(listener.get());  // The server keeps the number.
    TRY(server.AddListener(std::move(listener)));
  }
  if (listener_fds.empty()) {
    return secai::Fail(secai::ErrorCode::kInvalidArgument, "no listener was passed");
  }
  TRY(secai::sandbox::EnterSandbox(gateway::GatewaySandbox(listener_fds), probe));
  FollowRooms(&service, &parts);
  service.Spawn("refusals", refusals.Run());
  Result<> served = service.Serve();
  EndConnections(&service.io(), &server);
  return served;
}

}  // namespace

int main(int argc, char** argv) {
  return secai::service::RunService("gateway", argc, argv, Compose);
}
