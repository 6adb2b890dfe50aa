// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern_set.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>

#include "policy/digit_places.h"
#include "policy/literal_set.h"
#include "policy/normalise.h"
#include "policy/regex_facts.h"
#include "policy/stretches.h"

namespace phimilter::policy {
namespace {

constexpr std::int64_t kPatternMemory = 8 << 20;
constexpr double kOftenEnough = 0.05;  // literals in a byte: more of them stand everywhere
constexpr double kFrequencyOfNumbers = 0.02;
// A search that begins at one place costs so much of one around it: most end at once.
constexpr double kCostOfFront = 0.5;
constexpr std::size_t kBytesBetweenClockLooks = 64 * 1024;

RE2::Options options() {
  RE2::Options out;
  // Bytes: the text is normalised, and a byte that is not UTF-8 must not end a match.
  out.set_encoding(RE2::Options::EncodingLatin1);
  out.set_log_errors(false);
  out.set_max_mem(kPatternMemory);
  return out;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

struct Pattern::Compiled {
  Compiled(const std::string& text, LetterCase with_case)
      : expression((with_case == LetterCase::ignored ? "(?i)" : "") + normalised(text)),
        regex(expression, options()),
        facts(regex_facts(expression)) {
    const auto& groups = regex.NamedCapturingGroups();
    const auto found = groups.find("value");
    value_group = found == groups.end() ? 0 : found->second;
  }
  std::string expression;
  RE2 regex;
  RegexFacts facts;
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
  return RE2::PartialMatch(piece(text), compiled_->regex);
}

std::optional<std::size_t> Pattern::longest_match() const {
  const RegexFacts& facts = compiled_->facts;
  const bool bounded = !facts.understood || facts.longest != RegexFacts::kUnbounded;
  return bounded ? std::optional(std::min(facts.longest, PatternSet::kLongestMatch)) : std::nullopt;
}

struct PatternSet::Index {
  enum class By { fronts, literals, digits, everywhere };
  struct Entry {
    const RE2* regex = nullptr;
    int value_group = 0;
    By by = By::everywhere;
    std::size_t longest = kLongestMatch;
    std::size_t shortest = 0;
    std::size_t digits = 0;
    bool words = false;   // literals are matches
    bool narrow = false;  // the bytes of a match are none of running text
    ByteSet bytes;

    bool may_hold(char c) const { return bytes[static_cast<unsigned char>(c)]; }
  };
  static By cheapest(const RegexFacts& facts);

  std::vector<Entry> entries;
  LiteralSet literals;
  struct User {
    std::uint32_t pattern = 0;
    bool at_word_start = false;
    bool at_word_end = false;
  };
  std::vector<std::vector<User>> users;  // by literal
};

PatternSet::Index::By PatternSet::Index::cheapest(const RegexFacts& facts) {
  const bool words = facts.words && !facts.literals.empty();
  double cost =
      facts.digits == 0 ? kOftenEnough : kFrequencyOfNumbers / static_cast<double>(facts.digits);
  By out = facts.digits > 0 ? By::digits : By::everywhere;
  if (!facts.literals.empty() && facts.frequency < cost) {
    out = By::literals;
    cost = facts.frequency;
  }
  return !words && !facts.fronts.empty() && facts.front_frequency * kCostOfFront < cost ? By::fronts
                                                                                        : out;
}

Result<PatternSet> PatternSet::create(std::vector<Pattern> patterns) {
  auto index = std::make_shared<Index>();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const Pattern::Compiled& compiled = *patterns[i].compiled_;
    const RegexFacts& facts = compiled.facts;
    if (patterns[i].found_in("")) {
      return fail(configuration_fault("policy.pattern", "a pattern matches the empty text"));
    }
    const Index::By by = Index::cheapest(facts);
    Index::Entry entry{&compiled.regex,
                       compiled.value_group,
                       by,
                       std::min(facts.longest, kLongestMatch),
                       facts.shortest,
                       facts.digits,
                       facts.words && compiled.value_group == 0,
                       !facts.bytes[' '] || !facts.bytes['e'],
                       facts.bytes};
    const bool in_front = by == Index::By::fronts;
    for (const RequiredLiteral& literal : in_front ? facts.fronts : facts.literals) {
      if (!in_front && by != Index::By::literals) {
        break;
      }
      const std::size_t number = index->literals.add(literal.text, literal.at_word_start);
      index->users.resize(index->literals.size());
      index->users[number].push_back(
          {static_cast<std::uint32_t>(i), literal.at_word_start, literal.at_word_end});
    }
    index->entries.push_back(entry);
  }
  if (!index->literals.compile()) {
    for (Index::Entry& entry : index->entries) {
      entry.by = entry.digits > 0 ? Index::By::digits : Index::By::everywhere;
      entry.words = false;
    }
  }
  PatternSet out;
  out.patterns_ = std::move(patterns);
  out.index_ = std::move(index);
  return out;
}

// One text being scanned.
class PatternSet::Scan {
 public:
  Scan(const Index& index, std::string_view text,
       const std::function<bool(const PatternMatch&)>& visit,
       const std::function<bool()>& out_of_time)
      : index_(index),
        text_(text),
        visit_(visit),
        out_of_time_(out_of_time),
        digits_(digit_places(text)),
        stretches_(index.entries.size()) {}

  bool run() {
    index_.literals.scan(
        text_, [this](std::size_t literal, std::size_t end) { note_literal(literal, end); });
    for (std::size_t i = 0; i < index_.entries.size(); ++i) {
      const Index::Entry& entry = index_.entries[i];
      if (entry.by == Index::By::digits) {
        note_digits(i);
      } else if (entry.by == Index::By::everywhere) {
        note_runs(i);
      }
      if (!stretches_.none_of(i) && !search_all(i)) {
        return false;
      }
    }
    return true;
  }

 private:
  void note_literal(std::size_t literal, std::size_t end) {
    const std::size_t begin = end - index_.literals.length(literal);
    const bool word_start = begin == 0 || !is_word(text_[begin - 1]);
    const bool word_end = end == text_.size() || !is_word(text_[end]);
    for (const Index::User& user : index_.users[literal]) {
      if ((user.at_word_start && !word_start) || (user.at_word_end && !word_end)) {
        continue;
      }
      const Index::Entry& entry = index_.entries[user.pattern];
      if (entry.words) {
        stretches_.add(user.pattern, {begin, end});
        continue;
      }
      if (entry.by == Index::By::fronts) {
        note_front(user.pattern, begin);
        continue;
      }
      const Stretch around = run_around(
          entry, begin, end,
          {end - std::min(end, entry.longest), std::min(text_.size(), begin + entry.longest)});
      if (around.to - around.from >= entry.shortest &&
          (entry.digits == 0 || holds_digits(around, entry.digits))) {
        stretches_.note(user.pattern, around);
      }
    }
  }

  void note_front(std::size_t pattern, std::size_t begin) {
    const Index::Entry& entry = index_.entries[pattern];
    const Stretch found{begin, std::min(text_.size(), begin + entry.longest)};
    if (found.to - begin >= entry.shortest &&
        (entry.digits == 0 || holds_digits(found, entry.digits))) {
      stretches_.add(pattern, found);
    }
  }

  bool holds_digits(const Stretch& stretch, std::size_t count) const {
    const auto first = std::lower_bound(digits_.begin(), digits_.end(), stretch.from);
    return static_cast<std::size_t>(digits_.end() - first) >= count &&
           first[static_cast<std::ptrdiff_t>(count) - 1] < stretch.to;
  }

  // As far as the bytes around [begin, end) may be those of a match, inside `limit`.
  Stretch run_around(const Index::Entry& entry, std::size_t begin, std::size_t end,
                     const Stretch& limit) const {
    if (!entry.narrow) {
      return limit;
    }
    while (begin > limit.from && entry.may_hold(text_[begin - 1])) {
      --begin;
    }
    while (end < limit.to && entry.may_hold(text_[end])) {
      ++end;
    }
    return {begin, end};
  }

  // Around as many digits as a match has, not further from each other than a match is long.
  void note_digits(std::size_t pattern) {
    const Index::Entry& entry = index_.entries[pattern];
    Stretch run{0, entry.narrow ? 0 : text_.size()};  // bytes that may be of one match
    for (std::size_t i = 0; i + entry.digits <= digits_.size(); ++i) {
      const std::size_t first = digits_[i];
      const std::size_t last = digits_[i + entry.digits - 1];
      if (first >= run.to) {
        run = run_around(entry, first, first + 1, {run.to, text_.size()});
      }
      if (last - first < entry.longest && last < run.to && run.to - run.from >= entry.shortest) {
        const std::size_t end = last + 1;
        stretches_.note(pattern, {std::max(run.from, end - std::min(end, entry.longest)),
                                  std::min(run.to, first + entry.longest)});
      }
    }
  }

  // Around runs of the bytes of a match that are as long as a match: one byte in `shortest` is
  // looked at where they are rare.
  void note_runs(std::size_t pattern) {
    const Index::Entry& entry = index_.entries[pattern];
    const std::size_t least = std::max<std::size_t>(entry.shortest, 1);
    for (std::size_t from = 0; from + least <= text_.size();) {
      std::size_t at = from + least;
      while (at > from && entry.may_hold(text_[at - 1])) {
        --at;
      }
      if (at > from) {
        from = at;
        continue;
      }
      std::size_t end = from + least;
      while (end < text_.size() && entry.may_hold(text_[end])) {
        ++end;
      }
      stretches_.add(pattern, {from, end});
      from = end + 1;
    }
  }

  bool search_all(std::size_t pattern) {
    const Index::Entry& entry = index_.entries[pattern];
    stretches_.copy(pattern, list_);
    groups_.resize(static_cast<std::size_t>(entry.value_group) + 1);
    std::size_t done = 0;
    return std::all_of(list_.begin(), list_.end(), [&](const Stretch& stretch) {
      return entry.words                     ? visit_({pattern, stretch.from, stretch.to})
             : entry.by == Index::By::fronts ? match_front(pattern, stretch, done)
                                             : search(pattern, stretch);
    });
  }

  // The match that begins where the stretch does, unless it lies in what is `done`; \b and the like
  // see the text around the stretch, here and below.
  bool match_front(std::size_t pattern, const Stretch& stretch, std::size_t& done) {
    if (stretch.from < done) {
      return true;
    }
    done = stretch.from + 1;
    if (!match(index_.entries[pattern], stretch.from, stretch.to, RE2::ANCHOR_START)) {
      return !spent(stretch.to - stretch.from);
    }
    done = std::max(done, match_end());
    return report(pattern) && !spent(stretch.to - stretch.from);
  }

  // Every match that begins and ends in the stretch.
  bool search(std::size_t pattern, const Stretch& stretch) {
    const Index::Entry& entry = index_.entries[pattern];
    std::size_t at = stretch.from;
    std::size_t looked = at;
    while (at + std::max<std::size_t>(entry.shortest, 1) <= stretch.to &&
           match(entry, at, stretch.to, RE2::UNANCHORED)) {
      if (!report(pattern)) {
        return false;
      }
      at = std::max(match_end(), at + 1);
      if (at - looked > kBytesBetweenClockLooks) {
        looked = at;
        if (out_of_time_()) {
          return false;
        }
      }
    }
    return !spent(stretch.to - stretch.from);
  }

  bool match(const Index::Entry& entry, std::size_t from, std::size_t to, RE2::Anchor anchor) {
    return entry.regex->Match(piece(text_), from, to, anchor, groups_.data(),
                              entry.value_group + 1);
  }
  std::size_t match_end() const { return offset(groups_[0]) + groups_[0].size(); }

  bool report(std::size_t pattern) {
    const auto& value = groups_.back().data() == nullptr ? groups_[0] : groups_.back();
    const std::size_t from = offset(value);
    return visit_({pattern, from, from + value.size()});
  }

  bool spent(std::size_t bytes) {
    searched_ += bytes;
    if (searched_ < kBytesBetweenClockLooks) {
      return false;
    }
    searched_ = 0;
    return out_of_time_();
  }

  std::size_t offset(const re2::StringPiece& group) const {
    return static_cast<std::size_t>(group.data() - text_.data());
  }

  const Index& index_;
  std::string_view text_;
  const std::function<bool(const PatternMatch&)>& visit_;
  const std::function<bool()>& out_of_time_;
  std::vector<std::uint32_t> digits_;
  Stretches stretches_;
  std::vector<Stretch> list_;  // of one pattern
  std::vector<re2::StringPiece> groups_;
  std::size_t searched_ = 0;
};

bool PatternSet::scan(std::string_view text, const std::function<bool(const PatternMatch&)>& visit,
                      const std::function<bool()>& out_of_time) const {
  if (out_of_time()) {
    return false;
  }
  return Scan(*index_, text, visit, out_of_time).run();
}

}  // namespace phimilter::policy
