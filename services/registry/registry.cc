#include "registry/registry.h"

#include <chrono>
#include <optional>
#include <set>

#include <boost/json/object.hpp>

#include "base/log.h"
#include "net/run_on_pool.h"
#include "registry/key_file.h"

namespace secai::registry {
namespace {

constexpr std::chrono::seconds kRoomBudget(10);

Result<bool> Exists(storage::Folder* folder, const char* name) {
  const auto file = folder->OpenForReading(name);
  if (file.has_value()) return true;
  if (file.error().code == ErrorCode::kNotFound) return false;
  return tl::unexpected<Error>(file.error());
}

}  // namespace

class Registry::Turn {
 public:
  explicit Turn(Registry* registry) : registry_(registry) { registry_->is_busy_ = true; }
  Turn(Turn&& other) noexcept : registry_(std::exchange(other.registry_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (registry_ == nullptr) return;
    registry_->is_busy_ = false;
    registry_->turn_ended_.Notify();
  }

 private:
  Registry* registry_;
};

Registry::Registry(Parts parts, crypto::Ed25519KeyPair key, std::unique_ptr<ObjectStore> objects)
    : parts_(std::move(parts)),
      key_(std::move(key)),
      objects_(std::move(objects)),
      changed_(parts_.executor),
      turn_ended_(parts_.executor) {}

Result<std::unique_ptr<Registry>> Registry::Open(Parts parts) {
  storage::Folder* folder = parts.folder;
  TRY_ASSIGN(auto object_folder, folder->OpenFolder("objects", storage::IfMissing::kCreate));
  TRY(folder->Sync());
  auto objects = std::make_unique<ObjectStore>(std::move(object_folder));
  TRY_ASSIGN(const bool has_manifest, Exists(folder, kManifestFileName));
  TRY_ASSIGN(const bool is_empty, objects->IsEmpty());
  // Only where there is neither a manifest nor a model may a key be made.
  TRY_ASSIGN(auto key, LoadKey(folder, parts.random, !has_manifest && is_empty));
  const Clock::TimePoint now = parts.clock->Now();
  std::unique_ptr<Registry> registry(
      new Registry(std::move(parts), std::move(key), std::move(objects)));
  TRY_ASSIGN(Manifest::Opened opened, Manifest::Open(folder, &registry->key_, now, is_empty));
  registry->manifest_ = std::make_unique<Manifest>(std::move(opened.manifest));
  registry->catalog_ = std::move(opened.catalog);
  std::set<crypto::Digest> kept;
  for (const auto& [name, item] : registry->catalog_.items()) kept.insert(item.model.sha256);
  TRY(registry->objects_->RemoveAllBut(kept));
  return registry;
}

boost::asio::awaitable<Registry::Turn> Registry::TakeTurn() {
  while (is_busy_) co_await turn_ended_.Wait();
  co_return Turn(this);
}

boost::asio::awaitable<void> Registry::WaitForChange(std::uint64_t seen) {
  while (version_ == seen) co_await changed_.Wait();
}

void Registry::NoteChange() {
  ++version_;
  changed_.Notify();
}

boost::asio::awaitable<Result<>> Registry::Write(ManifestRecord record) {
  record.time = parts_.clock->Now();
  const auto append = [this, record]() -> Result<> { return manifest_->Append(record); };
  CO_TRY(co_await net::RunOnPool(parts_.work_pool, append));
  // It was checked against the catalog under the same turn, so it fits.
  CO_TRY(catalog_.Apply(record));
  NoteChange();
  co_return Ok();
}

boost::asio::awaitable<Result<Model>> Registry::Admit(Model model, UniqueFd source) {
  const Turn turn = co_await TakeTurn();
  if (const Catalog::Item* known = catalog_.FindByDigest(model.sha256); known != nullptr) {
    if (!known->is_withdrawn) co_return known->model;
    model.name = known->model.name;  // Admitted again, under the name it had.
  } else {
    model.name = catalog_.FreeName(model.name, model.sha256);
  }
  const auto copy = [this, file = source.get(), sha256 = model.sha256, size = model.size] {
    return objects_->Put(file, sha256, size);
  };
  CO_TRY(co_await net::RunOnPool(parts_.work_pool, copy));
  CO_TRY(co_await parts_.audit->Record(
      audit::events::RegistryAdmitted{.name = model.name,
                                      .sha256 = model.sha256.ToHex(),
                                      .bytes = model.size,
                                      .trust_level = model.trust_level}));
  ManifestRecord record;
  record.action = ManifestRecord::Action::kAdmit;
  record.model = model;
  CO_TRY(co_await Write(std::move(record)));
  co_return model;
}

boost::asio::awaitable<Result<storage::SealedCopy>> Registry::OpenSealed(crypto::Digest sha256) {
  const Catalog::Item* item = catalog_.FindByDigest(sha256);
  if (item == nullptr) co_return Fail(ErrorCode::kNotFound, "no model of this digest is admitted");
  if (item->is_withdrawn) co_return Fail(ErrorCode::kDenied, "the model is withdrawn");
  const auto copy = [this, sha256, size = item->model.size]() -> Result<storage::SealedCopy> {
    auto file = objects_->Open(sha256);
    if (!file.has_value()) {
      if (file.error().code != ErrorCode::kNotFound) return tl::unexpected<Error>(file.error());
      return Fail(ErrorCode::kCorrupt, "the file is missing");
    }
    TRY_ASSIGN(auto sealed, storage::MakeSealedCopy(file->get(), size));
    if (sealed.digest != sha256) return Fail(ErrorCode::kCorrupt, "the file has another SHA-256");
    return sealed;
  };
  auto sealed = co_await net::RunOnPool(parts_.work_pool, copy);
  if (!sealed.has_value() && sealed.error().code == ErrorCode::kCorrupt) {
    co_await Withdraw(sha256, sealed.error().message);
  }
  // It may have been withdrawn or removed while it was copied.
  item = catalog_.FindByDigest(sha256);
  if (sealed.has_value() && (item == nullptr || item->is_withdrawn)) {
    co_return Fail(ErrorCode::kDenied, "the model was withdrawn meanwhile");
  }
  co_return sealed;
}

boost::asio::awaitable<Result<>> Registry::Remove(std::string name) {
  const Turn turn = co_await TakeTurn();
  const Catalog::Item* item = catalog_.FindByName(name);
  if (item == nullptr) co_return Fail(ErrorCode::kNotFound, "no model of this name is admitted");
  const crypto::Digest sha256 = item->model.sha256;
  CO_TRY(co_await parts_.audit->Record(
      audit::events::RegistryRemoved{.name = name, .sha256 = sha256.ToHex()}));
  ManifestRecord record;
  record.action = ManifestRecord::Action::kRemove;
  record.name = name;
  CO_TRY(co_await Write(std::move(record)));
  const auto remove = [this, sha256] { return objects_->Remove(sha256); };
  if (auto removed = co_await net::RunOnPool(parts_.work_pool, remove); !removed.has_value()) {
    // The model is gone; its bytes are taken away at the next start.
    log::Warn("registry.file_left", {{"reason", removed.error().message}});
  }
  co_return Ok();
}

boost::asio::awaitable<Result<>> Registry::Verify(crypto::Digest sha256, Pace pace) {
  const Catalog::Item* item = catalog_.FindByDigest(sha256);
  if (item == nullptr) co_return Fail(ErrorCode::kNotFound, "no model of this digest is admitted");
  const auto check = [this, sha256, size = item->model.size, pace] {
    return objects_->Check(sha256, size, pace);
  };
  Result<> checked = co_await net::RunOnPool(parts_.verify_pool, check);
  item = catalog_.FindByDigest(sha256);
  if (item == nullptr) co_return Fail(ErrorCode::kNotFound, "the model was removed meanwhile");
  if (!checked.has_value() && checked.error().code == ErrorCode::kCorrupt) {
    co_await Withdraw(sha256, checked.error().message);
  } else if (checked.has_value() && item->is_withdrawn) {
    co_return Fail(ErrorCode::kCorrupt, "withdrawn: " + item->reason);
  }
  co_return checked;
}

boost::asio::awaitable<void> Registry::Withdraw(crypto::Digest sha256, std::string reason) {
  // At once, whatever the disk and the other rooms do.
  if (!catalog_.Withdraw(sha256, reason)) co_return;
  NoteChange();
  std::string name;
  {
    const Turn turn = co_await TakeTurn();
    const Catalog::Item* item = catalog_.FindByDigest(sha256);
    if (item == nullptr) co_return;
    name = item->model.name;
    log::Error("registry.mismatch_found", {{"name", name}, {"detail", reason}});
    ManifestRecord record;
    record.action = ManifestRecord::Action::kWithdraw;
    record.name = name;
    record.reason = reason;
    if (auto written = co_await Write(std::move(record)); !written.has_value()) {
      log::Error("registry.withdrawal_not_written", {{"reason", written.error().message}});
    }
  }
  const auto recorded = co_await parts_.audit->Record(audit::events::RegistryMismatchFound{
      .name = name, .sha256 = sha256.ToHex(), .detail = reason});
  if (!recorded.has_value()) {
    log::Error("registry.mismatch_not_audited", {{"reason", recorded.error().message}});
  }
  net::Message request;
  request.body = {{"sha256", sha256.ToHex()}, {"reason", reason}};
  const auto told =
      co_await parts_.quarantine->Call("quarantine.withdraw", std::move(request), kRoomBudget);
  if (!told.has_value()) {
    log::Warn("registry.quarantine_not_told", {{"reason", told.error().message}});
  }
}

}  // namespace secai::registry
