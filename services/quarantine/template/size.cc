#include "quarantine/template/size.h"

#include <algorithm>
#include <tuple>

namespace secai::quarantine {
namespace {

constexpr double kHuge = 1e18;  // No count goes above; far over every limit.
constexpr int kMaxDegree = 64;

}  // namespace

Size Size::Of(int symbol, int degree, double count) {
  Size size;
  size.Add(Term{symbol, degree, count}, true);
  return size;
}

void Size::Add(const Term& term, bool is_sum) {
  const auto place =
      std::lower_bound(terms_.begin(), terms_.end(), term, [](const Term& a, const Term& b) {
        return std::tie(a.symbol, a.degree) < std::tie(b.symbol, b.degree);
      });
  if (place != terms_.end() && place->symbol == term.symbol && place->degree == term.degree) {
    place->count =
        std::min(kHuge, is_sum ? place->count + term.count : std::max(place->count, term.count));
    return;
  }
  terms_.insert(place,
                Term{term.symbol, std::min(term.degree, kMaxDegree), std::min(kHuge, term.count)});
}

Size Size::Merge(const Size& other, bool is_sum) const {
  Size merged = *this;
  for (const Term& term : other.terms_) merged.Add(term, is_sum);
  return merged;
}

Size Size::Scaled(double factor) const {
  Size scaled = *this;
  for (Term& term : scaled.terms_) term.count = std::min(kHuge, term.count * factor);
  return scaled;
}

Size Size::Times(const Size& other) const {
  Size product;
  for (const Term& a : terms_) {
    for (const Term& b : other.terms_) {
      const double count = a.count * b.count;
      const int degree = a.degree + b.degree;
      if (a.symbol == 0 || b.symbol == 0) {
        product.Add(Term{std::max(a.symbol, b.symbol), degree, count}, true);
      } else {
        // A product of two unknowns is no sum of them: the degree says that it multiplies.
        product.Add(Term{a.symbol, degree + 1, count}, true);
        product.Add(Term{b.symbol, degree + 1, count}, true);
      }
    }
  }
  return product;
}

Size Size::Elements() const {
  Size elements = *this;
  for (Term& term : elements.terms_) {
    if (term.symbol != 0) {
      term.count /= kDataUnit;  // Of something of the input; constants are looked at apart.
    } else if (term.degree > 0) {
      term.count = std::max(1.0, term.count / kDataUnit);
    }
  }
  return elements;
}

Size Size::Substitute(const std::function<Size(int)>& value) const {
  Size out;
  for (const Term& term : terms_) {
    if (term.symbol == 0) {
      out.Add(term, true);
      continue;
    }
    Size replaced = value(term.symbol).Scaled(term.count);
    for (Term inner : replaced.terms_) {
      inner.degree += term.degree;
      out.Add(inner, true);
    }
  }
  return out;
}

double Size::MaxCount() const {
  double count = 0;
  for (const Term& term : terms_) {
    count = std::max(count, term.symbol == 0 ? term.count : term.count * kDataUnit);
  }
  return count;
}

int Size::MaxDegree() const {
  int degree = 0;
  for (const Term& term : terms_) {
    degree = std::max(degree, term.degree + (term.symbol == 0 ? 0 : 1));
  }
  return degree;
}

double Size::ConstantCount() const {
  return terms_.empty() || terms_[0].symbol != 0 || terms_[0].degree != 0 ? 0 : terms_[0].count;
}

double Size::CountOf(int symbol) const {
  double count = 0;
  for (const Term& term : terms_) {
    if (term.symbol != symbol) continue;
    count += term.degree > 0 ? std::max(2.0, term.count) : term.count;
  }
  return count;
}

}  // namespace secai::quarantine
