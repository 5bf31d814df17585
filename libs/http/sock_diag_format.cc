#include "http/sock_diag_format.h"

#include <bit>
#include <cstring>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

namespace secai::http {
namespace {

constexpr std::uint8_t kEstablished = 1;  // TCP_ESTABLISHED, include/net/tcp_states.h of Linux.

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

// Copies a T out of the bytes; false when they are too short.
template <typename T>
bool ReadAt(std::string_view bytes, std::size_t offset, T* value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
  std::memcpy(value, bytes.data() + offset, sizeof(T));
  return true;
}

bool SameAddress(const void* given, const std::array<std::uint8_t, 16>& wanted, bool is_ipv6) {
  return std::memcmp(given, wanted.data(), is_ipv6 ? 16 : 4) == 0;
}

// An IPv4 connection may belong to an IPv6 socket: then the addresses are IPv4-mapped.
bool MatchesEnds(const inet_diag_msg& message, const SocketEndpoints& connection) {
  const inet_diag_sockid& id = message.id;
  if (id.idiag_sport != htons(connection.peer_port) ||
      id.idiag_dport != htons(connection.own_port)) {
    return false;
  }
  const auto* source = reinterpret_cast<const std::uint8_t*>(id.idiag_src);
  const auto* destination = reinterpret_cast<const std::uint8_t*>(id.idiag_dst);
  if (!connection.is_ipv6 && message.idiag_family == AF_INET6) {
    constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(source, kMapped.data(), 12) != 0 ||
        std::memcmp(destination, kMapped.data(), 12) != 0) {
      return false;
    }
    source += 12;
    destination += 12;
  } else if (message.idiag_family != (connection.is_ipv6 ? AF_INET6 : AF_INET)) {
    return false;
  }
  return SameAddress(source, connection.peer_address, connection.is_ipv6) &&
         SameAddress(destination, connection.own_address, connection.is_ipv6);
}

// The next field between spaces, and what follows it.
std::string_view TakeField(std::string_view* line) {
  const std::size_t begin = line->find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    *line = {};
    return {};
  }
  const std::size_t end = std::min(line->find(' ', begin), line->size());
  const std::string_view field = line->substr(begin, end - begin);
  line->remove_prefix(end);
  return field;
}

template <typename T>
std::optional<T> ParseNumber(std::string_view text, int base) {
  if (text.empty() || text.size() > 20) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (base == 16 && c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    if (digit < 0 || value > (UINT64_MAX >> 5)) return std::nullopt;
    value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
  }
  if (value > static_cast<std::uint64_t>(static_cast<T>(-1))) return std::nullopt;
  return static_cast<T>(value);
}

// "0100007F:1F90": the address as 32-bit words in host order, then the port.
std::string EncodeProcEnd(const std::array<std::uint8_t, 16>& address, std::uint16_t port,
                          bool is_ipv6) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < (is_ipv6 ? 16U : 4U); i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, address.data() + i, 4);
    for (int shift = 28; shift >= 0; shift -= 4) text.push_back(kDigits[(word >> shift) & 15]);
  }
  text.push_back(':');
  for (int shift = 12; shift >= 0; shift -= 4) text.push_back(kDigits[(port >> shift) & 15]);
  return text;
}

}  // namespace

std::string EncodeSockDiagQuestion(const SocketEndpoints& connection, std::uint32_t sequence) {
  Question question = {};
  question.header.nlmsg_len = sizeof(question);
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.header.nlmsg_seq = sequence;
  inet_diag_req_v2& request = question.request;
  request.sdiag_family = connection.is_ipv6 ? AF_INET6 : AF_INET;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = 1U << kEstablished;
  request.id.idiag_sport = htons(connection.peer_port);
  request.id.idiag_dport = htons(connection.own_port);
  std::memcpy(request.id.idiag_src, connection.peer_address.data(), 16);
  std::memcpy(request.id.idiag_dst, connection.own_address.data(), 16);
  request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  std::string bytes(sizeof(question), '\0');
  std::memcpy(bytes.data(), &question, sizeof(question));
  return bytes;
}

SockDiagAnswer ParseSockDiagAnswer(std::string_view datagram, const SocketEndpoints& connection,
                                   std::uint32_t sequence) {
  SockDiagAnswer answer;
  std::size_t offset = 0;
  nlmsghdr header = {};
  while (ReadAt(datagram, offset, &header)) {
    const std::size_t left = datagram.size() - offset;
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left) return {};
    if (header.nlmsg_seq == sequence) {
      answer.is_ours = true;
      inet_diag_msg message = {};
      const std::string_view body =
          datagram.substr(offset + NLMSG_HDRLEN, header.nlmsg_len - sizeof(header));
      const bool is_owned = header.nlmsg_type == SOCK_DIAG_BY_FAMILY && ReadAt(body, 0, &message) &&
                            message.idiag_state == kEstablished && message.idiag_inode != 0 &&
                            MatchesEnds(message, connection);
      if (is_owned) answer.uid = message.idiag_uid;
      return answer;
    }
    const std::size_t step = NLMSG_ALIGN(static_cast<std::size_t>(header.nlmsg_len));
    if (step >= left) return answer;
    offset += step;
  }
  return answer;
}

std::optional<std::uint32_t> FindInProcNet(std::string_view text,
                                           const SocketEndpoints& connection) {
  const std::string own =
      EncodeProcEnd(connection.own_address, connection.own_port, connection.is_ipv6);
  const std::string peer =
      EncodeProcEnd(connection.peer_address, connection.peer_port, connection.is_ipv6);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    TakeField(&line);  // "12:", the number of the line.
    if (TakeField(&line) != peer || TakeField(&line) != own) continue;
    const auto state = ParseNumber<std::uint8_t>(TakeField(&line), 16);
    TakeField(&line);  // Queues.
    TakeField(&line);  // Timer.
    TakeField(&line);  // Retransmits.
    const auto uid = ParseNumber<std::uint32_t>(TakeField(&line), 10);
    TakeField(&line);  // Timeout.
    const auto inode = ParseNumber<std::uint64_t>(TakeField(&line), 10);
    if (state != kEstablished || !uid.has_value() || inode.value_or(0) == 0) return std::nullopt;
    return uid;
  }
  return std::nullopt;
}

}  // namespace secai::http
