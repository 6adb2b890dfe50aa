// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_limits.h"

#include "policy/check_digits.h"
#include "policy/normalise.h"
#include "policy/pattern_set.h"
#include "policy/regex_facts.h"

namespace phimilter::policy {
namespace {

// Where a class ends: behind its ']', which may stand first as a letter of the class.
std::size_t behind_class(std::string_view expression, std::size_t at) {
  ++at;
  at += at < expression.size() && expression[at] == '^' ? 1 : 0;
  at += at < expression.size() && expression[at] == ']' ? 1 : 0;
  while (at < expression.size() && expression[at] != ']') {
    const bool named = expression.substr(at).starts_with("[:");
    const std::size_t close = named ? expression.find(":]", at) : std::string_view::npos;
    at = close != std::string_view::npos ? close + 2 : at + (expression[at] == '\\' ? 2 : 1);
  }
  return at + 1;
}

// "{2,}" and what begins like it.
bool is_open_repeat(std::string_view rest) {
  std::size_t at = 1;
  while (at < rest.size() && is_digit(rest[at])) {
    ++at;
  }
  return at > 1 && rest.substr(at).starts_with(",}");
}

// For expressions with parts that the facts do not cover.
bool has_open_repeat(std::string_view expression) {
  for (std::size_t at = 0; at < expression.size();) {
    const char c = expression[at];
    if (c == '*' || c == '+' || (c == '{' && is_open_repeat(expression.substr(at)))) {
      return true;
    }
    at = c == '[' ? behind_class(expression, at) : at + (c == '\\' ? 2 : 1);
  }
  return false;
}

}  // namespace

std::string pattern_complaint(std::string_view expression) {
  const std::string text = normalised(expression);
  const RegexFacts facts = regex_facts(text);
  const bool endless =
      facts.understood ? facts.longest == RegexFacts::kUnbounded : has_open_repeat(text);
  if (endless) {
    return "has no longest match: write {0,20} for * and {1,20} for +";
  }
  if (facts.understood && facts.longest > PatternSet::kLongestMatch) {
    return "can match " + std::to_string(facts.longest) + " bytes; at most " +
           std::to_string(PatternSet::kLongestMatch) + " are searched";
  }
  return "";
}

}  // namespace phimilter::policy
