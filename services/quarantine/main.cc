#include <string_view>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "base/random.h"
#include "crypto/sha256.h"
#include "policy/policy.h"
#include "quarantine/claim_store.h"
#include "quarantine/config.h"
#include "quarantine/intake.h"
#include "quarantine/pipeline.h"
#include "quarantine/quarantine_server.h"
#include "quarantine/sandbox.h"
#include "quarantine/scanner_process.h"
#include "quarantine/smoke/confined_smoke_stage.h"
#include "sandbox/enter_sandbox.h"
#include "sandbox/kernel_probe.h"
#include "sandbox/spawner.h"
#include "service/programs.h"
#include "service/service.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kPoolThreads = 2;  // Hashing and fsync; the scanner brings its own process.

Result<> Compose(service::ServiceContext& service) {
  TRY_ASSIGN(const std::string policy_text, service.ReadPolicy());
  TRY_ASSIGN(const auto policy, policy::ParsePolicy(policy_text, "policy.yaml"));
  const QuarantineConfig config = MakeConfig(policy);
  TRY_ASSIGN(UniqueFd claims_folder, service.OpenFolder("var/lib/secure-ai/quarantine", true));
  TRY_ASSIGN(const UniqueFd policy_folder, service.OpenFolder("etc/secure-ai/policy", false));
  const auto kernel = sandbox::ProbeKernel();
  TRY_ASSIGN(const std::string scanner_path, service::ProgramBeside("quarantine-scanner"));
  TRY_ASSIGN(sandbox::Spawner spawner, sandbox::Spawner::Start(scanner_path, kernel));
  crypto::PrepareCrypto();
  TRY(sandbox::EnterSandbox(QuarantineSandbox(claims_folder.get(), policy_folder.get()), kernel));

  const auto executor = service.io().get_executor();
  const auto spawn = [&service](std::string_view name, boost::asio::awaitable<void> work) {
    service.Spawn(name, std::move(work));
  };
  boost::asio::thread_pool pool(kPoolThreads);
  SystemRandom random;
  TRY_ASSIGN(ClaimStore store, ClaimStore::Open(std::move(claims_folder), executor));
  Intake intake(&store, &config, &service.clock(), &random, executor, spawn, &pool);
  ScannerProcess scanner(&spawner, &config);
  ConfinedSmokeStage smoke(executor, &service.Room("inference"), &random,
                           {.is_strict = config.is_strict(),
                            .max_flag_rate = config.max_flag_rate,
                            .max_critical_flags = config.max_critical_flags,
                            .time_box = config.timeout / 2});
  Pipeline pipeline(executor, {.config = &config,
                               .store = &store,
                               .scanner = &scanner,
                               .smoke = &smoke,
                               .audit = &service.Room("audit"),
                               .registry = &service.Room("registry"),
                               .clock = &service.clock(),
                               .pool = &pool});
  QuarantineServer server(&store, &intake, &pipeline, &service.Room("audit"), &service.clock(),
                          spawn);
  service.SetHandler(&server);
  TRY(server.Recover());
  return service.Serve();
}

}  // namespace
}  // namespace secai::quarantine

int main(int argc, char** argv) {
  return secai::service::RunService("quarantine", argc, argv, secai::quarantine::Compose);
}
