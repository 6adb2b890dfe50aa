// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions in RE2's dialect: linear time, bounded memory. A set looks for what every
// match must have (policy/regex_facts.h) in one pass over the text, and searches each pattern only
// around the places where it stands.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::policy {

enum class LetterCase { ignored, exact };

class Pattern {
 public:
  // `expression` is normalised like the text it is meant for. Configuration fault with RE2's reason
  // when it does not compile.
  static Result<Pattern> compile(const std::string& expression, LetterCase letter_case);
  bool found_in(std::string_view text) const;
  // Bytes of a match at most; nullopt: there is no bound ('*', '+', '{2,}').
  std::optional<std::size_t> longest_match() const;

 private:
  friend class PatternSet;
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

struct PatternMatch {
  std::size_t pattern = 0;  // in the order of create()
  std::size_t from = 0;     // of the named group `value`, or of the whole match
  std::size_t to = 0;
};

class PatternSet {
 public:
  // Longer matches, of patterns without a bound, may be missed.
  static constexpr std::size_t kLongestMatch = 512;

  // Configuration fault for a pattern that matches the empty text.
  static Result<PatternSet> create(std::vector<Pattern> patterns);
  // Thread-safe. Matches of one pattern come by place, and patterns in their order. `visit` returns
  // false to end the scan; scan returns whether it came to the end of the text.
  bool scan(std::string_view text, const std::function<bool(const PatternMatch&)>& visit,
            const std::function<bool()>& out_of_time) const;

 private:
  struct Index;
  class Scan;
  std::vector<Pattern> patterns_;
  std::shared_ptr<const Index> index_;
};

}  // namespace phimilter::policy
