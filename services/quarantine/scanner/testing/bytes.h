#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.h"
#include "quarantine/scanner/checksums.h"

namespace secai::quarantine::testing {

using Bytes = std::vector<std::uint8_t>;

inline Bytes FromText(std::string_view text) { return {text.begin(), text.end()}; }
inline Bytes FromHexText(std::string_view text) { return *FromHex(text); }

inline void Append(Bytes* bytes, std::string_view text) {
  bytes->insert(bytes->end(), text.begin(), text.end());
}
inline void AppendNumber(Bytes* bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes->push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// What Python 3.11's pickle makes of an object whose __reduce__ is (os.system, ("id",)), by
// protocol.
inline constexpr std::string_view kEvilPickles[] = {
    "63706f7369780a73797374656d0a70300a285669640a70310a7470320a5270330a2e",
    "63706f7369780a73797374656d0a7100285802000000696471017471025271032e",
    "800263706f7369780a73797374656d0a71005802000000696471018571025271032e",
    "800363706f7369780a73797374656d0a71005802000000696471018571025271032e",
    "8004951d000000000000008c05706f736978948c0673797374656d9493948c02696494859452942e",
    "8005951d000000000000008c05706f736978948c0673797374656d9493948c02696494859452942e",
};
// {'a': [1, 2.5, None]} in protocol 2.
inline constexpr std::string_view kPlainPickle =
    "80027d710058010000006171015d7102284b014740040000000000004e65732e";

// A zip of one stored member, with a central directory and an end record.
inline Bytes MakeZip(std::string_view name, const Bytes& content) {
  Bytes zip;
  const std::uint32_t crc = Crc32(content);
  Append(&zip, "PK\x03\x04");
  AppendNumber(&zip, 20, 2);
  AppendNumber(&zip, 0, 8);  // Flags, method, time, date.
  AppendNumber(&zip, crc, 4);
  AppendNumber(&zip, content.size(), 4);
  AppendNumber(&zip, content.size(), 4);
  AppendNumber(&zip, name.size(), 2);
  AppendNumber(&zip, 0, 2);
  Append(&zip, name);
  zip.insert(zip.end(), content.begin(), content.end());
  const std::uint64_t directory = zip.size();
  Append(&zip, "PK\x01\x02");
  AppendNumber(&zip, 20, 2);
  AppendNumber(&zip, 20, 2);
  AppendNumber(&zip, 0, 8);
  AppendNumber(&zip, crc, 4);
  AppendNumber(&zip, content.size(), 4);
  AppendNumber(&zip, content.size(), 4);
  AppendNumber(&zip, name.size(), 2);
  AppendNumber(&zip, 0, 8);
  AppendNumber(&zip, 0, 4);
  AppendNumber(&zip, 0, 4);  // Offset of the local header.
  Append(&zip, name);
  const std::uint64_t directory_bytes = zip.size() - directory;
  Append(&zip, "PK\x05\x06");
  AppendNumber(&zip, 0, 4);
  AppendNumber(&zip, 1, 2);
  AppendNumber(&zip, 1, 2);
  AppendNumber(&zip, directory_bytes, 4);
  AppendNumber(&zip, directory, 4);
  AppendNumber(&zip, 0, 2);
  return zip;
}

// A tar (ustar) of one member, without the two zero blocks at its end.
inline Bytes MakeTar(std::string_view name, const Bytes& content) {
  Bytes tar(512);
  for (std::size_t i = 0; i < name.size(); ++i) tar[i] = static_cast<std::uint8_t>(name[i]);
  std::uint64_t size = content.size();
  for (std::size_t i = 0; i < 11; ++i, size /= 8) {
    tar[134 - i] = static_cast<std::uint8_t>('0' + size % 8);
  }
  for (std::size_t i = 0; i < 5; ++i) tar[257 + i] = static_cast<std::uint8_t>("ustar"[i]);
  std::uint32_t sum = 8 * ' ';
  for (const std::uint8_t byte : tar) sum += byte;
  for (std::size_t i = 0; i < 6; ++i, sum /= 8) {
    tar[153 - i] = static_cast<std::uint8_t>('0' + sum % 8);
  }
  tar[155] = ' ';
  tar.insert(tar.end(), content.begin(), content.end());
  tar.resize((tar.size() + 511) / 512 * 512);
  return tar;
}

// A gzip whose DEFLATE stream is one stored block.
inline Bytes MakeGzip(const Bytes& content) {
  Bytes gzip = FromHexText("1f8b080000000000000301");
  AppendNumber(&gzip, content.size(), 2);
  AppendNumber(&gzip, ~content.size() & 0xffff, 2);
  gzip.insert(gzip.end(), content.begin(), content.end());
  AppendNumber(&gzip, Crc32(content), 4);
  AppendNumber(&gzip, content.size(), 4);
  return gzip;
}

}  // namespace secai::quarantine::testing
