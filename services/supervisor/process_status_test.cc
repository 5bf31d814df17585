#include "supervisor/process_status.h"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace secai::supervisor {
namespace {

TEST(ProcessStatusTest, ReadsTheTwoLines) {
  const ProcessStatus status =
      ParseProcessStatus("Name:\tSeccomp:\t9\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n");
  EXPECT_EQ(status.seccomp, 2);
  EXPECT_EQ(status.no_new_privs, true);
}

TEST(ProcessStatusTest, WhatIsNotSaidIsNotKnown) {
  EXPECT_FALSE(ParseProcessStatus("Name:\tx\n").seccomp.has_value());
  EXPECT_FALSE(ParseProcessStatus("a\nSeccomp:\t").seccomp.has_value());
  EXPECT_FALSE(ReadProcessStatus(0).no_new_privs.has_value());
}

TEST(ProcessStatusTest, ThisKernelSaysBoth) {
  const ProcessStatus status = ReadProcessStatus(::getpid());
  EXPECT_TRUE(status.seccomp.has_value());
  EXPECT_TRUE(status.no_new_privs.has_value());
}

TEST(ProcessStatusTest, NamesTheProcessesThatWereForked) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_EQ(ReadChildren(::getpid()), std::vector<pid_t>{child});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(ReadChildren(child).empty());
  EXPECT_TRUE(ReadChildren(0).empty());
}

}  // namespace
}  // namespace secai::supervisor
