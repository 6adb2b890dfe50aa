// SPDX-License-Identifier: Apache-2.0
#include "policy/addressee.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "policy/normalise.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostWords = 5;
constexpr std::size_t kLongestMailbox = 256;
constexpr std::size_t kShortestSurname = 4;

constexpr std::array<std::string_view, 3> kHouseholds{"family", "familia", "parents"};

bool is_listed(const Token& token) {
  return is(token, WordClass::given_name) || is(token, WordClass::surname);
}

// No word of everyday language, of a place, of a duty or of care.
bool is_stranger(const Token& token) {
  constexpr std::array<WordClass, 9> kOthers{
      WordClass::common,       WordClass::place,    WordClass::month,
      WordClass::medical,      WordClass::provider, WordClass::patient,
      WordClass::organisation, WordClass::relative, WordClass::clinical_verb};
  return std::none_of(kOthers.begin(), kOthers.end(),
                      [&](WordClass other) { return is(token, other); });
}

bool is_of_office(const Token& token) {
  return !is_listed(token) &&
         (is(token, WordClass::provider) || is(token, WordClass::organisation));
}

// What the words of a name or mailbox are.
struct Words {
  std::size_t count = 0;
  std::size_t listed = 0;
  std::size_t sure = 0;       // listed, and no everyday word
  std::size_t strangers = 0;  // in no list
  std::size_t initials = 0;
  bool household = false;
  bool office = false;
};

Words read_words(std::string_view text, const Tokens& tokens) {
  Words out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const std::string_view word = spelled(text, token);
    if (token.letters == Letters::digits || token.letters == Letters::mark ||
        (is(token, WordClass::title) && i == 0)) {
      continue;
    }
    const bool household =
        std::find(kHouseholds.begin(), kHouseholds.end(), folded(word)) != kHouseholds.end();
    out.household = out.household || (i > 0 && household) || is(token, WordClass::relative);
    const bool degree = i > 0 && token.letters == Letters::capitals && word.size() > 1 &&
                        is(token, WordClass::credential);
    out.office = out.office || degree || is_of_office(token);
    ++out.count;
    out.initials += word.size() == 1 ? 1 : 0;
    out.listed += is_listed(token) ? 1 : 0;
    out.sure += is_listed(token) && is_stranger(token) ? 1 : 0;
    out.strangers += !is_listed(token) && is_stranger(token) && word.size() > 1 ? 1 : 0;
  }
  return out;
}

// "Jane Roe", "K. Roe", "The Roe family"
bool is_persons_name(const Words& words) {
  if (words.office || words.count == 0 || words.count > kMostWords) {
    return false;
  }
  if (words.household || words.count == 1) {
    return words.sure > 0;
  }
  const bool all_names = words.listed + words.strangers + words.initials >= words.count - 1;
  return all_names && (words.listed > 0 || (words.strangers > 0 && words.initials > 0) ||
                       words.strangers == words.count);
}

// "jane.roe", "jroe77"
bool is_persons_mailbox(const Lexicon& lexicon, std::string_view local) {
  std::string text;
  for (const char c : local) {
    text.push_back(is_letter(c) ? lower(c) : ' ');
  }
  const Words words = read_words(text, lexicon.tokens(text));
  if (words.office || words.count == 0 || words.count > kMostWords) {
    return false;
  }
  if (words.sure > 0 || (words.count > 1 && words.listed == words.count) ||
      (words.household && words.strangers > 0) ||
      (words.count == 2 && words.strangers == 2 && local.find('.') != std::string_view::npos)) {
    return true;
  }
  // "jroe", "roej"
  const std::size_t first = text.find_first_not_of(' ');
  const std::size_t end = std::min(text.find(' ', first), text.size());
  const std::string_view word = std::string_view(text).substr(first, end - first);
  if (words.count != 1 || words.strangers != 1 || word.size() <= kShortestSurname) {
    return false;
  }
  const std::string halves =
      std::string(word.substr(1)) + ' ' + std::string(word.substr(0, word.size() - 1));
  return read_words(halves, lexicon.tokens(halves)).sure > 0;
}

}  // namespace

bool goes_to_one_person(const Lexicon& lexicon, const std::vector<std::string>& recipients) {
  std::set<std::string> different;
  for (const std::string& recipient : recipients) {
    different.insert(folded(recipient));
  }
  if (different.size() != 1 || recipients.front().size() > kLongestMailbox) {
    return false;
  }
  const std::string name = normalised(recipients.front());
  if (const std::size_t at = name.find('@'); at != std::string::npos) {
    return is_persons_mailbox(lexicon, std::string_view(name).substr(0, at));
  }
  return is_persons_name(read_words(name, lexicon.tokens(name)));
}

}  // namespace phimilter::policy
