// SPDX-License-Identifier: Apache-2.0
#include "policy/name_words.h"

#include <algorithm>
#include <array>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kMostWords = 7;
constexpr std::size_t kLongestWord = 24;
constexpr std::size_t kWrappedLine = 45;  // a line this long may have been broken inside a name

// Endings of everyday words that no list needs to hold. Names that end so are listed.
constexpr std::array<std::string_view, 34> kWordEndings{
    "tion",  "tions", "sion",  "sions", "ment",  "ments", "ness",     "ings",   "ible",
    "able",  "ously", "ally",  "edly",  "ical",  "ology", "ological", "graphy", "ized",
    "izing", "ities", "ility", "ality", "ivity", "ance",  "ances",    "ence",   "ences",
    "ware",  "ships", "ship",  "less",  "ful",   "cion",  "ciones"};

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

bool has_vowel(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) {
    const char small = lower(c);
    return small == 'a' || small == 'e' || small == 'i' || small == 'o' || small == 'u' ||
           small == 'y';
  });
}

// A word outside all lists that is built like a name.
bool could_be_name(std::string_view word) {
  if (word.size() < 2 || word.size() > kLongestWord || !has_vowel(word)) {
    return false;
  }
  for (const char c : word) {
    if (!is_letter(c) && c != '\'') {
      return false;
    }
  }
  return std::none_of(kWordEndings.begin(), kWordEndings.end(), [&](std::string_view ending) {
    return word.size() > ending.size() + 1 && lower(word.back()) == ending.back() &&
           starts_folded(word.substr(word.size() - ending.size()), ending);
  });
}

bool is_role(const Token& token) {
  return is(token, WordClass::title) || is(token, WordClass::provider) ||
         is(token, WordClass::patient) || is(token, WordClass::relative) ||
         is(token, WordClass::organisation) || is(token, WordClass::clinical_verb);
}

bool is_everyday(const Token& token) {
  return is(token, WordClass::common) || is(token, WordClass::place) ||
         is(token, WordClass::month) || is(token, WordClass::medical) || is_role(token);
}

// "MillerF", as files are named.
bool joined_initial(std::string_view word) {
  return word.size() >= 4 && is_capital(word.back()) && !is_capital(word[word.size() - 2]);
}

bool is_only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

NameReader::NameReader(const PartView& view)
    : view_(view),
      file_name_(view.part.kind == extract::PartKind::file_name),
      covered_(view.tokens.size(), false),
      term_(view.tokens.size(), false),
      words_(view.tokens.size()) {
  for (const TermHit& hit : view.terms) {
    if (hit.detector == kNoDetector) {
      continue;
    }
    if (hit.last == hit.first) {
      term_[hit.first] = true;
    } else {
      std::fill(covered_.begin() + static_cast<std::ptrdiff_t>(hit.first),
                covered_.begin() + static_cast<std::ptrdiff_t>(hit.last) + 1, true);
    }
  }
}

// "mrs quillfeather", "p. quillfeather": in small letters, but behind what only a name follows.
bool NameReader::behind_title(std::size_t i) const {
  if (i == 0 || (gap_after(i - 1) != " " && gap_after(i - 1) != ". ")) {
    return false;
  }
  const Token& before = view_.tokens[i - 1];
  const bool title = is(before, WordClass::title) && !is(before, WordClass::given_name);
  const bool patient = is(before, WordClass::patient) && before.to - before.from == 2;  // "pt roe"
  return title || patient || behind_small_initial(i);
}

// Not "e.g. later", nor "20 g. daily".
bool NameReader::behind_small_initial(std::size_t i) const {
  if (i == 0 || gap_after(i - 1) != ". ") {
    return false;
  }
  const Token& before = view_.tokens[i - 1];
  const bool open = i == 1 || gap_after(i - 2) == ", " || gap_after(i - 2) == " - " ||
                    gap_after(i - 2).find('\n') != std::string_view::npos;
  return open && before.letters == Letters::lower && before.to - before.from == 1;
}

NameWord NameReader::read_word(std::size_t i) const {
  NameWord out;
  const Token& token = view_.tokens[i];
  const std::string_view word = stem(i);
  out.particle = is(token, WordClass::particle);
  if (covered_[i] || token.letters == Letters::digits || token.letters == Letters::both ||
      token.letters == Letters::mark || token.letters == Letters::mixed) {
    return out;
  }
  out.lower = token.letters == Letters::lower;
  out.capitals = token.letters == Letters::capitals;
  if (out.capitals && word.size() == 1) {
    out.initial = true;
    return out;
  }
  if (file_name_ && joined_initial(word)) {
    out.usable = !is_everyday(token);
    out.sure = out.usable;
    return out;
  }
  out.given = is(token, WordClass::given_name);
  out.surname = is(token, WordClass::surname);
  out.sure = !is_everyday(token);
  const bool abbreviation = out.capitals && (is(token, WordClass::credential) ||
                                             (word.size() == 2 && is(token, WordClass::place)));
  if (out.listed()) {
    out.usable = !abbreviation && !(is_role(token) && out.lower);
    return out;
  }
  // A city may be a surname, where a date or a number says so.
  const bool place = is(token, WordClass::place) && !is(token, WordClass::common) &&
                     !is(token, WordClass::medical) && !is_role(token);
  out.usable = (out.sure || place) && (!out.lower || behind_title(i)) && !term_[i] &&
               !abbreviation && !is(token, WordClass::credential) &&
               !(out.capitals && word.size() < 3) && could_be_name(word);
  return out;
}

// Whether the next token may belong to the same name as this one.
bool NameReader::joins(std::size_t i, const NameWord& word) const {
  const std::string_view gap = gap_after(i);
  if (gap.empty() || gap.size() > 6 || spelled(i) != stem(i)) {
    return false;
  }
  if (file_name_) {
    return is_only(gap, " _-.") && gap.find('.') == std::string_view::npos;
  }
  if (gap == " " || gap == "-" || gap == "  ") {
    return true;
  }
  if (word.initial && (gap == ". " || gap == ".")) {
    return true;
  }
  if (gap.find('\n') == std::string_view::npos || !is_only(gap, " \n>")) {
    return false;
  }
  const std::size_t line_start = view_.text.rfind('\n', view_.tokens[i].from) + 1;
  return view_.tokens[i].to - line_start >= kWrappedLine &&
         std::count(gap.begin(), gap.end(), '\n') == 1;
}

// Says no at a glance: nearly every name is followed by a word that is none.
bool NameReader::may_go_on(std::size_t i, bool lower) const {
  const Token& token = view_.tokens[i];
  const bool named = token.letters == Letters::first || token.letters == Letters::capitals ||
                     (lower && token.letters == Letters::lower);
  return named || is(token, WordClass::particle);
}

NameReader::Run NameReader::run_at(std::size_t first, bool lower) const {
  Run run{first, 0};
  for (std::size_t i = first; i < view_.tokens.size() && run.count < kMostWords; ++i) {
    if (!may_go_on(i, lower)) {
      break;
    }
    const NameWord& word = this->word(i);
    const bool inner_particle = word.particle && run.count > 0 && i + 1 < view_.tokens.size() &&
                                (this->word(i + 1).usable || this->word(i + 1).particle);
    // "Carrie Le": a short surname that is a particle elsewhere.
    const bool last_particle =
        word.particle && !word.lower && run.count == 1 && this->word(run.first).given;
    const bool fits =
        inner_particle || last_particle || word.initial || (word.usable && word.lower == lower);
    if (!fits) {
      break;
    }
    ++run.count;
    if (!joins(i, word)) {
      break;
    }
  }
  while (run.count > 0 && word(run.last()).particle && !word(run.last()).usable &&
         (run.count != 2 || word(run.last()).lower)) {
    --run.count;
  }
  return run;
}

void NameReader::finish(Name& name) const {
  name.capitals =
      word(name.last).capitals && (name.form == NameForm::single || word(name.first).capitals);
  name.lower = word(name.last).lower;
  name.possessive = spelled(name.last) != stem(name.last);
  name.part_of_phrase = in_phrase(name.first, name.last);
}

// "Lakeview Family Medicine", "Summit Dental Group": words of a longer capitalised phrase.
bool NameReader::in_phrase(std::size_t first, std::size_t last) const {
  const auto capitalised_stranger = [&](std::size_t i) {
    const Token& token = view_.tokens[i];
    return (token.letters == Letters::first ||
            (token.letters == Letters::capitals && word(first).capitals)) &&
           !word(i).usable && !word(i).initial && !is(token, WordClass::title) &&
           !is(token, WordClass::patient) && !is(token, WordClass::month);
  };
  if (last + 1 < view_.tokens.size() && spelled(last) == stem(last) &&
      (gap_after(last) == " " || gap_after(last) == " & " || gap_after(last) == "/") &&
      (capitalised_stranger(last + 1) || is(view_.tokens[last + 1], WordClass::organisation))) {
    return true;
  }
  if (first == 0 || gap_after(first - 1) != " " || !capitalised_stranger(first - 1)) {
    return false;
  }
  // A capital at the start of a sentence says nothing: "Please call Jane Roe".
  const std::string_view before = first >= 2 ? gap_after(first - 2) : std::string_view("\n");
  return before == " ";
}

// "Yolanda Keys": a capitalised word of everyday language right behind a sure given name, alone.
std::optional<NameWord> NameReader::everyday_surname(std::size_t given) const {
  const NameWord& front = word(given);
  const std::size_t next = given + 1;
  const bool told = given > 0 && (is(view_.tokens[given - 1], WordClass::patient) ||
                                  is(view_.tokens[given - 1], WordClass::title));
  if (!(front.given || told) || !front.sure || front.lower || front.capitals ||
      next >= view_.tokens.size() || gap_after(given) != " " || spelled(given) != stem(given)) {
    return std::nullopt;
  }
  const Token& token = view_.tokens[next];
  const bool everyday = token.letters == Letters::first && is(token, WordClass::common) &&
                        !is_role(token) && !is(token, WordClass::month) &&
                        !is(token, WordClass::place) && !is(token, WordClass::credential) &&
                        !covered_[next] && !term_[next] && stem(next).size() >= 3;
  const bool more = next + 1 < view_.tokens.size() && gap_after(next) == " " &&
                    view_.tokens[next + 1].letters != Letters::lower &&
                    view_.tokens[next + 1].letters != Letters::digits &&
                    view_.tokens[next + 1].letters != Letters::both;
  if (!everyday || more) {
    return std::nullopt;
  }
  NameWord out;
  out.usable = true;
  return out;
}

// "clifford barnstable": a word of no list behind a sure given name, all in small letters.
std::optional<NameWord> NameReader::small_surname(std::size_t given) const {
  const NameWord& front = word(given);
  const std::size_t next = given + 1;
  if (!front.given || !front.sure || !front.lower || next >= view_.tokens.size() ||
      gap_after(given) != " ") {
    return std::nullopt;
  }
  const Token& token = view_.tokens[next];
  const bool stranger = token.letters == Letters::lower && token.classes == 0 && !covered_[next] &&
                        !term_[next] && stem(next).size() >= 4 && could_be_name(stem(next));
  if (!stranger) {
    return std::nullopt;
  }
  NameWord out;
  out.usable = true;
  out.lower = true;
  return out;
}

std::optional<Name> NameReader::straight(Run run) const {
  Name name;
  name.first = run.first;
  name.last = run.last();
  const NameWord& front = word(run.first);
  const NameWord& back = word(run.last());
  if (run.count == 1) {
    if (!front.usable) {
      return std::nullopt;
    }
    name.surname = front;
    auto more = everyday_surname(run.first);
    more = more ? more : small_surname(run.first);
    if (more) {
      name.form = NameForm::full;
      name.given = front;
      name.surname = *more;
      name.last = run.first + 1;
    }
  } else if (front.initial && back.usable) {
    name.form = NameForm::initial_surname;
    name.surname = back;
  } else if (front.usable && back.initial) {
    // "Jane Q", and "Jane Roe Q" is "Jane Roe"
    if (run.count > 2) {
      return straight({run.first, run.count - 1});
    }
    name.form = NameForm::given_initial;
    name.given = front;
  } else if (front.usable && (back.usable || back.particle)) {
    name.form = NameForm::full;
    name.given = front;
    name.surname = back;
  } else {
    return std::nullopt;
  }
  finish(name);
  return name;
}

// "Roe, Jane Q", "DE LA CRUZ, ANA".
std::optional<Name> NameReader::reversed(Run run, bool lower) const {
  const std::size_t last = run.last();
  const std::string_view gap = gap_after(last);
  const bool comma = gap == ", " || gap == "," || (file_name_ && gap == ", ");
  if (!comma || run.count > 4 || last + 1 >= view_.tokens.size() || !word(last).usable ||
      spelled(last) != stem(last)) {
    return std::nullopt;
  }
  const NameWord& given = word(last + 1);
  // "Dayton, OH"
  const Token& state = view_.tokens[last + 1];
  if (given.capitals && state.to - state.from == 2 && !word(last).capitals) {
    return std::nullopt;
  }
  // "Sister Roe, Deacon Doe", "Dear Mrs. Roe, Jane is better", "Hi Dr Roe, Jane Doe has a fever"
  const bool titled = run.first > 0 && (is(view_.tokens[run.first - 1], WordClass::title) ||
                                        is(view_.tokens[run.first - 1], WordClass::provider));
  if (is(state, WordClass::title) || (titled && !lower && !word(last).capitals)) {
    return std::nullopt;
  }
  // "Roe, J."
  const bool initial =
      given.initial && !lower && run.count == 1 && view_.text.substr(state.to, 1) == ".";
  if (!initial && (!given.usable || given.lower != lower)) {
    return std::nullopt;
  }
  Name name;
  name.form = initial ? NameForm::initial_surname : NameForm::reversed;
  name.first = run.first;
  name.last = last + 1;
  name.surname = word(last);
  name.given = given;
  for (std::size_t i = last + 1; i + 1 < view_.tokens.size() && i < last + 3 && joins(i, word(i));
       ++i) {
    const NameWord& more = word(i + 1);
    if (!more.initial && !(more.usable && more.given && more.lower == lower)) {
      break;
    }
    name.last = i + 1;
  }
  finish(name);
  return name;
}

std::optional<Name> NameReader::name_at(std::size_t token, bool lower) const {
  const Run run = run_at(token, lower);
  if (run.count == 0) {
    return std::nullopt;
  }
  if (auto name = reversed(run, lower)) {
    return name;
  }
  return straight(run);
}

}  // namespace phimilter::policy
