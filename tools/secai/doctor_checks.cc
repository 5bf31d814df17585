#include "secai/doctor_checks.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "net/sockets.h"
#include "sandbox/kernel_probe.h"
#include "secai/json_view.h"
#include "secai/policy_file.h"
#include "secai/programs.h"
#include "secai/progress_bar.h"

namespace secai::cli {
namespace {

using Level = Finding::Level;

constexpr std::uint16_t kDefaultPort = 8480;
constexpr std::uint64_t kLittleDisk = 5'000'000'000;
constexpr std::uint64_t kLittleMemory = 2'000'000'000;

std::string TextOfFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Finding CheckKernel() {
  const sandbox::KernelProbe probe = sandbox::ProbeKernel();
  const auto base = sandbox::CheckBaseKernel(probe);
  if (!base.has_value()) {
    return {Level::kFail, "kernel", base.error().message,
            "Linux 6.1 with Landlock and seccomp is needed; Debian 12's own kernel has both"};
  }
  std::string missing;
  const auto description = ParseStrictJson(sandbox::ProbeToJson(probe));
  if (description.has_value()) {
    for (const auto& sentence : ArrayOf(ObjectOf(*description), "missing")) {
      if (sentence.is_string()) missing += "; " + std::string(sentence.get_string());
    }
  }
  const std::string level(sandbox::LevelName(sandbox::LevelOf(probe)));
  return {missing.empty() ? Level::kPass : Level::kInfo, "kernel",
          fmt::format("Linux {}.{}, Landlock ABI {}, confinement level {}{}", probe.version_major,
                      probe.version_minor, probe.landlock_abi, level, missing),
          ""};
}

Finding CheckPrograms() {
  std::string missing;
  for (const char* name : {"supervisor", "audit", "registry", "quarantine", "quarantine-scanner",
                           "inference", "inference-worker", "gateway"}) {
    if (!RoomProgram(name).has_value()) missing += std::string(missing.empty() ? "" : ", ") + name;
  }
  if (missing.empty()) return {Level::kPass, "programs", "all rooms are installed", ""};
  return {Level::kFail, "programs", "missing: " + missing, "build and install again: scripts/up"};
}

Finding CheckRoot(const std::string& root) {
  struct stat status = {};
  if (::stat(root.c_str(), &status) != 0) {
    return {Level::kInfo, "root", root + " does not exist yet", "secai up makes it"};
  }
  if (status.st_uid != ::geteuid()) {
    return {Level::kFail, "root", root + " belongs to another user",
            "run as that user, or name another --root"};
  }
  if ((status.st_mode & 077U) != 0) {
    const bool is_writable = (status.st_mode & 022U) != 0;
    return {is_writable ? Level::kFail : Level::kWarn, "root",
            root + (is_writable ? " is writable by others" : " is readable by others"),
            "chmod 700 '" + root + "'"};
  }
  return {Level::kPass, "root", root + " is yours alone", ""};
}

Finding CheckPolicy(const std::string& root) {
  const std::string path = PolicyPath(root);
  const auto policy = LoadPolicy(path);
  if (policy.has_value()) return {Level::kPass, "policy", path + " is good", ""};
  if (policy.error().code == ErrorCode::kNotFound) {
    return {Level::kInfo, "policy", "no policy file yet", "secai up installs the shipped one"};
  }
  return {Level::kFail, "policy", policy.error().message,
          "edit the file, then: secai policy check"};
}

Finding CheckDisk(const std::string& root) {
  std::filesystem::path folder = root;
  while (!folder.empty() && folder != "/" && ::access(folder.c_str(), F_OK) != 0) {
    folder = folder.parent_path();
  }
  struct statvfs disk = {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    return {Level::kWarn, "disk", "free space is unknown", ""};
  }
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  const std::string detail = HumanBytes(free) + " free";
  if (free >= kLittleDisk) return {Level::kPass, "disk", detail, ""};
  return {Level::kWarn, "disk", detail, "a model needs its size twice while it is checked"};
}

Finding CheckMemory() {
  const std::uint64_t available = AvailableMemory(TextOfFile("/proc/meminfo"));
  const std::string detail = HumanBytes(available) + " available";
  if (available >= kLittleMemory) return {Level::kPass, "memory", detail, ""};
  return {Level::kWarn, "memory", detail, "only small models will load; close other programs"};
}

bool IsDmCrypt(const std::string& device) {
  std::error_code error;
  const auto real = std::filesystem::canonical(device, error);
  if (error) return false;
  return TextOfFile("/sys/class/block/" + real.filename().string() + "/dm/uuid")
      .starts_with("CRYPT-");
}

Finding CheckSwap() {
  const auto devices = UnencryptedSwap(TextOfFile("/proc/swaps"), IsDmCrypt);
  if (devices.empty()) return {Level::kPass, "swap", "none that is not encrypted", ""};
  return {Level::kWarn, "swap", devices.front() + " may hold pieces of conversations",
          "encrypt it, or switch it off: swapoff " + devices.front()};
}

Finding CheckPort(bool is_running) {
  if (is_running) return {Level::kPass, "port", "the gateway answers", ""};
  for (const auto family : {net::LoopbackFamily::kIpv4, net::LoopbackFamily::kIpv6}) {
    const auto listener = net::ListenOnLoopback(family, kDefaultPort);
    if (!listener.has_value() && listener.error().code == ErrorCode::kUnavailable) {
      return {Level::kWarn, "port", "port 8480 is in use by another program",
              "stop that program, or: secai up --port N"};
    }
    if (!listener.has_value() && family == net::LoopbackFamily::kIpv6) {
      return {Level::kInfo, "port", "port 8480 is free; this host has no IPv6", ""};
    }
  }
  return {Level::kPass, "port", "port 8480 is free", ""};
}

}  // namespace

std::string_view LevelName(Finding::Level level) {
  constexpr std::array<std::string_view, 4> kNames = {"PASS", "INFO", "WARN", "FAIL"};
  return kNames.at(static_cast<std::size_t>(level));
}

std::vector<std::string> UnencryptedSwap(std::string_view text,
                                         bool (*is_encrypted)(const std::string& device)) {
  std::vector<std::string> devices;
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);  // The heading.
  while (std::getline(lines, line)) {
    const std::string device = line.substr(0, line.find_first_of(" \t"));
    if (device.empty() || device.starts_with("/dev/zram") || is_encrypted(device)) continue;
    devices.push_back(device);
  }
  return devices;
}

std::uint64_t AvailableMemory(std::string_view text) {
  constexpr std::string_view kName = "MemAvailable:";
  const std::size_t found = text.find(kName);
  if (found == std::string_view::npos) return 0;
  text.remove_prefix(found + kName.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::uint64_t kibibytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kibibytes);
  return kibibytes * 1024;
}

std::vector<Finding> RunDoctorChecks(const std::string& root, bool is_running) {
  return {CheckKernel(),   CheckPrograms(), CheckRoot(root), CheckPolicy(root),
          CheckDisk(root), CheckMemory(),   CheckSwap(),     CheckPort(is_running)};
}

}  // namespace secai::cli
