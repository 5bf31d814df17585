#include "net/link.h"

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/fd_io.h"
#include "net/frame_reader.h"
#include "net/link_writer.h"

namespace secai::net {
namespace {

namespace asio = boost::asio;
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

// A call of ours that is not answered yet.
struct PendingCall {
  explicit PendingCall(const asio::any_io_executor& executor) : changed(executor) {}

  std::deque<Message> items;
  std::size_t buffered_bytes = 0;
  std::optional<Result<Message>> end;
  Signal changed;
};

// A call of theirs that runs.
struct RunningCall {
  asio::cancellation_signal cancellation;
  bool is_cancelled = false;
};

asio::awaitable<Result<>> Refuse(Error error) { co_return tl::unexpected(std::move(error)); }

Error HungUp() { return Error{ErrorCode::kUnavailable, "the other room hung up"}; }

}  // namespace

class Link::Impl : public std::enable_shared_from_this<Link::Impl> {
 public:
  Impl(Socket socket, LinkOptions options)
      : socket_(std::move(socket)),
        options_(std::move(options)),
        reader_(options_.max_frame_bytes),
        writer_(&socket_),
        closed_(socket_.get_executor()) {}

  void Start();
  void Close();
  bool is_open() const { return is_open_; }
  asio::awaitable<void> WaitClosed() {
    while (is_open_) co_await closed_.Wait();
  }

  // Encodes and queues; the frame leaves whole even if the caller is cancelled.
  Result<> Push(Envelope envelope);
  asio::awaitable<Result<>> Drain() { return writer_.Drain(); }

  Result<std::uint64_t> BeginCall(std::string method, Message request);
  void ForgetCall(std::uint64_t id);
  std::shared_ptr<PendingCall> pending(std::uint64_t id) { return pending_.at(id); }

 private:
  asio::awaitable<void> Read();
  asio::awaitable<void> Write();
  Result<> Dispatch(Envelope envelope, std::size_t bytes);
  Result<> TakeAnswer(Envelope envelope, std::size_t bytes);
  Result<> StartCall(Envelope envelope);
  void ForgetRunning(std::uint64_t id, const std::shared_ptr<RunningCall>& call) {
    const auto found = running_.find(id);
    if (found != running_.end() && found->second == call) running_.erase(found);
  }
  asio::awaitable<void> RunCall(std::shared_ptr<RunningCall> call, std::uint64_t id,
                                std::string method, Message request);

  Socket socket_;
  LinkOptions options_;
  FrameReader reader_;
  LinkWriter writer_;
  Signal closed_;
  bool is_open_ = true;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::shared_ptr<PendingCall>> pending_;
  std::map<std::uint64_t, std::shared_ptr<RunningCall>> running_;
};

namespace {

// Sends the parts of one answer.
class LinkItemSink final : public ItemSink {
 public:
  using SendFn = std::function<asio::awaitable<Result<>>(Message)>;

  LinkItemSink(std::shared_ptr<RunningCall> call, SendFn send)
      : call_(std::move(call)), send_(std::move(send)) {}

  asio::awaitable<Result<>> Send(Message item) override {
    if (call_->is_cancelled) co_return tl::unexpected(HungUp());
    co_return co_await send_(std::move(item));
  }
  bool is_cancelled() const override { return call_->is_cancelled; }

 private:
  std::shared_ptr<RunningCall> call_;
  SendFn send_;
};

}  // namespace

void Link::Impl::Start() {
  boost::system::error_code error;
  socket_.non_blocking(true, error);  // On failure the first read fails, and the link closes.
  Envelope hello;
  hello.kind = Envelope::Kind::kHello;
  writer_.Push(MakeFrame(EncodeEnvelope(hello)), {});
  const auto self = shared_from_this();
  asio::co_spawn(socket_.get_executor(), Read(),
                 [self](const std::exception_ptr&) { self->Close(); });
  asio::co_spawn(socket_.get_executor(), Write(),
                 [self](const std::exception_ptr&) { self->Close(); });
}

void Link::Impl::Close() {
  if (!is_open_) return;
  is_open_ = false;
  writer_.Stop();
  boost::system::error_code ignored;
  socket_.close(ignored);  // Wakes Read() and Write(), which hold this object until they end.
  for (const auto& [id, call] : running_) {
    call->is_cancelled = true;
    // Not here: a handler that closes its own link must not be cancelled while it runs.
    asio::post(socket_.get_executor(), [self = shared_from_this(), cancelled = call] {
      cancelled->cancellation.emit(asio::cancellation_type::terminal);
    });
  }
  for (const auto& [id, call] : pending_) {
    if (!call->end.has_value()) call->end.emplace(tl::unexpected(HungUp()));
    call->changed.Notify();
  }
  closed_.Notify();
}

asio::awaitable<void> Link::Impl::Write() {
  const Result<> written = co_await writer_.Run();
  if (!written.has_value()) Close();
}

asio::awaitable<void> Link::Impl::Read() {
  while (is_open_) {
    const auto space = reader_.space();
    const auto count = ReceiveSome(socket_.native_handle(), space, reader_.fds());
    if (!count.has_value()) break;
    if (count->would_block) {
      const auto [error] = co_await socket_.async_wait(Socket::wait_read, kUseTuple);
      if (error) break;
      continue;
    }
    reader_.Filled(count->bytes);
    for (bool has_more = true; has_more && is_open_;) {
      auto envelope = reader_.Next();
      if (!envelope.has_value()) co_return Close();
      has_more = envelope->has_value();
      if (has_more && !Dispatch(**std::move(envelope), reader_.last_frame_bytes()).has_value()) {
        co_return Close();
      }
    }
  }
  Close();
}

Result<> Link::Impl::Dispatch(Envelope envelope, std::size_t bytes) {
  switch (envelope.kind) {
    case Envelope::Kind::kCall:
      return StartCall(std::move(envelope));
    case Envelope::Kind::kCancel:
      // The call may have ended while the cancel travelled.
      if (const auto call = running_.find(envelope.id); call != running_.end()) {
        const auto held = call->second;
        running_.erase(call);
        held->is_cancelled = true;
        held->cancellation.emit(asio::cancellation_type::terminal);
      }
      return Ok();
    default:
      return TakeAnswer(std::move(envelope), bytes);
  }
}

Result<> Link::Impl::TakeAnswer(Envelope envelope, std::size_t bytes) {
  if (envelope.id == 0 || envelope.id >= next_id_) {
    return Fail(ErrorCode::kInvalidArgument, "an answer to no call");
  }
  const auto found = pending_.find(envelope.id);
  if (found == pending_.end() || found->second->end.has_value()) return Ok();  // Cancelled by us.
  PendingCall& call = *found->second;
  if (envelope.kind == Envelope::Kind::kItem) {
    call.buffered_bytes += bytes;
    call.items.push_back(std::move(envelope.message));
    if (call.buffered_bytes > options_.max_buffered_item_bytes) {
      call.end.emplace(Fail(ErrorCode::kUnavailable, "the answer came faster than it was read"));
      Envelope cancel;
      cancel.kind = Envelope::Kind::kCancel;
      cancel.id = envelope.id;
      TRY(Push(std::move(cancel)));
    }
  } else if (envelope.kind == Envelope::Kind::kReply) {
    call.end.emplace(std::move(envelope.message));
  } else {
    call.end.emplace(tl::unexpected(std::move(envelope.error)));
  }
  call.changed.Notify();
  return Ok();
}

Result<> Link::Impl::StartCall(Envelope envelope) {
  const std::uint64_t id = envelope.id;
  if (running_.contains(id)) return Fail(ErrorCode::kInvalidArgument, "a call id used twice");
  if (running_.size() >= options_.max_calls) {
    Envelope refusal;
    refusal.kind = Envelope::Kind::kError;
    refusal.id = id;
    refusal.error = Error{ErrorCode::kUnavailable, "too many calls at one time"};
    return Push(std::move(refusal));
  }
  const auto call = std::make_shared<RunningCall>();
  running_.emplace(id, call);
  const auto self = shared_from_this();
  asio::co_spawn(socket_.get_executor(),
                 RunCall(call, id, std::move(envelope.method), std::move(envelope.message)),
                 asio::bind_cancellation_slot(
                     call->cancellation.slot(), [self, call, id](const std::exception_ptr& thrown) {
                       self->ForgetRunning(id, call);
                       if (thrown == nullptr || call->is_cancelled) return;
                       Envelope failure;
                       failure.kind = Envelope::Kind::kError;
                       failure.id = id;
                       failure.error = Error{ErrorCode::kInternal, "the room failed"};
                       if (!self->Push(std::move(failure)).has_value()) self->Close();
                     }));
  return Ok();
}

asio::awaitable<void> Link::Impl::RunCall(std::shared_ptr<RunningCall> call, std::uint64_t id,
                                          std::string method, Message request) {
  const auto self = shared_from_this();
  LinkItemSink sink(call, [self, id](Message item) -> asio::awaitable<Result<>> {
    Envelope part;
    part.kind = Envelope::Kind::kItem;
    part.id = id;
    part.message = std::move(item);
    if (const auto pushed = self->Push(std::move(part)); !pushed.has_value()) {
      return Refuse(pushed.error());
    }
    return self->Drain();
  });
  Result<Message> answer = Fail(ErrorCode::kNotFound, "this room answers no calls on this link");
  if (options_.handler != nullptr) {
    answer = co_await options_.handler->Handle(options_.peer, std::move(method), std::move(request),
                                               &sink);
  }
  if (call->is_cancelled) co_return;
  Envelope reply;
  reply.id = id;
  if (answer.has_value()) {
    reply.kind = Envelope::Kind::kReply;
    reply.message = *std::move(answer);
  } else {
    reply.kind = Envelope::Kind::kError;
    reply.error = std::move(answer).error();
  }
  // An answer over the frame limit is our mistake: the caller learns that, and the link lives on.
  if (const auto pushed = Push(std::move(reply)); !pushed.has_value()) {
    Envelope failure;
    failure.kind = Envelope::Kind::kError;
    failure.id = id;
    failure.error = pushed.error();
    if (!Push(std::move(failure)).has_value()) Close();
  }
}

Result<> Link::Impl::Push(Envelope envelope) {
  if (!is_open_) return tl::unexpected(HungUp());
  const std::string text = EncodeEnvelope(envelope);
  if (text.size() > options_.max_frame_bytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "message of " + std::to_string(text.size()) + " bytes");
  }
  if (envelope.message.fds.size() > kMaxMessageFds) {
    return Fail(ErrorCode::kInvalidArgument, "too many descriptors in one message");
  }
  writer_.Push(MakeFrame(text), std::move(envelope.message.fds));
  return Ok();
}

Result<std::uint64_t> Link::Impl::BeginCall(std::string method, Message request) {
  Envelope call;
  call.kind = Envelope::Kind::kCall;
  call.id = next_id_;
  call.method = std::move(method);
  call.message = std::move(request);
  TRY(Push(std::move(call)));
  pending_.emplace(next_id_, std::make_shared<PendingCall>(socket_.get_executor()));
  return next_id_++;
}

void Link::Impl::ForgetCall(std::uint64_t id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const bool is_over = found->second->end.has_value();
  pending_.erase(found);
  if (is_over || !is_open_) return;
  Envelope cancel;
  cancel.kind = Envelope::Kind::kCancel;
  cancel.id = id;
  if (!Push(std::move(cancel)).has_value()) Close();
}

namespace {

// The caller's end of a call; forgetting it cancels what still runs.
class LinkReplyStream final : public ReplyStream {
 public:
  LinkReplyStream(std::shared_ptr<PendingCall> call, std::function<void()> forget)
      : call_(std::move(call)), forget_(std::move(forget)) {}
  ~LinkReplyStream() override { forget_(); }

  asio::awaitable<Result<std::optional<Message>>> Next(std::chrono::milliseconds budget) override {
    using asio::experimental::awaitable_operators::operator||;
    const auto deadline = std::chrono::steady_clock::now() + budget;
    while (call_->items.empty() && !call_->end.has_value()) {
      asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
      const auto woken = co_await (call_->changed.Wait() || timer.async_wait(kUseTuple));
      const bool is_late = woken.index() == 1;
      if (is_late && call_->items.empty() && !call_->end.has_value()) {
        co_return Fail(ErrorCode::kUnavailable, "the other room is too slow");
      }
    }
    if (!call_->items.empty()) {
      Message item = std::move(call_->items.front());
      call_->items.pop_front();
      if (call_->items.empty()) call_->buffered_bytes = 0;
      co_return std::optional(std::move(item));
    }
    if (!call_->end->has_value()) co_return tl::unexpected(call_->end->error());
    co_return std::optional<Message>();
  }

  Message& reply() override { return call_->end->value(); }

 private:
  std::shared_ptr<PendingCall> call_;
  std::function<void()> forget_;
};

}  // namespace

std::shared_ptr<Link> Link::Start(Socket socket, LinkOptions options) {
  auto impl = std::make_shared<Impl>(std::move(socket), std::move(options));
  impl->Start();
  return std::shared_ptr<Link>(new Link(std::move(impl)));
}

Result<std::shared_ptr<Link>> Link::Adopt(const asio::any_io_executor& executor, UniqueFd fd,
                                          LinkOptions options) {
  Socket socket(executor);
  boost::system::error_code error;
  socket.assign(asio::local::stream_protocol(), fd.get(), error);
  if (error) return Fail(ErrorCode::kInvalidArgument, "not a link: " + error.message());
  (void)fd.Release();  // The socket closes it now.
  return Start(std::move(socket), std::move(options));
}

Link::Link(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Link::~Link() { impl_->Close(); }
void Link::Close() { impl_->Close(); }
bool Link::is_open() const { return impl_->is_open(); }

asio::awaitable<void> Link::WaitClosed() {
  const auto impl = impl_;
  co_await impl->WaitClosed();
}

asio::awaitable<Result<std::unique_ptr<ReplyStream>>> Link::Open(std::string method,
                                                                 Message request) {
  const auto impl = impl_;
  CO_TRY_ASSIGN(const std::uint64_t id, impl->BeginCall(std::move(method), std::move(request)));
  std::unique_ptr<ReplyStream> stream =
      std::make_unique<LinkReplyStream>(impl->pending(id), [impl, id] { impl->ForgetCall(id); });
  CO_TRY(co_await impl->Drain());
  co_return stream;
}

asio::awaitable<Result<Message>> Link::Call(std::string method, Message request,
                                            std::chrono::milliseconds budget) {
  CO_TRY_ASSIGN(const auto stream, co_await Open(std::move(method), std::move(request)));
  const auto deadline = std::chrono::steady_clock::now() + budget;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    CO_TRY_ASSIGN(const auto item, co_await stream->Next(left));
    if (!item.has_value()) co_return std::move(stream->reply());
  }
}

}  // namespace secai::net
