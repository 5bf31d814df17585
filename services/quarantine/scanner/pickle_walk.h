#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace secai::quarantine {

// A callable that a pickle asks for.
struct PickleImport {
  std::string module;      // "os"; "?" when it is computed and cannot be known without running it.
  std::string name;        // "system"
  std::size_t offset = 0;  // Of the opcode, from the start of the bytes given.
};

// What a pickle program would do, learnt without running it.
struct PickleReport {
  bool is_stopped = false;  // STOP was reached, and every opcode before it was valid.
  bool is_cut = false;      // Valid to the end of the bytes given; STOP may lie behind.
  bool has_call = false;    // REDUCE, OBJ, INST, NEWOBJ or BUILD.
  int protocol = 0;         // 0 and 1 are not told apart.
  std::size_t bytes = 0;    // Bytes walked, STOP included.
  std::size_t opcodes = 0;
  std::vector<PickleImport> imports;  // At most kMaxPickleImports, in order.
};

inline constexpr std::size_t kMaxPickleImports = 256;

struct PickleLimits {
  std::size_t max_opcodes = 10'000'000;
  std::size_t max_depth = 10'000;  // Values on the stack, marks included.
};

// Walks one pickle from the first byte of `bytes` with a typed stack and memo (protocols 0 to 5).
//
// An opcode that is unknown, takes more from the stack than there is, or has a length over the
// bytes given ends the walk: then is_stopped and is_cut are false, and the imports found so far
// stand (what came before would have run).
// Memory: the stack and memo limits; strings are not copied.
// Source: the opcode list of Python's pickletools. Thread-safety: a pure function. Trust: hostile.
PickleReport WalkPickle(std::span<const std::uint8_t> bytes, const PickleLimits& limits = {});

}  // namespace secai::quarantine
