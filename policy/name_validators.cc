// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"
#include "policy/validators.h"

namespace phimilter::policy {
namespace {

// Words that stand where a name is expected, in headings, forms, greetings and phrases, and are
// nobody's name. Each between blanks.
constexpr std::string_view kFormWords =
    " access account address advocate afternoon age and anonymous appointment appointments are "
    "avenue billing birth buenos call can care center centered chart claim clinic clinica "
    "college communication confidential contact county data date dear december demographics "
    "denies department diagnosis dias director dob doctor doctora dr east education email "
    "engagement estimada estimado evening experience fax february fecha female first for form "
    "forms friday from fwd gender good gracias group had has he health hello her hey hi his "
    "history hola hospital id identifier inc information instructions insurance intake is "
    "january july lab labs last list llc male management manager may medical member monday "
    "morning mr mrn mrs ms name new none north not note notes november number october of "
    "office order outcomes paciente patient patients pending phone physician plan please "
    "policy portal presented presents privacy program provider questions re records redacted "
    "referral referrals regards registration relations removed reports result results rights "
    "road room safety satisfaction saturday schedule september services sex she should "
    "signature sincerely south ssn statement status street subject summary sunday support "
    "survey team telephone test thank thanks the thursday today tomorrow transport tuesday "
    "university unknown update visit visits volume was wednesday west who will with xxx xxxx "
    "your ";

bool is_form_word(const std::string& word) {
  return kFormWords.find(" " + word + " ") != std::string_view::npos;
}

bool is_name_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '\'' || c == '-';
}

}  // namespace

bool valid_name(std::string_view value) {
  std::size_t words = 0;
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t end = at;
    while (end < value.size() && is_name_letter(value[end])) {
      ++end;
    }
    if (end == at) {
      ++at;
      continue;
    }
    const std::string word = ascii_lower(value.substr(at, end - at));
    if (is_form_word(word)) {
      return false;
    }
    ++words;
    at = end;
  }
  return words >= 2 && words <= 5;
}

bool valid_name_or_initial(std::string_view value) {
  const std::size_t blank = value.find_first_of(" \t.");
  const bool initial_first = blank == 1;
  const bool initial_last =
      value.size() > 2 && (value[value.size() - 2] == ' ' || value[value.size() - 2] == '\t');
  return valid_name(value) || initial_first || initial_last;
}

}  // namespace phimilter::policy
