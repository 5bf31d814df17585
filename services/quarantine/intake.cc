#include "quarantine/intake.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "net/run_on_pool.h"

namespace secai::quarantine {
namespace {

namespace asio = boost::asio;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

constexpr int kPipeBytes = 1 << 20;  // The most that an ordinary user may ask for (pipe-max-size).
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// Free space is asked for once in so many bytes; the reserve is far larger.
constexpr std::uint64_t kSpaceCheckBytes = std::uint64_t{64} << 20;

std::string Mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

tl::unexpected<Error> WriteError(int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return Fail(ErrorCode::kUnavailable, "not enough free space: the disk is full");
  }
  return Fail(ErrorCode::kUnavailable,
              "writing the file: " + std::generic_category().message(error));
}

Result<> WriteAll(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(file, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError(errno);
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return Ok();
}

}  // namespace

class Intake::Upload {
 public:
  Upload(std::string claim_id, asio::posix::stream_descriptor pipe, UniqueFd out)
      : id(std::move(claim_id)),
        source(std::move(pipe)),
        file(std::move(out)),
        ended(source.get_executor()) {}

  std::string id;
  asio::posix::stream_descriptor source;  // Read end, not blocking.
  UniqueFd file;
  net::Signal ended;
  bool has_ended = false;
  bool is_committing = false;
  std::uint64_t received = 0;
  std::uint64_t checked_space_at = 0;
  Result<> outcome;
};

Intake::Intake(ClaimStore* store, const QuarantineConfig* config, const Clock* clock,
               Random* random, asio::any_io_executor executor, SpawnFn spawn,
               asio::thread_pool* pool)
    : store_(store),
      config_(config),
      clock_(clock),
      random_(random),
      executor_(std::move(executor)),
      spawn_(std::move(spawn)),
      pool_(pool) {}

Intake::~Intake() = default;

Result<> Intake::RequireSpaceFor(std::uint64_t bytes) const {
  TRY_ASSIGN(const std::uint64_t free_bytes, store_->FreeBytes());
  if (free_bytes >= config_->free_reserve_bytes &&
      free_bytes - config_->free_reserve_bytes >= bytes) {
    return Ok();
  }
  return Fail(ErrorCode::kUnavailable, "not enough free space: " + Mebibytes(free_bytes) +
                                           " are free, " + Mebibytes(config_->free_reserve_bytes) +
                                           " of them stay free, and the file needs " +
                                           Mebibytes(bytes));
}

Result<Intake::Begun> Intake::Begin(std::string name, std::optional<std::uint64_t> bytes,
                                    std::string source) {
  TRY(ValidateFileName(name));
  const std::uint64_t announced = bytes.value_or(0);
  if (announced > config_->max_model_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "file too large: the policy allows " + Mebibytes(config_->max_model_bytes));
  }
  if (uploads_.size() >= kMaxUploads) {
    return Fail(ErrorCode::kUnavailable, "too many uploads at one time");
  }
  TRY(RequireSpaceFor(announced));
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Fail(ErrorCode::kUnavailable, "no pipe to be had");
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  (void)::fcntl(write_end.get(), F_SETPIPE_SZ,
                kPipeBytes);  // Only faster: a smaller pipe works as well.
  if (::fcntl(read_end.get(), F_SETFL, O_NONBLOCK) != 0)
    return Fail(ErrorCode::kInternal, "pipe mode");

  Claim claim;
  claim.id = RandomToken(*random_, 10);  // 16 characters.
  claim.name = std::move(name);
  claim.source = std::move(source);
  claim.bytes = announced;
  claim.created_at = clock_->Now();
  const std::string id = claim.id;
  TRY(store_->Create(std::move(claim)));
  auto file = store_->CreateArtifact(id);
  if (!file.has_value()) {
    TRY(RollBack(id));
    return tl::unexpected(file.error());
  }
  auto upload = std::make_shared<Upload>(
      id, asio::posix::stream_descriptor(executor_, read_end.Release()), *std::move(file));
  uploads_.emplace(id, upload);
  spawn_("intake", Copy(upload));
  return Begun{.id = id, .pipe = std::move(write_end)};
}

asio::awaitable<void> Intake::Copy(std::shared_ptr<Upload> upload) {
  for (;;) {
    const auto copied = CopyBlock(upload.get());
    if (!copied.has_value()) {
      upload->outcome = tl::unexpected(copied.error());
      break;
    }
    if (*copied) continue;
    if (upload->has_ended) break;
    const auto [error] =
        co_await upload->source.async_wait(asio::posix::stream_descriptor::wait_read, kUseTuple);
    if (error) {
      upload->outcome = Fail(ErrorCode::kUnavailable, "the upload was stopped");
      break;
    }
  }
  upload->has_ended = true;
  boost::system::error_code ignored;
  upload->source.close(ignored);  // After an error the sender gets EPIPE.
  upload->ended.Notify();
}

// True: go on at once. False: wait for bytes, or, with `has_ended`, there will be none.
Result<bool> Intake::CopyBlock(Upload* upload) {
  static thread_local std::vector<char> block(kBlockBytes);
  const ssize_t count = ::read(upload->source.native_handle(), block.data(), block.size());
  if (count < 0 && errno == EAGAIN) return false;
  if (count < 0 && errno == EINTR) return true;
  if (count < 0) return Fail(ErrorCode::kUnavailable, "reading the upload failed");
  if (count == 0) {
    upload->has_ended = true;
    return false;
  }
  const auto bytes = static_cast<std::uint64_t>(count);
  if (upload->received + bytes > config_->max_model_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "file too large: the policy allows " + Mebibytes(config_->max_model_bytes));
  }
  if (upload->received >= upload->checked_space_at) {
    TRY(RequireSpaceFor(bytes));
    upload->checked_space_at = upload->received + kSpaceCheckBytes;
  }
  TRY(WriteAll(upload->file.get(), block.data(), static_cast<std::size_t>(count)));
  upload->received += bytes;
  if (const Claim* claim = store_->Find(upload->id); claim != nullptr) {
    Claim shown = *claim;
    shown.received_bytes = upload->received;
    store_->Show(std::move(shown));
  }
  return true;
}

asio::awaitable<Result<>> Intake::Commit(std::string id, std::uint64_t bytes) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) co_return Fail(ErrorCode::kNotFound, "no such upload");
  const auto upload = found->second;
  if (upload->is_committing)
    co_return Fail(ErrorCode::kDenied, "the upload is being committed already");
  upload->is_committing = true;
  while (!upload->has_ended) co_await upload->ended.Wait();
  Result<> outcome = upload->outcome;
  if (outcome.has_value() && upload->received != bytes) {
    outcome =
        Fail(ErrorCode::kInvalidArgument, "upload cut short: " + std::to_string(upload->received) +
                                              " bytes came of " + std::to_string(bytes));
  }
  if (outcome.has_value()) {
    outcome = co_await net::RunOnPool(pool_, [file = upload->file.get()]() -> Result<> {
      if (::fsync(file) != 0) return WriteError(errno);
      return Ok();
    });
  }
  if (outcome.has_value()) {
    const Claim* claim = store_->Find(id);
    if (claim == nullptr) co_return Fail(ErrorCode::kNotFound, "no such upload");
    Claim received = *claim;
    received.state = ClaimState::kReceived;
    received.bytes = received.received_bytes = bytes;
    outcome = store_->Save(std::move(received));
  }
  if (outcome.has_value()) {
    uploads_.erase(id);
    co_return Ok();
  }
  CO_TRY(RollBack(id));
  co_return outcome;
}

Result<> Intake::Abort(std::string_view id) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) {
    const Claim* claim = store_->Find(id);
    if (claim == nullptr || claim->state == ClaimState::kDiscarded) return Ok();
    return Fail(ErrorCode::kDenied, "the upload is complete; discard the claim instead");
  }
  return RollBack(id);
}

Result<> Intake::RollBack(std::string_view id) {
  if (const auto found = uploads_.find(id); found != uploads_.end()) {
    boost::system::error_code ignored;
    found->second->source.close(ignored);  // Ends Copy().
    uploads_.erase(found);
  }
  TRY(store_->RemoveFromDisk(id));
  if (const Claim* claim = store_->Find(id); claim != nullptr) {
    Claim gone = *claim;
    gone.state = ClaimState::kDiscarded;
    gone.finished_at = clock_->Now();
    store_->Show(std::move(gone));
  }
  return Ok();
}

}  // namespace secai::quarantine
