#include "quarantine/template/growth.h"

#include <bitset>
#include <cstddef>
#include <utility>
#include <vector>

namespace secai::quarantine {
namespace {

using Row = std::bitset<kMaxLoopVariables>;

class Closure {
 public:
  Closure(const RoundEffect& effect, const Rounds& rounds) : effect_(effect), rounds_(rounds) {
    for (const auto& [symbol, size] : effect) {
      index_.emplace(symbol, symbols_.size());
      symbols_.push_back(symbol);
    }
  }

  std::optional<RoundEffect> Run() {
    if (symbols_.size() > kMaxLoopVariables) return std::nullopt;
    reaches_.resize(symbols_.size());
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      for (const Size::Term& term : effect_.at(symbols_[i]).terms()) {
        const auto found = index_.find(term.symbol);
        if (found != index_.end()) reaches_[i][found->second] = true;
      }
    }
    for (std::size_t k = 0; k < symbols_.size(); ++k) {
      for (std::size_t i = 0; i < symbols_.size(); ++i) {
        if (reaches_[i][k]) reaches_[i] |= reaches_[k];
      }
    }
    // In a circle of variables each may hold one copy of one other: a round then only moves them
    // on.
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      double copies = 0;
      for (std::size_t j = 0; j < symbols_.size(); ++j) {
        if (InCircle(i, j)) copies += effect_.at(symbols_[i]).CountOf(symbols_[j]);
      }
      if (copies > 1) return std::nullopt;
    }
    RoundEffect after;
    for (std::size_t i = 0; i < symbols_.size(); ++i) after.emplace(symbols_[i], Total(i));
    return after;
  }

 private:
  bool InCircle(std::size_t i, std::size_t j) const { return reaches_[i][j] && reaches_[j][i]; }

  // What variable `i` may hold at last: what its circle held before, and what was added each round.
  // The circles form no circle among themselves, so this ends.
  Size Total(std::size_t i) {
    const auto known = totals_.find(i);
    if (known != totals_.end()) return known->second;
    Size total = Size::Symbol(symbols_[i]);
    Size added;
    std::vector<std::size_t> circle = {i};
    for (std::size_t j = 0; j < symbols_.size(); ++j) {
      if (j != i && InCircle(i, j)) circle.push_back(j);
    }
    for (const std::size_t member : circle) {
      if (member != i) total = total.Max(Size::Symbol(symbols_[member]));
      added = added.Plus(AddedPerRound(i, effect_.at(symbols_[member])));
    }
    const bool repeats = reaches_[i][i];
    total = repeats ? total.Plus(rounds_.Sum(added)) : total.Max(rounds_.Largest(added));
    totals_.emplace(i, total);
    return total;
  }

  Size AddedPerRound(std::size_t i, const Size& effect) {
    Size added;
    for (const Size::Term& term : effect.terms()) {
      const auto found = index_.find(term.symbol);
      Size piece = Size::FromTerm(term);
      if (found == index_.end()) {
        added = added.Plus(piece);
        continue;
      }
      if (InCircle(i, found->second) || found->second == i) {
        continue;
      }
      const Size total = Total(found->second);
      added = added.Plus(piece.Substitute([&](int) { return total; }));
    }
    return added;
  }

  const RoundEffect& effect_;
  const Rounds& rounds_;
  std::vector<int> symbols_;
  std::map<int, std::size_t> index_;
  std::vector<Row> reaches_;
  std::map<std::size_t, Size> totals_;
};

}  // namespace

Size Rounds::Sum(const Size& size) const {
  Size sum;
  for (const Size::Term& term : size.terms()) {
    const Size piece = Size::FromTerm(term);
    sum = sum.Plus(element != 0 && term.symbol == element ? Largest(piece) : piece.Times(count));
  }
  return sum;
}

Size Rounds::Largest(const Size& size) const {
  return size.Substitute(
      [&](int symbol) { return symbol == element ? whole : Size::Symbol(symbol); });
}

std::optional<RoundEffect> AfterRounds(const RoundEffect& effect, const Rounds& rounds) {
  return Closure(effect, rounds).Run();
}

}  // namespace secai::quarantine
