#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/scanner/gguf_rules.h"

namespace secai::quarantine {
namespace {

constexpr std::uint64_t kMaxDimension = std::uint64_t{1} << 40;
constexpr unsigned __int128 kMaxElements = static_cast<unsigned __int128>(1) << 50;

bool Refuse(Findings* findings, std::string_view rule, const GgufTensor& tensor,
            std::string_view reason) {
  findings->Add(rule, {.offset = tensor.info_offset, .tensor = tensor.name}, reason);
  return false;
}

// Rules about one tensor alone; sets tensor->bytes.
bool CheckShape(const GgufHeader& header, std::uint64_t data_bytes, GgufTensor* tensor,
                Findings* findings) {
  const TensorType* type = FindTensorType(tensor->type);
  if (type == nullptr) {
    return Refuse(findings, "G-T8", *tensor,
                  "tensor type " + std::to_string(tensor->type) + " is not one that models use");
  }
  unsigned __int128 elements = 1;
  for (const std::uint64_t dimension : tensor->dimensions) {
    if (dimension < 1 || dimension > kMaxDimension) {
      return Refuse(findings, "G-T4", *tensor, "a dimension of " + std::to_string(dimension));
    }
    elements *= dimension;  // At most 2^50 * 2^40: no overflow.
    if (elements > kMaxElements) {
      return Refuse(findings, "G-T5", *tensor, "more than 2^50 elements");
    }
  }
  if (tensor->dimensions[0] % type->block_elements != 0) {
    return Refuse(findings, "G-T7", *tensor,
                  "rows of " + std::to_string(tensor->dimensions[0]) + " elements, " +
                      std::string(type->name) + " needs a multiple of " +
                      std::to_string(type->block_elements));
  }
  const auto bytes = elements / type->block_elements * type->block_bytes;
  if (bytes > data_bytes) {
    return Refuse(findings, "G-T6", *tensor,
                  "the tensor is larger than the data section of the file");
  }
  tensor->bytes = static_cast<std::uint64_t>(bytes);
  if (tensor->offset % header.alignment != 0) {
    return Refuse(findings, "G-T9", *tensor,
                  "offset " + std::to_string(tensor->offset) + " is no multiple of " +
                      std::to_string(header.alignment));
  }
  if (tensor->offset > data_bytes || tensor->bytes > data_bytes - tensor->offset) {
    return Refuse(
        findings, "G-T10", *tensor,
        "the tensor ends " +
            std::to_string(tensor->bytes - (data_bytes - std::min(tensor->offset, data_bytes))) +
            " bytes after the end of the file");
  }
  return true;
}

std::uint64_t Pad(std::uint64_t value, std::uint64_t alignment) {
  return value + (alignment - value % alignment) % alignment;
}

// Rules about all tensors together: `order` is sorted by offset.
bool CheckLayout(const GgufHeader& header, std::uint64_t data_bytes,
                 const std::vector<const GgufTensor*>& order, Findings* findings) {
  std::uint64_t end = 0;   // Of the tensor before; at most data_bytes.
  std::uint64_t next = 0;  // Where the next one has to begin.
  for (const GgufTensor* tensor : order) {
    if (tensor->offset < end) {
      return Refuse(findings, "G-T11", *tensor, "the tensor begins inside the one before it");
    }
    if (tensor->offset != next) {
      return Refuse(findings, "G-T12", *tensor,
                    "the tensor begins at " + std::to_string(tensor->offset) +
                        ", the one before ends at " + std::to_string(end));
    }
    end = tensor->offset + tensor->bytes;
    next = Pad(end, header.alignment);
  }
  if (data_bytes != end && data_bytes != next) {
    const std::uint64_t extra = data_bytes > next ? data_bytes - next : data_bytes - end;
    findings->Add("G-T13", {.offset = header.data_offset + std::min(next, data_bytes)},
                  std::to_string(extra) + " bytes follow the last tensor");
    return false;
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != &header.tensors[i]) {
      return Refuse(findings, "G-T12", header.tensors[i],
                    "the tensors are listed in another order than their data");
    }
  }
  return true;
}

}  // namespace

bool CheckGgufTensors(std::uint64_t file_bytes, GgufHeader* header, Findings* findings) {
  const std::uint64_t data_bytes = file_bytes - header->data_offset;
  std::uint64_t sum = 0;
  for (GgufTensor& tensor : header->tensors) {
    if (!CheckShape(*header, data_bytes, &tensor, findings)) return false;
    if (tensor.bytes > data_bytes - sum) {
      return Refuse(findings, "G-T6", tensor, "the tensors together are larger than the file");
    }
    sum += tensor.bytes;
  }
  std::vector<const GgufTensor*> order;
  order.reserve(header->tensors.size());
  for (const GgufTensor& tensor : header->tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const GgufTensor* tensor) {
    return std::pair(tensor->offset, tensor->info_offset);
  });
  return CheckLayout(*header, data_bytes, order, findings);
}

}  // namespace secai::quarantine
