// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kWindow = 8 * 1024;
constexpr std::int64_t kPatternMemory = 8 << 20;
constexpr std::int64_t kSetMemory = 64 << 20;

RE2::Options options_for(LetterCase letter_case, std::int64_t memory) {
  RE2::Options options;
  // Bytes: the text is normalised, and a byte that is not UTF-8 must not end a match.
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_case_sensitive(letter_case == LetterCase::exact);
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

// Windows begin behind white space, so that \b sees the same as in the whole text.
std::size_t window_end(std::string_view text, std::size_t begin) {
  if (text.size() - begin <= kWindow) {
    return text.size();
  }
  const std::size_t wanted = begin + kWindow;
  const std::size_t blank = text.find_last_of(" \n\t", wanted);
  return blank != std::string_view::npos && blank > begin + kWindow / 2 ? blank + 1 : wanted;
}

}  // namespace

struct Pattern::Compiled {
  Compiled(const std::string& text, LetterCase with_case)
      : expression((with_case == LetterCase::ignored ? "(?i)" : "") + normalised(text)),
        regex(expression, options_for(LetterCase::exact, kPatternMemory)) {
    const auto& groups = regex.NamedCapturingGroups();
    const auto found = groups.find("value");
    value_group = found == groups.end() ? 0 : found->second;
  }
  std::string expression;
  RE2 regex;
  int value_group = 0;
};

Result<Pattern> Pattern::compile(const std::string& expression, LetterCase letter_case) {
  auto compiled = std::make_shared<const Compiled>(expression, letter_case);
  if (!compiled->regex.ok()) {
    return fail(
        configuration_fault("policy.pattern", "does not compile: " + compiled->regex.error()));
  }
  return Pattern(std::move(compiled));
}

bool Pattern::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->regex);
}

struct PatternSet::Compiled {
  RE2::Set set{options_for(LetterCase::exact, kSetMemory), RE2::UNANCHORED};
};

Result<PatternSet> PatternSet::create(std::vector<Pattern> patterns) {
  auto compiled = std::make_shared<Compiled>();
  for (const Pattern& pattern : patterns) {
    std::string error;
    if (pattern.found_in("")) {
      return fail(configuration_fault("policy.pattern", "a pattern matches the empty text"));
    }
    if (compiled->set.Add(pattern.compiled_->expression, &error) < 0) {
      return fail(configuration_fault("policy.pattern", "does not compile: " + error));
    }
  }
  if (!patterns.empty() && !compiled->set.Compile()) {
    return fail(configuration_fault("policy.pattern", "the patterns are too large together"));
  }
  PatternSet out;
  out.patterns_ = std::move(patterns);
  out.set_ = std::move(compiled);
  return out;
}

namespace {

// Every match of one pattern that starts in [begin, end); they may end behind it. False: the
// visitor had enough.
bool scan_window(std::size_t index, const RE2& regex, int value_group, std::string_view text,
                 std::size_t begin, std::size_t end,
                 const std::function<bool(const PatternMatch&)>& visit) {
  const std::size_t limit = std::min(text.size(), end + PatternSet::kLongestMatch);
  const re2::StringPiece piece(text.data(), limit);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(value_group) + 1);
  const auto offset = [&](const re2::StringPiece& group) {
    return static_cast<std::size_t>(group.data() - text.data());
  };
  std::size_t at = begin;
  while (at < end &&
         regex.Match(piece, at, limit, RE2::UNANCHORED, groups.data(), value_group + 1)) {
    const std::size_t from = offset(groups[0]);
    const std::size_t to = from + groups[0].size();
    if (from >= end) {
      break;
    }
    const re2::StringPiece& value = groups.back().data() == nullptr ? groups[0] : groups.back();
    if (!visit({index, offset(value), offset(value) + value.size()})) {
      return false;
    }
    at = std::max(to, at + 1);
  }
  return true;
}

}  // namespace

bool PatternSet::scan(std::string_view text, const std::function<bool(const PatternMatch&)>& visit,
                      const std::function<bool()>& out_of_time) const {
  std::vector<int> every(patterns_.size());
  std::iota(every.begin(), every.end(), 0);
  std::vector<int> present;
  for (std::size_t begin = 0; begin < text.size() && !patterns_.empty();) {
    if (out_of_time()) {
      return false;
    }
    const std::size_t end = window_end(text, begin);
    const std::size_t limit = std::min(text.size(), end + kLongestMatch);
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    present.clear();
    const bool any =
        set_->set.Match(re2::StringPiece(text.data() + begin, limit - begin), &present, &error);
    if (!any && error.kind != RE2::Set::kNoError) {
      present = every;  // the set ran out of memory: that says nothing about what occurs
    }
    for (const int index : present) {
      const auto at = static_cast<std::size_t>(index);
      const Pattern::Compiled& pattern = *patterns_[at].compiled_;
      if (!scan_window(at, pattern.regex, pattern.value_group, text, begin, end, visit)) {
        return false;
      }
    }
    begin = end;
  }
  return true;
}

}  // namespace phimilter::policy
