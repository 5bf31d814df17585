#include "secai/doctor_checks.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

using Devices = std::vector<std::string>;

TEST(DoctorChecksTest, NamesSwapThatIsNotEncrypted) {
  const std::string swaps =
      "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
      "/dev/sda2                               partition\t1000\t\t0\t\t-2\n"
      "/dev/zram0                              partition\t1000\t\t0\t\t100\n"
      "/dev/dm-1                               partition\t1000\t\t0\t\t-3\n";
  const auto is_encrypted = [](const std::string& device) { return device == "/dev/dm-1"; };
  EXPECT_EQ(UnencryptedSwap(swaps, is_encrypted), Devices{"/dev/sda2"});
  EXPECT_EQ(UnencryptedSwap("Filename\n", is_encrypted), Devices());
  EXPECT_EQ(UnencryptedSwap("", is_encrypted), Devices());
}

TEST(DoctorChecksTest, ReadsTheAvailableMemory) {
  EXPECT_EQ(AvailableMemory("MemTotal: 10 kB\nMemAvailable:    2048 kB\n"), 2'097'152U);
  EXPECT_EQ(AvailableMemory("MemTotal: 10 kB\n"), 0U);
}

TEST(DoctorChecksTest, EveryFindingIsNamedAndExplained) {
  for (const Finding& finding : RunDoctorChecks("/nonexistent/root", false)) {
    EXPECT_FALSE(finding.about.empty());
    EXPECT_FALSE(finding.detail.empty()) << finding.about;
    if (finding.level == Finding::Level::kFail)
      EXPECT_FALSE(finding.remedy.empty()) << finding.about;
  }
}

}  // namespace
}  // namespace secai::cli
