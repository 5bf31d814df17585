#pragma once

#include <functional>
#include <vector>

namespace secai::quarantine {

// How large a value can get: a sum of terms count * N^degree * symbol. N is the size of the input;
// symbol 0 is none, others stand for the value that a variable had when a loop or macro began.
// Units: bytes of a string, elements of a list, the amount of a number. What comes from the input
// is kDataUnit * N, so that many copies of it show in `count`. Every operation is an upper bound.
// Plain value.
class Size {
 public:
  struct Term {
    int symbol = 0;
    int degree = 0;
    double count = 0;
  };
  static constexpr double kDataUnit = 4096;

  static Size Constant(double count) { return Of(0, 0, count); }
  static Size Data() { return Of(0, 1, kDataUnit); }
  static Size Amount() { return Of(0, 1, 1); }  // A number bounded by the input.
  static Size Symbol(int symbol) { return Of(symbol, 0, 1); }

  static Size FromTerm(const Term& term) { return Of(term.symbol, term.degree, term.count); }

  const std::vector<Term>& terms() const { return terms_; }
  Size Plus(const Size& other) const { return Merge(other, /*is_sum=*/true); }
  Size Max(const Size& other) const { return Merge(other, /*is_sum=*/false); }
  Size Times(const Size& other) const;
  Size Scaled(double factor) const;
  // The number of elements of something this large.
  Size Elements() const;
  // Each symbol replaced by what `value` gives for it.
  Size Substitute(const std::function<Size(int)>& value) const;

  // Largest count and degree over all terms; a symbol counts as something of the input.
  double MaxCount() const;
  int MaxDegree() const;
  double ConstantCount() const;      // Of the term without symbol and degree.
  double CountOf(int symbol) const;  // Sum over the degrees; with degree > 0 at least 2.

 private:
  static Size Of(int symbol, int degree, double count);
  Size Merge(const Size& other, bool is_sum) const;
  void Add(const Term& term, bool is_sum);

  std::vector<Term> terms_;  // Sorted by symbol and degree.
};

}  // namespace secai::quarantine
