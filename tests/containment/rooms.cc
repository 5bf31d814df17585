#include "rooms.h"

#include "audit/sandbox.h"
#include "gateway/sandbox.h"
#include "inference/sandbox.h"
#include "inference/worker/sandbox.h"
#include "quarantine/sandbox.h"
#include "quarantine/scanner/sandbox.h"
#include "registry/sandbox.h"
#include "sandbox/powers/accept_connections.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/compute.h"
#include "sandbox/powers/read_file.h"
#include "sandbox/powers/read_folder.h"
#include "sandbox/powers/receive_descriptors.h"
#include "sandbox/powers/sealed_memory.h"
#include "sandbox/powers/socket_pairs.h"
#include "sandbox/powers/threads.h"
#include "sandbox/powers/write_folder.h"
#include "sandbox/spawner_process.h"

namespace secai::containment {
namespace {

using sandbox::Profile;

// What is done with the program that it may start: /bin/true here.
Profile SpawnerLike(World& world) {
  static std::vector<sandbox::SpawnerSandbox>
      held;  // Keeps the descriptors open up to EnterSandbox().
  auto made = sandbox::MakeSpawnerSandbox(world.executable(), "true");
  if (!made.has_value()) return Profile::Room("before there is a program");
  held.push_back(std::move(*made));
  return held.back().profile;
}

// No room is like these: they hold each power in the company of few others, so that a power that
// gives too much shows, whatever rooms there are.
std::vector<Room> GenericRooms() {
  return {
      {"nothing but BaseIo",
       [](World&) { return Profile::Room("bare").Add(sandbox::BaseIo{}); },
       {}},
      {"writer",
       [](World& world) {
         return Profile::Room("writer")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::WriteFolder{world.Writable("records")})
             .Add(sandbox::Threads{});
       },
       {"start a thread"}},
      {"reader",
       [](World& world) {
         return Profile::Room("reader")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::ReadFolder{world.Readable("pages")})
             .Add(sandbox::ReadFile{world.ReadableFile("setting")});
       },
       {}},
      {"gateway-like",
       [](World& world) {
         return Profile::Room("gateway-like")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::AcceptConnections{{world.Listener()}})
             .Add(sandbox::ReadFolder{world.Readable("pages")});
       },
       {"accept on the listener", "set TCP_NODELAY"}},
      {"giver of memory",
       [](World&) {
         return Profile::Room("giver")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::SealedMemory{})
             .Add(sandbox::SocketPairs{});
       },
       {"seal memory", "make a stream pair"}},
      {"worker-like",
       [](World&) {
         return Profile::Worker("worker-like")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::Compute{})
             .Add(sandbox::ReceiveDescriptors{});
       },
       {}},
      {"scanner-like with threads",
       [](World&) {
         return Profile::Worker("scanner-like")
             .Add(sandbox::BaseIo{})
             .Add(sandbox::Compute{})
             .Add(sandbox::Threads{});
       },
       {"start a thread"}},
      {"spawner-like",
       SpawnerLike,
       // Its children confine themselves, which takes more than a room ever has.
       {"fork", "make a process by clone", "start a thread", "execute a descriptor", "seal memory",
        "make a stream pair", "map executable memory", "map a file executable",
        "make memory executable", "make memory executable with a key", "change a limit",
        "allow dumps of itself", "open the victim as a descriptor", "leave its namespaces",
        "add a system call filter"},
       // From Landlock ABI 6 on signals end at the domain; tracing rules protect the victim's
       // limits.
       {"signal the victim by descriptor", "signal the victim's thread"}},
  };
}

}  // namespace

std::vector<Room> Rooms() {
  std::vector<Room> rooms = GenericRooms();
  // The product's rooms: every sandbox.cc below services/ has its line here.
  rooms.push_back({"audit",
                   [](World& world) { return audit::AuditSandbox(world.Writable("records")); },
                   {"start a thread"}});
  rooms.push_back({"gateway",
                   [](World& world) { return gateway::GatewaySandbox({world.Listener()}); },
                   {"accept on the listener", "set TCP_NODELAY"}});
  rooms.push_back(
      {"inference", [](World&) { return inference::InferenceSandbox(); }, {"make a stream pair"}});
  rooms.push_back({"inference-worker", [](World&) { return inference::WorkerSandbox(); }, {}});
  rooms.push_back({"quarantine",
                   [](World& world) {
                     return quarantine::QuarantineSandbox(world.Writable("claims"),
                                                          world.Readable("policy"));
                   },
                   {"start a thread", "seal memory", "make a stream pair"}});
  rooms.push_back({"quarantine-scanner",
                   [](World&) { return quarantine::ScannerSandbox(); },
                   {"start a thread"}});
  rooms.push_back({"registry",
                   [](World& world) { return registry::RegistrySandbox(world.Writable("models")); },
                   {"seal memory", "start a thread"}});
  return rooms;
}

}  // namespace secai::containment
