#include "http/owner_peer.h"

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "http/sock_diag_format.h"
#include "http/testing/raw_client.h"

namespace secai::http {
namespace {

// Two ends of one real connection.
struct Connected {
  UniqueFd client;
  UniqueFd server;
};

Connected Connect(int client_family, const char* server_address) {
  const bool is_v6_server = std::string_view(server_address).find(':') != std::string_view::npos;
  sockaddr_storage storage = {};
  socklen_t size = 0;
  if (is_v6_server) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    inet_pton(AF_INET6, server_address, &address->sin6_addr);
    size = sizeof(*address);
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    inet_pton(AF_INET, server_address, &address->sin_addr);
    size = sizeof(*address);
  }
  Connected made;
  const UniqueFd listener(::socket(storage.ss_family, SOCK_STREAM, 0));
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) return made;
  ::listen(listener.get(), 1);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  made.client.Reset(::socket(client_family, SOCK_STREAM, 0));
  if (client_family == AF_INET6 && !is_v6_server) {
    sockaddr_in6 mapped = {};
    mapped.sin6_family = AF_INET6;
    mapped.sin6_port = reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
    ::connect(made.client.get(), reinterpret_cast<sockaddr*>(&mapped), sizeof(mapped));
  } else {
    ::connect(made.client.get(), reinterpret_cast<sockaddr*>(&storage), size);
  }
  made.server.Reset(::accept(listener.get(), nullptr, nullptr));
  return made;
}

std::unique_ptr<OwnerPeer> SockDiag() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  auto made = MakeSockDiagOwnerPeer(std::move(socket));
  return made.has_value() ? std::move(*made) : nullptr;
}

std::unique_ptr<OwnerPeer> ProcNet() {
  return MakeProcNetOwnerPeer(UniqueFd(::open("/proc/net/tcp", O_RDONLY | O_CLOEXEC)),
                              UniqueFd(::open("/proc/net/tcp6", O_RDONLY | O_CLOEXEC)));
}

class OwnerPeerTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<OwnerPeer> Make() {
    return std::string_view(GetParam()) == "sock_diag" ? SockDiag() : ProcNet();
  }
};

TEST_P(OwnerPeerTest, FindsTheUserOfEachKindOfLoopbackConnection) {
  struct Row {
    int client_family;
    const char* server_address;
  };
  const auto peer = Make();
  ASSERT_NE(peer, nullptr);
  for (const Row& row :
       {Row{AF_INET, "127.0.0.1"}, Row{AF_INET6, "127.0.0.1"}, Row{AF_INET6, "::1"}}) {
    const Connected pair = Connect(row.client_family, row.server_address);
    if (!pair.server.is_open()) GTEST_SKIP() << "no IPv6 here";
    ASSERT_OK_AND_ASSIGN(const SocketEndpoints ends, EndpointsOf(pair.server.get()));
    EXPECT_EQ(peer->Find(ends), ::getuid()) << row.client_family << ' ' << row.server_address;
  }
}

TEST_P(OwnerPeerTest, AClientThatSentAndClosedIsUnknown) {
  const auto peer = Make();
  ASSERT_NE(peer, nullptr);
  Connected pair = Connect(AF_INET, "127.0.0.1");
  ASSERT_OK_AND_ASSIGN(const SocketEndpoints ends, EndpointsOf(pair.server.get()));
  ASSERT_EQ(::send(pair.client.get(), "panic", 5, MSG_NOSIGNAL), 5);
  pair.client.Reset();
  EXPECT_EQ(peer->Find(ends), std::nullopt);  // The kernel would say uid 0, inode 0.
}

TEST_P(OwnerPeerTest, AHalfClosedClientIsUnknown) {
  const auto peer = Make();
  const Connected pair = Connect(AF_INET, "127.0.0.1");
  ASSERT_OK_AND_ASSIGN(const SocketEndpoints ends, EndpointsOf(pair.server.get()));
  ::shutdown(pair.client.get(), SHUT_WR);
  EXPECT_EQ(peer->Find(ends), std::nullopt);
}

TEST_P(OwnerPeerTest, AConnectionThatDoesNotExistIsUnknown) {
  SocketEndpoints ends;
  ends.own_address = {127, 0, 0, 1};
  ends.peer_address = {127, 0, 0, 1};
  ends.own_port = 1;
  ends.peer_port = 2;
  EXPECT_EQ(Make()->Find(ends), std::nullopt);
  ends.is_ipv6 = true;
  EXPECT_EQ(Make()->Find(ends), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Sources, OwnerPeerTest, ::testing::Values("sock_diag", "proc"),
                         [](const auto& source) { return std::string(source.param); });

TEST(SockDiagOwnerPeerTest, RefusesADescriptorOfAnotherKind) {
  EXPECT_FALSE(MakeSockDiagOwnerPeer(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0))).has_value());
  EXPECT_FALSE(MakeSockDiagOwnerPeer(UniqueFd()).has_value());
  EXPECT_FALSE(
      MakeSockDiagOwnerPeer(UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)))
          .has_value());
}

TEST(ProcNetOwnerPeerTest, WithoutFilesNobodyIsKnown) {
  const Connected pair = Connect(AF_INET, "127.0.0.1");
  ASSERT_OK_AND_ASSIGN(const SocketEndpoints ends, EndpointsOf(pair.server.get()));
  EXPECT_EQ(MakeProcNetOwnerPeer(UniqueFd(), UniqueFd())->Find(ends), std::nullopt);
}

struct Answer {
  nlmsghdr header;
  inet_diag_msg message;
};

SocketEndpoints Ends() {
  SocketEndpoints ends;
  ends.own_address = {127, 0, 0, 1};
  ends.peer_address = {127, 0, 0, 1};
  ends.own_port = 8480;
  ends.peer_port = 40'000;
  return ends;
}

Answer GoodAnswer() {
  Answer answer = {};
  answer.header.nlmsg_len = sizeof(answer);
  answer.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  answer.header.nlmsg_seq = 7;
  answer.message.idiag_family = AF_INET;
  answer.message.idiag_state = 1;
  answer.message.idiag_uid = 1000;
  answer.message.idiag_inode = 5;
  answer.message.id.idiag_sport = htons(40'000);
  answer.message.id.idiag_dport = htons(8480);
  answer.message.id.idiag_src[0] = htonl(INADDR_LOOPBACK);
  answer.message.id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
  return answer;
}

std::string Bytes(const Answer& answer) {
  return {reinterpret_cast<const char*>(&answer), sizeof(answer)};
}

TEST(SockDiagFormatTest, OnlyTheWholeTruthNamesAUser) {
  EXPECT_EQ(ParseSockDiagAnswer(Bytes(GoodAnswer()), Ends(), 7).uid, 1000U);
  const auto refuses = [](auto change) {
    Answer answer = GoodAnswer();
    change(&answer);
    return ParseSockDiagAnswer(Bytes(answer), Ends(), 7).uid == std::nullopt;
  };
  EXPECT_TRUE(refuses([](Answer* a) { a->message.idiag_inode = 0; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.idiag_state = 8; }));  // CLOSE_WAIT
  EXPECT_TRUE(refuses([](Answer* a) { a->message.idiag_state = 6; }));  // TIME_WAIT
  EXPECT_TRUE(refuses([](Answer* a) { a->header.nlmsg_seq = 8; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->header.nlmsg_type = NLMSG_ERROR; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->header.nlmsg_len = 15; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->header.nlmsg_len = 4096; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.idiag_family = AF_INET6; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.id.idiag_sport = htons(8480); }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.id.idiag_dport = htons(1); }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.id.idiag_src[0] = 1; }));
  EXPECT_TRUE(refuses([](Answer* a) { a->message.id.idiag_dst[0] = 1; }));
}

TEST(SockDiagFormatTest, FindsOurAnswerBehindAnOlderOne) {
  Answer stale = GoodAnswer();
  stale.header.nlmsg_seq = 6;
  stale.message.idiag_uid = 0;
  const SockDiagAnswer answer = ParseSockDiagAnswer(Bytes(stale) + Bytes(GoodAnswer()), Ends(), 7);
  EXPECT_TRUE(answer.is_ours);
  EXPECT_EQ(answer.uid, 1000U);
  EXPECT_FALSE(ParseSockDiagAnswer(Bytes(stale), Ends(), 7).is_ours);
}

TEST(SockDiagFormatTest, ProcNetHoldsTheSameRule) {
  const std::string line =
      "   1: 0100007F:9C40 0100007F:2120 01 00000000:00000000 00:00000000 00000000  1000"
      "        0 3344 1 0 20 4 30 10 -1\n";
  EXPECT_EQ(FindInProcNet(line, Ends()), 1000U);
  std::string closing = line;
  closing.replace(closing.find(" 01 "), 4, " 08 ");
  EXPECT_EQ(FindInProcNet(closing, Ends()), std::nullopt);
  std::string no_inode = line;
  no_inode.replace(no_inode.find("3344"), 4, "0");
  EXPECT_EQ(FindInProcNet(no_inode, Ends()), std::nullopt);
  EXPECT_EQ(FindInProcNet(line.substr(0, 60), Ends()), std::nullopt);
  EXPECT_EQ(FindInProcNet("", Ends()), std::nullopt);
}

}  // namespace
}  // namespace secai::http
