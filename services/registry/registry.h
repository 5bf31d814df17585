#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "audit/api/audit_client.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/caller.h"
#include "net/signal.h"
#include "registry/catalog.h"
#include "registry/manifest.h"
#include "registry/object_store.h"
#include "storage/fs.h"
#include "storage/sealed_copy.h"

namespace secai::registry {

// The admitted models: decides nothing itself, but gives away only bytes that were admitted.
//
// Order of each change, so that a crash at any step leaves all of it or nothing: file, then audit
// log, then manifest; a removal: audit log, manifest, then file. Files without an entry are removed
// at start. A stored file that differs bars its model at once, whoever noticed. Thread-safety: the
// executor's thread; disk work runs on the pools. Ownership: borrows all parts, which outlive this
// object; the pools are joined before it dies. Errors: kUnavailable when disk, memory or the audit
// room fail: nothing has changed then.
class Registry {
 public:
  struct Parts {
    storage::Folder* folder = nullptr;  // var/lib/secure-ai/registry.
    const Clock* clock = nullptr;
    Random* random = nullptr;
    boost::asio::any_io_executor executor;
    boost::asio::thread_pool* work_pool = nullptr;    // Copies in and out, writes the manifest.
    boost::asio::thread_pool* verify_pool = nullptr;  // Hashes again.
    audit::AuditClient* audit = nullptr;
    net::Caller* quarantine = nullptr;
  };

  // Reads everything; makes key and manifest where nothing is yet. Blocks.
  // Errors: kCorrupt when key, manifest or their agreement is damaged: then the registry stays
  // closed.
  static Result<std::unique_ptr<Registry>> Open(Parts parts);

  const Catalog& catalog() const { return catalog_; }

  // Admits the file `source` (regular, read-only) as `model`, whose name is made unique. The same
  // bytes again give the model that is there. Errors: kCorrupt when the bytes are not those of the
  // digest.
  boost::asio::awaitable<Result<Model>> Admit(Model model, UniqueFd source);

  // The bytes of an admitted model in sealed memory, hashed while copied. Errors: kNotFound;
  // kDenied for a withdrawn one; kCorrupt when the stored file differs, which withdraws it.
  boost::asio::awaitable<Result<storage::SealedCopy>> OpenSealed(crypto::Digest sha256);

  // Errors: kNotFound.
  boost::asio::awaitable<Result<>> Remove(std::string name);

  // Hashes the stored file again. Errors: kNotFound; kCorrupt when it differs, which withdraws it.
  boost::asio::awaitable<Result<>> Verify(crypto::Digest sha256, Pace pace);

  // Rises with each change of the catalog.
  std::uint64_t version() const { return version_; }
  // Returns when version() is not `seen` any more.
  boost::asio::awaitable<void> WaitForChange(std::uint64_t seen);

  // Ends running checks soon, before the pools are joined.
  void Stop() { objects_->Stop(); }

 private:
  // While it lives nobody else changes manifest or files.
  class Turn;

  Registry(Parts parts, crypto::Ed25519KeyPair key, std::unique_ptr<ObjectStore> objects);

  boost::asio::awaitable<Turn> TakeTurn();
  boost::asio::awaitable<Result<>> Write(ManifestRecord record);
  boost::asio::awaitable<void> Withdraw(crypto::Digest sha256, std::string reason);
  void NoteChange();

  Parts parts_;
  crypto::Ed25519KeyPair key_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<Manifest> manifest_;
  Catalog catalog_;
  std::uint64_t version_ = 1;
  net::Signal changed_;
  bool is_busy_ = false;
  net::Signal turn_ended_;
};

}  // namespace secai::registry
