// SPDX-License-Identifier: Apache-2.0
#include "policy/roster_search.h"

#include <algorithm>
#include <string>

#include "policy/check_digits.h"
#include "policy/normalise.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kNumberTokens = 5;  // "+1 (212) 555-0143"
constexpr std::size_t kNameTokens = 4;    // "Maria de la Cruz"
constexpr std::size_t kBirthReach = 100;  // bytes between a name and a birth date
constexpr std::size_t kLongestAddress = 320;
constexpr std::size_t kLongestPrefix = 4;
constexpr std::size_t kLongestDay = 20;

bool is_name_token(const Token& token) {
  return token.letters == Letters::first || token.letters == Letters::capitals ||
         token.letters == Letters::mixed;
}

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

bool is_address_letter(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '%';
}

class Search {
 public:
  Search(const PartView& view, const Roster& roster, std::size_t detector, int confidence)
      : view_(view), roster_(roster), detector_(detector), confidence_(confidence) {
    for (const std::string& name : view.context.own_names) {
      own_names_.push_back(roster_words(normalised(name)));
    }
  }

  RosterHits run() {
    find_days();
    for (std::size_t i = 0; i < view_.tokens.size() && hits_.complete; ++i) {
      const bool digit = has_digit(spelled(view_.text, view_.tokens[i]));
      if (digit || is_prefix(i)) {
        look_for_number(i);
      }
      if (!digit && is_name_token(view_.tokens[i]) && !is_writers(view_.tokens[i])) {
        look_for_name(i);
      }
    }
    for (std::size_t at = view_.text.find('@'); at != std::string_view::npos && hits_.complete;
         at = view_.text.find('@', at + 1)) {
      look_for_address(at);
    }
    return std::move(hits_);
  }

 private:
  struct Day {
    std::size_t from, to;
    std::string digits;  // yyyymmdd
  };

  bool holds(RosterKind kind, const std::string& form) {
    hits_.complete = hits_.complete && ++lookups_ <= kMostRosterLookups;
    return hits_.complete && roster_.holds(kind, form);
  }
  void note(std::size_t from, std::size_t to) {
    hits_.candidates.push_back({detector_, 0, from, to, confidence_});
  }

  // What stands in a signature or names the sender of a quoted mail is the writer's.
  bool is_writers(const Token& token) const {
    const Region* region = region_at(view_.regions, token.from);
    return region != nullptr &&
           (region->kind == RegionKind::signature || region->kind == RegionKind::attribution);
  }

  // "MH" of "MH-1234567".
  bool is_prefix(std::size_t i) const {
    return i + 1 < view_.tokens.size() &&
           view_.tokens[i].to - view_.tokens[i].from <= kLongestPrefix &&
           has_digit(spelled(view_.text, view_.tokens[i + 1])) &&
           joined(view_.tokens[i], view_.tokens[i + 1], " -");
  }

  // Between the pieces of a number: at most three of these.
  bool joined(const Token& left, const Token& right, std::string_view marks) const {
    return right.from - left.to <= 3 &&
           view_.text.substr(left.to, right.from - left.to).find_first_not_of(marks) ==
               std::string_view::npos;
  }

  void look_for_number(std::size_t first) {
    std::string last_form;
    for (std::size_t end = first; end < view_.tokens.size() && end < first + kNumberTokens; ++end) {
      if (end > first && !joined(view_.tokens[end - 1], view_.tokens[end], " -.()/")) {
        return;
      }
      const std::size_t from = view_.tokens[first].from;
      const std::size_t to = view_.tokens[end].to;
      const std::string form = roster_number(view_.text.substr(from, to - from));
      if (!form.empty() && form != last_form && holds(RosterKind::number, form)) {
        note(from, to);
      }
      last_form = form;
    }
  }

  // First and last of two to four words; what is between them does not count.
  void look_for_name(std::size_t first) {
    const auto words = roster_words(spelled(view_.text, view_.tokens[first]));
    for (std::size_t end = first + 1;
         end < view_.tokens.size() && end < first + kNameTokens && words.size() == 1; ++end) {
      const Token& last = view_.tokens[end];
      if (!joined(view_.tokens[end - 1], last, " ,.-\t")) {
        return;
      }
      const auto others = roster_words(spelled(view_.text, last));
      if (is_name_token(last) && others.size() == 1) {
        look_for_name(view_.tokens[first], last, words[0], others[0]);
      }
    }
  }

  void look_for_name(const Token& first, const Token& last, const std::string& one,
                     const std::string& other) {
    if (one.size() < 2 || other.size() < 2 || is_own_name(one, other)) {
      return;
    }
    const std::string name = roster_name(one, other);
    bool found = holds(RosterKind::name, name);
    auto day =
        std::lower_bound(days_.begin(), days_.end(), first.from,
                         [](const Day& a, std::size_t from) { return a.to + kBirthReach < from; });
    for (; !found && day != days_.end() && day->from <= last.to + kBirthReach; ++day) {
      found = holds(RosterKind::name_and_birth, roster_birth(name, day->digits));
    }
    if (found) {
      note(first.from, last.to);
    }
  }

  bool is_own_name(const std::string& one, const std::string& other) const {
    return std::any_of(own_names_.begin(), own_names_.end(), [&](const auto& words) {
      return std::find(words.begin(), words.end(), one) != words.end() &&
             std::find(words.begin(), words.end(), other) != words.end();
    });
  }

  // Dates of up to three tokens: "02/11/1957", "Feb 11, 1957", "19570211".
  void find_days() {
    const Tokens& tokens = view_.tokens;
    for (std::size_t i = 0; i < tokens.size();) {
      std::size_t used = 1;
      for (const std::size_t count : {std::size_t{3}, std::size_t{1}}) {
        const std::size_t end = i + count - 1;
        if (end >= tokens.size() || tokens[end].to - tokens[i].from > kLongestDay ||
            !has_digit(spelled(view_.text, tokens[end]))) {
          continue;
        }
        const auto day =
            roster_day(view_.text.substr(tokens[i].from, tokens[end].to - tokens[i].from));
        if (day) {
          days_.push_back({tokens[i].from, tokens[end].to, *day});
          used = count;
          break;
        }
      }
      i += used;
    }
  }

  void look_for_address(std::size_t at) {
    std::size_t from = at;
    while (from > 0 && at - from < kLongestAddress && is_address_letter(view_.text[from - 1])) {
      --from;
    }
    std::size_t to = at + 1;
    while (to < view_.text.size() && to - at < kLongestAddress &&
           is_address_letter(view_.text[to])) {
      ++to;
    }
    while (to > at + 1 && view_.text[to - 1] == '.') {
      --to;
    }
    const std::string form = roster_address(view_.text.substr(from, to - from));
    const auto& own = view_.context.own_addresses;
    if (!form.empty() && std::find(own.begin(), own.end(), form) == own.end() &&
        holds(RosterKind::mail_address, form)) {
      note(from, to);
    }
  }

  const PartView& view_;
  const Roster& roster_;
  const std::size_t detector_;
  const int confidence_;
  std::vector<std::vector<std::string>> own_names_;
  std::vector<Day> days_;
  RosterHits hits_;
  std::size_t lookups_ = 0;
};

}  // namespace

RosterHits find_on_roster(const PartView& view, const Roster& roster, std::size_t detector,
                          int confidence) {
  return Search(view, roster, detector, confidence).run();
}

}  // namespace phimilter::policy
