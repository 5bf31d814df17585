#include "service/programs.h"

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::service {
namespace {

TEST(ProgramBesideTest, FindsAProgramInTheFolderOfThisOne) {
  const auto path = ProgramBeside("service_programs_test");
  ASSERT_OK(path);
  EXPECT_EQ(path->front(), '/');
}

TEST(ProgramBesideTest, NamesTheOneThatIsMissing) {
  EXPECT_TRUE(testing::FailsWith(ProgramBeside("no-such-program"), ErrorCode::kNotFound,
                                 "no-such-program"));
}

}  // namespace
}  // namespace secai::service
