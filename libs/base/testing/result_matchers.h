#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "base/result.h"

namespace secai::testing {

template <typename T>
::testing::AssertionResult IsOk(const Result<T>& result) {
  if (result.has_value()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "error " << static_cast<int>(result.error().code) << ": " << result.error().message;
}

// Ok when `result` failed with `code` and a message that contains `part`.
template <typename T>
::testing::AssertionResult FailsWith(const Result<T>& result, ErrorCode code,
                                     std::string_view part = "") {
  if (result.has_value()) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().code == code && result.error().message.find(part) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return IsOk(result) << "; expected code " << static_cast<int>(code) << " and \"" << part << '"';
}

}  // namespace secai::testing

// EXPECT_OK(result), ASSERT_OK(result), and
// ASSERT_OK_AND_ASSIGN(const auto x, Make()): stops the test, showing the error, or keeps the
// value.
#define EXPECT_OK(expr) EXPECT_TRUE(::secai::testing::IsOk(expr))
#define ASSERT_OK(expr) ASSERT_TRUE(::secai::testing::IsOk(expr))
#define SECAI_ASSERT_ASSIGN_IMPL_(tmp, decl, expr) \
  auto tmp = (expr);                               \
  ASSERT_TRUE(::secai::testing::IsOk(tmp));        \
  decl = *std::move(tmp)
#define ASSERT_OK_AND_ASSIGN(decl, expr) \
  SECAI_ASSERT_ASSIGN_IMPL_(SECAI_CONCAT_(assert_, __LINE__), decl, expr)
