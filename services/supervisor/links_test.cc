#include "supervisor/links.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::supervisor {
namespace {

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream stream(row.substr(1));  // After the first bar.
  for (std::string cell; std::getline(stream, cell, '|');) {
    const std::size_t begin = cell.find_first_not_of(' ');
    if (begin == std::string::npos) {
      cells.emplace_back();
      continue;
    }
    cells.push_back(cell.substr(begin, cell.find_last_not_of(' ') - begin + 1));
  }
  return cells;
}

// The table "caller \ callee" of docs/links.md as pairs.
std::set<std::pair<std::string, std::string>> DocumentedLinks(std::set<std::string>* rooms) {
  std::ifstream page(SECAI_DOCS "/links.md");
  std::set<std::pair<std::string, std::string>> links;
  std::vector<std::string> callees;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| caller")) {
      callees = Cells(line);
      rooms->insert(callees.begin() + 1, callees.end());
      continue;
    }
    if (callees.empty() || line.starts_with("|---")) continue;
    if (!line.starts_with('|')) break;
    const std::vector<std::string> cells = Cells(line);
    rooms->insert(cells.front());
    for (std::size_t column = 1; column < cells.size(); ++column) {
      if (!cells[column].empty()) links.emplace(cells.front(), callees.at(column));
    }
  }
  return links;
}

TEST(LinksTest, TheTableIsTheDocumentedOne) {
  std::set<std::string> rooms;
  const auto documented = DocumentedLinks(&rooms);
  ASSERT_GE(documented.size(), 10U);
  for (const std::string& caller : rooms) {
    for (const std::string& callee : rooms) {
      EXPECT_EQ(FindLink(caller, callee).has_value(), documented.contains({caller, callee}))
          << caller << " to " << callee;
    }
  }
}

TEST(LinksTest, ConversationsGetTheLargerFrames) {
  EXPECT_EQ(FindLink("gateway", "inference")->max_frame_bytes, std::size_t{8} << 20);
  EXPECT_EQ(FindLink("gateway", "registry")->max_frame_bytes, std::size_t{1} << 20);
}

TEST(LinksTest, NobodyElseIsLinked) {
  EXPECT_FALSE(FindLink("gateway", "supervisor").has_value());
  EXPECT_FALSE(FindLink("", "").has_value());
}

}  // namespace
}  // namespace secai::supervisor
