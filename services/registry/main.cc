#include <chrono>
#include <memory>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "audit/api/audit_client.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/sha256.h"
#include "registry/registry.h"
#include "registry/registry_server.h"
#include "registry/sandbox.h"
#include "registry/verifier.h"
#include "sandbox/enter_sandbox.h"
#include "service/service.h"
#include "storage/dir_folder.h"

namespace secai::registry {
namespace {

constexpr const char* kFolder = "var/lib/secure-ai/registry";
constexpr std::chrono::minutes kVerifyInterval(15);

Result<> Compose(service::ServiceContext& service) {
  TRY_ASSIGN(UniqueFd folder_fd, service.OpenFolder(kFolder, true));
  storage::DirFolder folder(std::move(folder_fd));
  TRY_ASSIGN(const UniqueFd lock, folder.Lock("registry.lock"));  // One writer a folder.
  crypto::PrepareCrypto();  // OpenSSL reads nothing after the sandbox.
  TRY(sandbox::EnterSandbox(RegistrySandbox(folder.fd()), sandbox::ProbeKernel()));
  // Threads start here. The folder's content is read after the sandbox.
  boost::asio::thread_pool work_pool(1);
  boost::asio::thread_pool verify_pool(1);
  SystemRandom random;
  audit::AuditClient audit(&service.Room("audit"));
  auto registry = Registry::Open({.folder = &folder,
                                  .clock = &service.clock(),
                                  .random = &random,
                                  .executor = service.io().get_executor(),
                                  .work_pool = &work_pool,
                                  .verify_pool = &verify_pool,
                                  .audit = &audit,
                                  .quarantine = &service.Room("quarantine")});
  if (!registry.has_value()) {
    log::Error("registry.not_opened", {{"reason", registry.error().message}});
    // A disk that fails may come back with the next start; damage is served as the reason.
    if (registry.error().code != ErrorCode::kCorrupt) {
      return tl::unexpected<Error>(std::move(registry).error());
    }
  }
  RegistryServer server(std::move(registry), &service.clock());
  service.SetHandler(&server);
  if (Registry* opened = server.registry(); opened != nullptr) {
    service.Spawn("registry.verify", VerifyForever(opened, &audit, kVerifyInterval));
  }
  const Result<> served = service.Serve();
  if (server.registry() != nullptr) server.registry()->Stop();
  work_pool.join();
  verify_pool.join();
  return served;
}

}  // namespace
}  // namespace secai::registry

int main(int argc, char** argv) {
  return secai::service::RunService("registry", argc, argv, secai::registry::Compose);
}
