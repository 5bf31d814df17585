#include <exception>

#include <fcntl.h>
#include <sys/resource.h>

#include "base/log.h"
#include "crypto/sha256.h"
#include "net/blocking_link.h"
#include "quarantine/scanner/sandbox.h"
#include "quarantine/scanner/scanner_server.h"
#include "sandbox/enter_sandbox.h"

// quarantine-scanner: judges one hostile file, once. Started by the room `quarantine` or by
// `secai scan`, with its socket as descriptor 3.
int main() {
  using namespace secai;
  log::SetRoom("quarantine-scanner");
  constexpr int kSocket = 3;
  if (::fcntl(kSocket, F_GETFD) < 0) {
    log::Error("quarantine_scanner.usage",
               {{"reason", "descriptor 3 must be the socket of the caller"}});
    return 2;
  }
  // The caller has its own, shorter time limit; this one ends what nobody waits for any more.
  constexpr rlimit kCpuSeconds = {3600, 3600};
  if (::setrlimit(RLIMIT_CPU, &kCpuSeconds) != 0) {
    log::Error("quarantine_scanner.failed", {{"reason", "the limit of CPU time was refused"}});
    return 1;
  }
  crypto::PrepareCrypto();
  net::BlockingLink link((UniqueFd(kSocket)));
  const auto confined = sandbox::EnterSandbox(quarantine::ScannerSandbox(), sandbox::ProbeKernel());
  if (!confined.has_value()) {
    log::Error("quarantine_scanner.not_confined", {{"reason", confined.error().message}});
    return 1;
  }
  try {
    const auto served = quarantine::ServeOneScan(&link);
    return served.has_value() ? 0 : 1;  // Else the caller has hung up.
  } catch (const std::exception&) {
    return 1;  // Out of memory: the caller sees the hang-up and refuses the file.
  }
}
