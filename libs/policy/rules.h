#pragma once

#include <string_view>

// What one value of the policy may look like. Pure functions over text of the owner.
namespace secai::policy {

// A lower-case ASCII host name of 2 to 253 bytes with at least one dot, whose last label begins
// with a letter, so never an address. Source: RFC 1035 section 2.3.4, RFC 1123 section 2.1.
bool IsHost(std::string_view text);

// A host, or "*." and a host.
bool IsHostPattern(std::string_view text);

// 64 lower-case hex digits.
bool IsSha256(std::string_view text);

// "hmac-sha256:" and 64 lower-case hex digits.
bool IsCredentialTag(std::string_view text);

// An absolute path without "." or ".." parts, empty parts, or control characters.
bool IsAbsolutePath(std::string_view text);

// An IPv4 or IPv6 address; with `may_have_prefix` also "address/bits".
bool IsAddress(std::string_view text, bool may_have_prefix);

// "system", an address, "1.2.3.4:53" or "[::1]:53".
bool IsResolver(std::string_view text);

// One file name of 1 to 255 bytes: valid UTF-8, no separator, control or leading dot.
bool IsFileName(std::string_view text);

}  // namespace secai::policy
