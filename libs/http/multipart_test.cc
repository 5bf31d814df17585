#include "http/multipart.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::http {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=XyZ";

std::string Body(const std::string& content,
                 const std::string& disposition = "form-data; name=\"file\"; filename=\"a.gguf\"") {
  return "--XyZ\r\nContent-Disposition: " + disposition +
         "\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--XyZ--\r\n";
}

struct Outcome {
  bool is_good = false;
  std::string file;
  std::string name;
};

Outcome Read(const std::string& body, std::size_t step) {
  Outcome outcome;
  Result<MultipartReader> reader = MultipartReader::Create(kType);
  if (!reader.has_value()) return outcome;
  for (std::size_t i = 0; i < body.size(); i += step) {
    if (!reader->Push(std::string_view(body).substr(i, step), &outcome.file).has_value()) {
      return outcome;
    }
  }
  outcome.is_good = reader->is_finished();
  outcome.name = reader->file_name();
  return outcome;
}

TEST(MultipartTest, FindsTheFileHoweverTheBytesAreCut) {
  const std::string content =
      std::string("GGUF\r\n--XyY \r\n--Xy\r\r\n") + std::string(2, 0) + "--XyZ";
  for (std::size_t step = 1; step < 200; step += step < 40 ? 1 : 37) {
    const Outcome outcome = Read(Body(content), step);
    EXPECT_TRUE(outcome.is_good) << step;
    EXPECT_EQ(outcome.file, content) << step;
    EXPECT_EQ(outcome.name, "a.gguf") << step;
  }
}

TEST(MultipartTest, TakesAnEmptyFileAndDropsFolders) {
  const Outcome outcome = Read(Body("", "form-data; filename=\"C:\\\\x/y z.gguf\"; name=f"), 7);
  EXPECT_TRUE(outcome.is_good);
  EXPECT_EQ(outcome.file, "");
  EXPECT_EQ(outcome.name, "y z.gguf");
}

TEST(MultipartTest, RefusesAnythingButOneFile) {
  const std::string part = "--XyZ\r\nContent-Disposition: form-data; filename=a\r\n\r\nx\r\n";
  const std::vector<std::string> refused = {
      "x" + Body("a"),
      "\r\n" + Body("a"),
      "--XyZ--\r\n",
      part + part + "--XyZ--\r\n",
      "--XyZ\r\n\r\nx\r\n--XyZ--\r\n",
      Body("a", "form-data; name=\"field\""),
      Body("a", "attachment; filename=a"),
      Body("a", "form-data; filename=\"\""),
      Body("a", "form-data; filename=\"folder/\""),
      Body("a", "form-data; filename=\"a\x01\""),
      Body("a", "form-data; filename=\"\xff\""),
      Body("a", "form-data; filename=\"" + std::string(256, 'a') + "\""),
      "--XyZ\r\nNo colon\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nX: " + std::string(9000, 'a'),
      "--XyZzz\r\n",
      Body("a") + "more",
  };
  for (const std::string& body : refused)
    EXPECT_FALSE(Read(body, 64).is_good) << body.substr(0, 80);
}

TEST(MultipartTest, ABodyThatEndsEarlyIsNotFinished) {
  const std::string whole = Body("content");
  for (std::size_t size = 0; size + 4 < whole.size(); ++size) {
    EXPECT_FALSE(Read(whole.substr(0, size), 16).is_good) << size;
  }
}

TEST(MultipartTest, NeedsABoundary) {
  EXPECT_FALSE(MultipartReader::Create("application/json").has_value());
  EXPECT_FALSE(MultipartReader::Create("multipart/form-data").has_value());
  EXPECT_FALSE(MultipartReader::Create("multipart/form-data; boundary=").has_value());
  EXPECT_FALSE(MultipartReader::Create("multipart/form-data; boundary=a@b").has_value());
  EXPECT_FALSE(
      MultipartReader::Create("multipart/form-data; boundary=" + std::string(71, 'a')).has_value());
  EXPECT_OK(
      MultipartReader::Create("Multipart/Form-Data; boundary=\"" + std::string(70, 'a') + "\""));
}

}  // namespace
}  // namespace secai::http
