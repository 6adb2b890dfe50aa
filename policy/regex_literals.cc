// SPDX-License-Identifier: Apache-2.0
#include "policy/regex_literals.h"

#include <algorithm>
#include <string>

#include "policy/literal_frequency.h"

namespace phimilter::policy {
namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Whether who sees `other` sees `one`, too.
bool is_held(const Literal& one, const Literal& other) {
  const std::string& text = other.fact.text;
  const std::size_t size = one.fact.text.size();
  for (std::size_t at = text.find(one.fact.text); at != std::string::npos;
       at = text.find(one.fact.text, at + 1)) {
    const std::size_t end = at + size;
    const bool start_fits =
        !one.fact.at_word_start ||
        (at == 0 ? other.fact.at_word_start : is_word(text[at - 1]) != is_word(text[at]));
    const bool end_fits = !one.fact.at_word_end ||
                          (end == text.size() ? other.fact.at_word_end
                                              : is_word(text[end - 1]) != is_word(text[end]));
    if (start_fits && end_fits && (!one.in_front || (at == 0 && other.in_front)) &&
        (!one.at_back || (end == text.size() && other.at_back))) {
      return true;
    }
  }
  return false;
}

}  // namespace

double Required::frequency() const {
  double out = literals.empty() ? 1 : 0;
  for (const Literal& literal : literals) {
    out += frequency_of(literal.fact);
  }
  return std::min(out, 1.0);
}

bool Required::better_than(const Required& other) const {
  const double mine = frequency();
  const double others = other.frequency();
  return mine != others ? mine < others : literals.size() < other.literals.size();
}

void Required::shrink() {
  std::sort(literals.begin(), literals.end(), [](const Literal& a, const Literal& b) {
    const std::string& one = a.fact.text;
    const std::string& two = b.fact.text;
    return one.size() != two.size() ? one.size() < two.size() : one < two;
  });
  std::vector<Literal> kept;
  for (Literal& literal : literals) {
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const Literal& other) { return is_held(other, literal); })) {
      kept.push_back(std::move(literal));
    }
  }
  literals = std::move(kept);
}

void Required::begin_word() {
  for (Literal& literal : literals) {
    literal.fact.at_word_start =
        literal.fact.at_word_start || (literal.in_front && is_word(literal.fact.text.front()));
  }
}

void Required::end_word() {
  for (Literal& literal : literals) {
    literal.fact.at_word_end =
        literal.fact.at_word_end || (literal.at_back && is_word(literal.fact.text.back()));
  }
}

bool Required::are_words() const {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !literals.empty() &&
         std::all_of(literals.begin(), literals.end(), [&](const Literal& one) {
           return one.in_front && one.at_back && one.fact.at_word_start && one.fact.at_word_end &&
                  std::all_of(one.fact.text.begin(), one.fact.text.end(), is_letter);
         });
}

std::vector<RequiredLiteral> Required::facts() const {
  return shrunk(false);
}

std::vector<RequiredLiteral> Required::fronts() const {
  return shrunk(true);
}

std::vector<RequiredLiteral> Required::shrunk(bool keep_front) const {
  Required plain = *this;
  for (Literal& literal : plain.literals) {
    literal.in_front = literal.in_front && keep_front;
    literal.at_back = false;
  }
  plain.shrink();
  std::vector<RequiredLiteral> out;
  for (Literal& literal : plain.literals) {
    out.push_back(std::move(literal.fact));
  }
  return out;
}

}  // namespace phimilter::policy
