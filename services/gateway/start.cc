#include "gateway/start.h"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/unique_fd.h"
#include "policy/policy.h"

namespace secai::gateway {
namespace {

UniqueFd OpenDirectory(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// The folder that this program lies in, or empty.
std::string OwnFolder() {
  std::string path(4096, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return "";
  path.resize(static_cast<std::size_t>(size));
  return path.substr(0, path.rfind('/'));
}

}  // namespace

Result<Config> LoadConfig(const service::ServiceContext& service) {
  Config config;
  TRY_ASSIGN(config.owner_uids, ParseOwnerUids(service.argument("owner-uids")));
  TRY_ASSIGN(const std::string text, service.ReadPolicy());
  TRY_ASSIGN(const policy::Policy policy, policy::ParsePolicy(text, "policy.yaml"));
  config.max_model_bytes = static_cast<std::uint64_t>(policy.models.max_model_size_gb) << 30;
  return config;
}

Result<std::unique_ptr<http::OwnerPeer>> OpenOwnerPeer(service::ServiceContext* service) {
  Result<UniqueFd> sock_diag = service->TakeDescriptor("sock_diag");
  if (sock_diag.has_value()) return http::MakeSockDiagOwnerPeer(*std::move(sock_diag));
  UniqueFd tcp(::open("/proc/net/tcp", O_RDONLY | O_CLOEXEC));
  UniqueFd tcp6(::open("/proc/net/tcp6", O_RDONLY | O_CLOEXEC));
  if (!tcp.is_open()) {
    return Fail(ErrorCode::kUnavailable,
                "neither sock_diag nor /proc/net/tcp: nobody could be known as the owner");
  }
  log::Warn("gateway.sock_diag_missed", {{"fallback", "/proc/net/tcp"}});
  return http::MakeProcNetOwnerPeer(std::move(tcp), std::move(tcp6));
}

Result<std::optional<http::StaticFiles>> LoadPage(const service::ServiceContext& service) {
  const std::string asked = service.argument("ui");
  UniqueFd folder;
  if (!asked.empty()) {
    folder = OpenDirectory(asked);
    if (!folder.is_open()) {
      return Fail(ErrorCode::kInvalidArgument, "--ui: no such folder: " + asked);
    }
  } else {
    for (const std::string& path :
         {OwnFolder() + "/../../share/secai/ui", std::string(SECAI_UI_FOLDER)}) {
      if (!folder.is_open()) folder = OpenDirectory(path);
    }
  }
  if (!folder.is_open()) {
    log::Warn("gateway.page_missed", {{"remedy", "build ui/ or give --ui DIR"}});
    return std::optional<http::StaticFiles>();
  }
  TRY_ASSIGN(http::StaticFiles files, http::StaticFiles::Create(folder.get()));
  return std::optional<http::StaticFiles>(std::move(files));
}

}  // namespace secai::gateway
