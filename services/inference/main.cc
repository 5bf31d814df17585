#include <array>
#include <string>

#include <limits.h>
#include <unistd.h>

#include "inference/config.h"
#include "inference/inference_server.h"
#include "inference/memory_info.h"
#include "inference/models.h"
#include "inference/process_launcher.h"
#include "inference/sandbox.h"
#include "sandbox/enter_sandbox.h"
#include "sandbox/spawner.h"
#include "service/service.h"

namespace {

// The worker's program stands beside this one.
secai::Result<std::string> WorkerProgram() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size()) {
    return secai::Fail(secai::ErrorCode::kInternal, "where this program is can not be read");
  }
  const std::string self(path.data(), static_cast<std::size_t>(length));
  return self.substr(0, self.rfind('/') + 1) + "inference-worker";
}

secai::Result<> Compose(secai::service::ServiceContext& service) {
  using namespace secai::inference;
  const secai::sandbox::KernelProbe probe = secai::sandbox::ProbeKernel();
  TRY_ASSIGN(const std::string program, WorkerProgram());
  TRY_ASSIGN(auto spawner, secai::sandbox::Spawner::Start(program, probe));
  TRY_ASSIGN(const auto memory, ProcMemoryInfo::Open());
  TRY(secai::sandbox::EnterSandbox(InferenceSandbox(), probe));

  ProcessLauncher launcher(service.io().get_executor(), &spawner);
  const Models::Options options{
      .executor = service.io().get_executor(),
      .config = InferenceConfig{},
      .launcher = &launcher,
      .registry = &service.Room("registry"),
      .audit = &service.Room("audit"),
      .memory = memory.get(),
      .spawn = [&](std::string_view name, boost::asio::awaitable<void> work) {
        service.Spawn(name, std::move(work));
      }};
  Models models(options);
  InferenceServer server(&models, options);
  service.SetHandler(&server);
  return service.Serve();
}

}  // namespace

int main(int argc, char** argv) {
  return secai::service::RunService("inference", argc, argv, Compose);
}
