// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions in RE2's dialect: linear time, bounded memory. A set finds out which patterns
// occur at all, then each of those is searched alone for its places.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
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

 private:
  friend class PatternSet;
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

struct PatternMatch {
  std::size_t pattern = 0;  // in the order of add()
  std::size_t from = 0;     // of the named group `value`, or of the whole match
  std::size_t to = 0;
};

class PatternSet {
 public:
  // A match longer than this may be missed where two windows meet.
  static constexpr std::size_t kLongestMatch = 512;

  // Configuration fault for a pattern that matches the empty text, and for a set that RE2 cannot
  // build.
  static Result<PatternSet> create(std::vector<Pattern> patterns);
  // Thread-safe. `visit` returns false to end the scan; scan returns whether it came to the end of
  // the text.
  bool scan(std::string_view text, const std::function<bool(const PatternMatch&)>& visit,
            const std::function<bool()>& out_of_time) const;

 private:
  struct Compiled;
  std::vector<Pattern> patterns_;
  std::shared_ptr<const Compiled> set_;
};

}  // namespace phimilter::policy
