#include "http/static_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <stdlib.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/unique_fd.h"

namespace secai::http {
namespace {

namespace fs = std::filesystem;

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    std::string name = (fs::temp_directory_path() / "secai-static-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    Write("index.html", "<!doctype html>");
    Write("assets/app-1.js", "plain");
    Write("assets/app-1.js.gz", "gzip");
    Write("assets/app-1.js.br", "brotli");
  }
  ~StaticFilesTest() override { fs::remove_all(folder_); }

  void Write(const std::string& path, const std::string& content) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << content;
  }
  Result<StaticFiles> Load() const {
    const UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return StaticFiles::Create(folder.get());
  }
  static std::string HeaderOf(const Response& response, std::string_view name) {
    for (const Header& field : response.headers) {
      if (field.name == name) return field.value;
    }
    return "";
  }
  static Headers Accepting(const std::string& codings) {
    Headers headers;
    headers.Add("accept-encoding", codings);
    return headers;
  }

  fs::path folder_;
};

TEST_F(StaticFilesTest, ServesThePageFreshAndAssetsForever) {
  ASSERT_OK_AND_ASSIGN(const StaticFiles files, Load());
  const auto page = files.Find("index.html", {});
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(*page->shared_body, "<!doctype html>");
  EXPECT_EQ(HeaderOf(*page, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(HeaderOf(*page, "Cache-Control"), "no-store");
  const auto script = files.Find("assets/app-1.js", {});
  EXPECT_EQ(*script->shared_body, "plain");
  EXPECT_NE(HeaderOf(*script, "Cache-Control").find("immutable"), std::string::npos);
}

TEST_F(StaticFilesTest, ServesTheBestCodingThatIsAccepted) {
  ASSERT_OK_AND_ASSIGN(const StaticFiles files, Load());
  const auto brotli = files.Find("assets/app-1.js", Accepting("gzip, deflate, br"));
  EXPECT_EQ(*brotli->shared_body, "brotli");
  EXPECT_EQ(HeaderOf(*brotli, "Content-Encoding"), "br");
  EXPECT_EQ(HeaderOf(*brotli, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(*files.Find("assets/app-1.js", Accepting("br;q=0, gzip;q=0.5"))->shared_body, "gzip");
  EXPECT_EQ(*files.Find("assets/app-1.js", Accepting("gzip;q=0.000"))->shared_body, "plain");
}

TEST_F(StaticFilesTest, KnowsOnlyExactNames) {
  ASSERT_OK_AND_ASSIGN(const StaticFiles files, Load());
  for (const char* path : {"", "assets", "assets/", "../x", "assets/app-1.js.br", "INDEX.HTML"}) {
    EXPECT_EQ(files.Find(path, {}), nullptr) << path;
  }
}

TEST_F(StaticFilesTest, RefusesLinksAndFilesOverTheLimit) {
  fs::create_symlink("/etc/passwd", folder_ / "link");
  EXPECT_FALSE(Load().has_value());
  fs::remove(folder_ / "link");
  EXPECT_OK(Load());
  Write("large", std::string((std::size_t{4} << 20) + 1, 'a'));
  EXPECT_FALSE(Load().has_value());
}

TEST_F(StaticFilesTest, RefusesACompressedFileAlone) {
  Write("assets/alone.css.gz", "x");
  EXPECT_FALSE(Load().has_value());
}

}  // namespace
}  // namespace secai::http
