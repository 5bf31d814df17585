#include <memory>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "audit/audit_server.h"
#include "audit/log_writer.h"
#include "audit/sandbox.h"
#include "base/result.h"
#include "sandbox/enter_sandbox.h"
#include "service/service.h"
#include "storage/dir_folder.h"

namespace secai::audit {
namespace {

constexpr const char* kLogFolder = "var/log/secure-ai";
constexpr const char* kLockFileName = "audit.lock";

Result<> Compose(service::ServiceContext& service) {
  TRY_ASSIGN(UniqueFd folder_fd, service.OpenFolder(kLogFolder, true));
  storage::DirFolder folder(std::move(folder_fd));
  TRY_ASSIGN(const UniqueFd lock, folder.Lock(kLockFileName));  // One writer a log.
  TRY(sandbox::EnterSandbox(AuditSandbox(folder.fd()), sandbox::ProbeKernel()));
  // Threads start here. What is in the log may come from anybody, so it is read after the sandbox.
  boost::asio::thread_pool write_pool(1);
  boost::asio::thread_pool read_pool(1);
  TRY_ASSIGN(const std::unique_ptr<LogWriter> writer,
             LogWriter::Open(&folder, &service.clock(), service.io().get_executor(), &write_pool));
  AuditServer server(writer.get(), &folder, &read_pool);
  service.SetHandler(&server);
  service.Spawn("audit.write", writer->Run());
  const Result<> served = service.Serve();
  write_pool.join();
  read_pool.join();
  return served;
}

}  // namespace
}  // namespace secai::audit

int main(int argc, char** argv) {
  return secai::service::RunService("audit", argc, argv, secai::audit::Compose);
}
