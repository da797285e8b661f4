// Numeric expressions for the lowering: a sum as a linear form, as a comparison, and as words.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/engine/builder.h"
#include "rules/language/ast.h"
#include "rules/language/linear.h"
#include "rules/language/reporter.h"
#include "rules/language/scope.h"

namespace lamplight::rules {

// Where declarations went in the program; kNone for what the plan took away.
struct Indices {
  std::vector<uint16_t> signals;
  std::vector<uint16_t> limits;
};

class Sums {
 public:
  Sums(const ast::File& file, const Scope& scope, Reporter& reporter,
       engine::ProgramBuilder& builder, const Indices& indices);

  // What is known of a declared number: its step, how it is printed, and the steps it may have.
  struct Known {
    Ratio step{1, 1};  // in base units
    int decimals = 0;
    Unit unit;
    int64_t low = 0;
    int64_t high = 0;
  };
  void set_signal(uint16_t index, Known known) { signals_[index] = std::move(known); }
  void set_limit(uint16_t index, Known known) { limits_[index] = std::move(known); }

  // How the condition of a share is made an operation; set before the first sum.
  using MakeCondition = std::function<engine::OpIndex(const ast::Condition&)>;
  void set_condition(MakeCondition make) { condition_ = std::move(make); }
  // `or P percent of W` of a `lost` line: the share of time in which `lost` holds.
  engine::OpIndex lost_share(engine::OpIndex lost, const ast::Lost& from);

  // One comparison of a sum with another; U forever if a number does not fit (reported).
  engine::OpIndex compare(const ast::Sum& left, ast::Relation relation, const ast::Sum& right,
                          Position at);
  // `shortfall of x below level forget after span >= budget`, and `excess … above`.
  engine::OpIndex area(const ast::Condition& c, engine::Span forget);
  // A number for people; nothing if it reads a signal that the plan took away.
  std::optional<engine::Quantity> quantity(const ast::Sum& sum);

 private:
  std::optional<LinearForm> form(const ast::Sum& sum);
  std::optional<LinearForm> term(const ast::Term& term);
  std::optional<LinearForm> aggregate(const ast::Factor& f);
  std::optional<LinearForm> age(const ast::Factor& f);
  std::optional<LinearForm> share(engine::OpIndex inner, Duration over,
                                  std::optional<Decimal> needs);
  bool is_solvable(const engine::Linear& linear, Position at);
  std::optional<LinearForm> named(const ast::Name& name);
  void overflow(Position at);
  // Proves that no value of the form can reach 2^62 (E10).
  bool stays_small(const engine::Linear& linear) const;
  // How a value of this sum is printed.
  struct Style {
    Unit unit;
    int decimals = 0;
    bool has_unit = false;
  };
  void find_style(const ast::Sum& sum, Unit& unit, int& decimals, bool& has_unit);
  const Style& style_of_let(size_t let);
  void words(const ast::Sum& sum, engine::Text& out);
  engine::TextIndex area_words(const ast::Condition& c);
  std::optional<engine::Quantity> quantity_of(const LinearForm& form, const ast::Sum& sum);

  const ast::File& file_;
  const Scope& scope_;
  Reporter& reporter_;
  engine::ProgramBuilder& builder_;
  const Indices& indices_;
  MakeCondition condition_;
  std::map<uint16_t, Known> signals_;
  std::map<uint16_t, Known> limits_;
  std::map<size_t, std::optional<LinearForm>> lets_;
  std::map<size_t, Style> let_styles_;
};

}  // namespace lamplight::rules
