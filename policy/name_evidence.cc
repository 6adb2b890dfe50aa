// SPDX-License-Identifier: Apache-2.0
#include "policy/name_evidence.h"

#include <algorithm>
#include <array>
#include <span>

#include "policy/record_shapes.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kCueReach = 4;             // tokens
constexpr std::size_t kLongestAbbreviation = 5;  // "Dr.", "pt.", "Sres."

constexpr std::array<std::string_view, 26> kFillers{
    "is",  "was", "name", "named", "the",    "a",     "an",  "our",   "my",
    "for", "of",  "s",    "full",  "last",   "first", "new", "es",    "el",
    "la",  "de",  "this", "id",    "called", "y",     "old", "female"};
constexpr std::array<std::string_view, 10> kSubjects{
    "re", "regarding", "fwd", "fw", "asunto", "ref", "reference", "concerning", "about", "rv"};
constexpr std::array<std::string_view, 14> kGreetings{
    "hi",      "hello",   "dear",    "hey",       "hola",    "estimado", "estimada",
    "querido", "querida", "morning", "afternoon", "evening", "thanks",   "gracias"};
constexpr std::array<std::string_view, 24> kContacts{
    "questions", "info",       "inquiries", "information", "from", "to",    "cc",     "attn",
    "attention", "contact",    "sender",    "signed",      "by",   "via",   "author", "organizer",
    "host",      "instructor", "presenter", "speaker",     "bcc",  "owner", "de",     "para"};
constexpr std::array<std::string_view, 16> kAbout{"for", "on",   "with", "of",   "about",  "see",
                                                  "saw", "para", "con",  "call", "called", "on",
                                                  "que", "and",  "seen", "y"};

constexpr std::array<std::string_view, 8> kArticles{"the", "a",   "an",  "our",
                                                    "his", "her", "new", "this"};
constexpr std::array<std::string_view, 9> kAskers{"ask",   "apply",     "rsvp",  "respond", "reply",
                                                  "speak", "questions", "write", "resume"};
constexpr std::array<std::string_view, 12> kFamilies{"twins",  "twin",     "triplets", "baby",
                                                     "family", "kid",      "kids",     "boy",
                                                     "girl",   "siblings", "newborn",  "infant"};
constexpr std::array<std::string_view, 10> kBeds{"rm",   "room", "bed", "unit", "apt",
                                                 "ward", "bay",  "pod", "hab",  "cama"};
constexpr std::array<std::string_view, 10> kWings{"east",  "west",  "north", "south",  "e",
                                                  "tower", "floor", "icu",   "center", "main"};

// Those that also stand before the names of others: "for", "to", "by".
constexpr std::array<std::string_view, 14> kContactsWithoutMark{
    "ask",    "rsvp", "attn",      "attention", "contact", "sender",     "signed",
    "author", "host", "organizer", "presenter", "owner",   "instructor", "speaker"};

bool is_among(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::set<std::string> words_of(const std::vector<std::string>& names) {
  std::set<std::string> out;
  for (const std::string& name : names) {
    // Of an address, what stands before the '@'.
    const std::string_view local = std::string_view(name).substr(0, name.find('@'));
    std::string word;
    for (const char c : local) {
      if (is_letter(c) || c == '\'') {
        word.push_back(lower(c));
        continue;
      }
      if (word.size() > 1) {
        out.insert(word);
      }
      word.clear();
    }
    if (word.size() > 1) {
      out.insert(word);
    }
  }
  return out;
}

}  // namespace

NameJudge::NameJudge(const PartView& view, const NameReader& reader)
    : view_(view),
      reader_(reader),
      own_words_(words_of(view.context.own_names)),
      recipient_words_(words_of(view.context.recipient_names)) {}

bool NameJudge::is_own(const Name& name, const std::set<std::string>& names) const {
  if (names.empty()) {
    return false;
  }
  bool any = false;
  for (std::size_t i = name.first; i <= name.last; ++i) {
    const NameWord& word = reader_.word(i);
    if (word.initial || word.particle) {
      continue;
    }
    if (!names.contains(folded(reader_.stem(i)))) {
      return false;
    }
    any = true;
  }
  return any;
}

void NameJudge::read_cue(std::size_t i, bool adjacent, Before& out) const {
  const Token& token = view_.tokens[i];
  const std::string word = folded(reader_.stem(i));
  out.patient = out.patient || is(token, WordClass::patient);
  out.relative = out.relative || is(token, WordClass::relative);
  out.title = out.title || (adjacent && is(token, WordClass::title));
  // "Thank you for referring Jane Roe"
  const bool sent = i > 0 && word == "referring" && folded(reader_.stem(i - 1)) == "for";
  out.patient = out.patient || sent;
  out.provider = out.provider || (!sent && is(token, WordClass::provider));
  out.subject = out.subject || is_among(kSubjects, word);
  if (adjacent) {
    out.greeting = is_among(kGreetings, word);
    const bool mark =
        view_.text.substr(token.to, 1) == ":" || view_.text.substr(token.to, 2) == " :";
    out.contact = is_among(mark ? std::span<const std::string_view>(kContacts)
                                : std::span<const std::string_view>(kContactsWithoutMark),
                           word) ||
                  ((word == "to" || word == "for") && i > 0 &&
                   is_among(kAskers, folded(reader_.stem(i - 1))));
    out.about = is_among(kAbout, word);
    out.call = word == "call" || word == "contact" || word == "reach" || word == "phone";
  }
}

// "289-17-24 Roe": a number that ends here.
bool NameJudge::record_number_before(std::size_t end) const {
  std::size_t from = end;
  while (from > 0 && end - from < 24 &&
         (is_digit(view_.text[from - 1]) || is_letter(view_.text[from - 1]) ||
          view_.text[from - 1] == '-')) {
    --from;
  }
  return is_record_number(view_.text.substr(from, end - from));
}

NameJudge::Before NameJudge::before(const Name& name) const {
  Before out;
  std::size_t i = name.first;
  bool adjacent = true;
  for (std::size_t steps = 0; i > 0 && steps < kCueReach; ++steps) {
    --i;
    const std::string_view gap = reader_.gap_after(i);
    const bool breaks = gap.size() > 8 ||
                        gap.find_first_of(";!?<>@/\\") != std::string_view::npos ||
                        gap.find("\n\n") != std::string_view::npos;
    const bool line_break = gap.find('\n') != std::string_view::npos;
    const bool label = gap.find(':') != std::string_view::npos;
    out.line_start = out.line_start || (adjacent && line_break);
    if (breaks || (line_break && (label || gap.find(',') != std::string_view::npos))) {
      break;
    }
    const Token& token = view_.tokens[i];
    const bool abbreviation = token.to - token.from <= kLongestAbbreviation &&
                              (is(token, WordClass::title) || is(token, WordClass::provider) ||
                               is(token, WordClass::patient));
    const bool sentence_end = gap.find(". ") != std::string_view::npos && !abbreviation;
    if (sentence_end) {
      break;
    }
    if (token.letters == Letters::digits || token.letters == Letters::both) {
      out.number = out.number || (adjacent && record_number_before(token.to));
      break;
    }
    read_cue(i, adjacent && (gap == " " || gap == ". " || gap == ": " || gap == ":" || gap == "."),
             out);
    const bool skip = token.letters == Letters::mark || is(token, WordClass::title) ||
                      is_among(kFillers, folded(reader_.stem(i)));
    if (!skip || line_break) {
      break;
    }
    adjacent = adjacent && is(token, WordClass::title);
  }
  out.line_start = out.line_start || name.first == 0;
  return out;
}

bool NameJudge::credential_at(std::size_t i, std::string_view gap) const {
  if (i >= view_.tokens.size() || gap.size() > 4 ||
      gap.find_first_not_of(" ,(-") != std::string_view::npos) {
    return false;
  }
  const Token& token = view_.tokens[i];
  if (is(token, WordClass::credential)) {
    // "(EDD 4/30)" is no degree, and "OD -4.25" is an eye.
    const std::string_view behind = view_.text.substr(token.to, 3);
    const bool other = (gap.find('(') != std::string_view::npos && !behind.starts_with(")") &&
                        !behind.starts_with(",")) ||
                       (behind.size() > 1 && behind[0] == ' ' &&
                        (is_digit(behind[1]) || behind[1] == '-' || behind[1] == '+'));
    return !other && (token.letters != Letters::lower || gap.find(',') != std::string_view::npos);
  }
  // "M.D.", "R.N."
  if (token.letters == Letters::capitals && token.to - token.from == 1 &&
      i + 1 < view_.tokens.size() && reader_.gap_after(i) == "." &&
      gap.find(',') != std::string_view::npos) {
    return view_.tokens[i + 1].letters == Letters::capitals;
  }
  // ", our office manager", "(nurse)"
  if (gap.find_first_of(",(") == std::string_view::npos) {
    return false;
  }
  for (std::size_t k = i; k < std::min(i + 3, view_.tokens.size()); ++k) {
    if (k > i && reader_.gap_after(k - 1) != " ") {
      return false;
    }
    const std::string word = folded(reader_.stem(k));
    if (is(view_.tokens[k], WordClass::patient)) {
      return false;
    }
    if (is(view_.tokens[k], WordClass::provider) && word != "dr" && word != "dra" &&
        word != "drs" && word != "doctor") {
      return true;
    }
  }
  return false;
}

bool NameJudge::clinical_verb_near(std::size_t first) const {
  for (std::size_t i = first; i < std::min(first + 4, view_.tokens.size()); ++i) {
    const std::string_view gap = reader_.gap_after(i - 1);
    if (gap != " " && gap != "\n" && !(i == first && gap == ", ")) {
      return false;
    }
    if (is(view_.tokens[i], WordClass::clinical_verb)) {
      // "presents the article"
      return !(starts_folded(reader_.spelled(i), "present") && i + 1 < view_.tokens.size() &&
               is_among(kArticles, folded(reader_.stem(i + 1))));
    }
    if (view_.tokens[i].letters != Letters::lower) {
      return false;
    }
  }
  return false;
}

bool NameJudge::health_term_at(std::size_t first, std::size_t last) const {
  for (std::size_t i = first; i <= last && i < view_.tokens.size(); ++i) {
    if (is(view_.tokens[i], WordClass::medical)) {
      return true;
    }
    if (reader_.gap_after(i).find_first_of(".\n") != std::string_view::npos) {
      return false;
    }
  }
  return false;
}

// "rm 412", "bed 4", "room 118B", "4 East"
bool NameJudge::bed_at(std::size_t i) const {
  if (i + 1 >= view_.tokens.size() || reader_.gap_after(i).size() > 2) {
    return false;
  }
  const Token& next = view_.tokens[i + 1];
  if (view_.tokens[i].letters == Letters::digits) {
    return view_.tokens[i].to - view_.tokens[i].from <= 2 &&
           is_among(kWings, folded(reader_.stem(i + 1)));
  }
  return is_among(kBeds, folded(reader_.stem(i))) &&
         (next.letters == Letters::digits || next.letters == Letters::both);
}

// "Soren, you had ...": the first word of a mail, to whoever gets it.
bool NameJudge::is_spoken_to(const Name& name) const {
  const bool first = name.first == 0 || (name.first == 1 && is(view_.tokens[0], WordClass::title));
  if (!first || view_.part.kind != extract::PartKind::body || name.possessive) {
    return false;
  }
  const std::string_view behind = view_.text.substr(view_.tokens[name.last].to, 3);
  if (behind.starts_with(",\n") || behind.starts_with(":\n")) {
    return true;
  }
  const bool mark = behind.starts_with(", ") || behind.starts_with(": ") ||
                    behind.starts_with(" - ") || behind.starts_with("! ");
  return mark && (is_own(name, recipient_words_) ||
                  (name.form == NameForm::single && name.surname.given && name.surname.sure));
}

bool NameJudge::in_subject(const Name& name) const {
  if (view_.part.kind != extract::PartKind::header) {
    return false;
  }
  const std::size_t at = view_.tokens[name.first].from;
  const std::size_t line = at == 0 ? 0 : view_.text.rfind('\n', at - 1) + 1;
  return starts_folded(view_.text.substr(line), "subject:");
}

void NameJudge::read_behind(const Name& name, After& out) const {
  const std::string_view rest = view_.text.substr(view_.tokens[name.last].to);
  const Behind behind = what_stands_behind(rest);
  out.record = behind.record;
  out.date = behind.date;
  out.number = behind.number;
  out.phone = behind.phone;
  const std::string_view near = rest.substr(0, 4);
  out.address = near.find('@') != std::string_view::npos || near.starts_with(" <") ||
                near.starts_with("\" <");
}

NameJudge::After NameJudge::after(const Name& name) const {
  After out;
  read_behind(name, out);
  const std::size_t next = name.last + 1;
  if (next >= view_.tokens.size()) {
    return out;
  }
  const std::string_view gap = reader_.gap_after(name.last);
  out.provider = credential_at(next, gap);
  if (gap == " " || gap == ", " || gap == "\n") {
    out.happened = clinical_verb_near(next);
  }
  out.health = name.possessive && health_term_at(next, next + 3);
  const Token& token = view_.tokens[next];
  out.term =
      ((gap == " " || gap == ", " || gap == " - " || gap == ": ") &&
       is(token, WordClass::medical) && token.letters != Letters::first &&
       (token.letters != Letters::capitals || view_.tokens[name.last].letters == Letters::first)) ||
      (gap == " " && is_among(kFamilies, folded(reader_.stem(next))));
  out.bed = gap.size() <= 3 && bed_at(next);
  return out;
}

// 75: a listed given name and a listed surname; less where one of them is not listed, or is a word
// of everyday language.
int NameJudge::by_lists(const Name& name) const {
  const NameWord& given = name.given;
  const NameWord& surname = name.surname;
  const int sure = (given.sure ? 1 : 0) + (surname.sure ? 1 : 0);
  if (name.form == NameForm::initial_surname) {
    return !surname.listed() ? 40 : surname.sure ? 55 : 35;
  }
  if (name.form == NameForm::given_initial) {
    return given.given ? (given.sure ? 50 : 30) : 25;
  }
  if (given.listed() && surname.listed()) {
    const bool in_place = given.given && surname.surname;
    const bool two_given = !in_place && given.given && surname.given;  // "Jeff, Steve"
    return sure == 2   ? (in_place    ? 75
                          : two_given ? 55
                                      : 65)
           : sure == 1 ? (in_place ? 70 : 55)
                       : (in_place ? 50 : 30);
  }
  if (given.given) {
    return name.capitals ? 55 : !given.sure ? 45 : surname.sure ? 65 : 55;
  }
  if (given.listed() || surname.listed()) {
    const bool listed_is_sure = given.listed() ? given.sure : surname.sure;
    return name.capitals ? 45 : listed_is_sure ? 58 : 40;
  }
  return name.capitals || sure < 2 ? 20 : 45;
}

int NameJudge::whole_name(const Name& name, const Before& before, const After& after) const {
  int out = by_lists(name);
  const bool known = name.given.listed() || name.surname.listed();
  const bool part = name.form == NameForm::initial_surname || name.form == NameForm::given_initial;
  if (name.part_of_phrase) {
    out -= 25;
  }
  // "Call Beth Lyon 555-0140": whom to ask.
  if (before.contact || after.address || (before.call && after.phone && !after.record)) {
    return std::min(out, 30);
  }
  if (is_own(name, recipient_words_)) {
    out = std::min(out, 45);
  }
  const auto raise = [&out](bool holds, int to) { out = holds ? std::max(out, to) : out; };
  raise(before.subject && !name.part_of_phrase, known ? 75 : 60);
  raise(!name.part_of_phrase && in_subject(name), known ? 70 : 58);
  raise(after.bed && !name.part_of_phrase, known ? 78 : 62);
  raise(after.term && !name.part_of_phrase && !name.capitals, known ? 70 : 58);
  raise(before.title, 80);
  raise(before.relative, known ? 80 : 65);
  raise(after.happened && !name.part_of_phrase, known ? 80 : 60);
  raise(after.health, known ? 80 : 65);
  raise(after.date, known ? 78 : 60);
  raise(after.number || before.number, known ? 80 : 60);
  raise(after.record, known ? 88 : 75);
  raise(before.patient, name.part_of_phrase ? 65 : 88);
  return part ? std::min(out, 85) : out;
}

// "St. Mary's", "San Antonio"
bool NameJudge::is_saint(const Name& name) const {
  if (name.first == 0) {
    return false;
  }
  const std::string before = folded(reader_.spelled(name.first - 1));
  const std::string_view gap = reader_.gap_after(name.first - 1);
  return (gap == " " || gap == ". ") && (before == "st" || before == "saint" || before == "san" ||
                                         before == "santa" || before == "ste");
}

int NameJudge::single_name(const Name& name, const Before& before, const After& after) const {
  const NameWord& word = name.surname;
  if (is_saint(name)) {
    return 0;
  }
  // "Leonel had another seizure", to mama.de.leonel@...: who is named like the address is its
  // child.
  const bool told_of = after.health || after.happened;
  if (name.part_of_phrase || (!told_of && is_own(name, recipient_words_))) {
    return before.title ? 60 : 0;
  }
  int out = 0;
  const auto raise = [&out](bool holds, int to) { out = holds ? std::max(out, to) : out; };
  const bool sure = word.listed() && word.sure;
  if (name.lower && !sure) {
    return 0;
  }
  if (before.contact || after.address) {
    return before.title ? 45 : 0;
  }
  raise(before.about && sure && word.given && !name.capitals, 45);
  raise(before.relative, sure ? 60 : 40);
  raise(after.happened, sure ? 62 : 45);
  raise(after.health, sure ? 62 : word.listed() ? 50 : 45);
  const bool file = view_.part.kind == extract::PartKind::file_name;
  raise(after.date, sure || file ? 65 : 40);
  // A word outside the lists is a surname more often than not where a record number follows it.
  const bool shaped = !word.listed() && word.sure && !name.capitals;
  raise(after.number || before.number, sure ? 68 : word.listed() || shaped ? 60 : 45);
  raise(after.record, sure ? 75 : word.listed() ? 68 : shaped ? 65 : 50);
  raise(before.subject && sure, 55);
  const bool likely = (sure || shaped) && !name.lower && !name.capitals;
  raise(after.bed && likely, sure ? 65 : 58);
  raise(after.term && likely && !before.line_start, sure ? 55 : 45);
  raise(after.term && likely && before.line_start && word.listed(), 50);
  raise(in_subject(name) && sure && likely, 45);
  raise(before.title, 75);
  raise(before.patient, sure ? 72 : word.listed() ? 65 : 50);
  return name.lower ? std::min(out, before.patient || before.title ? 70 : 60) : out;
}

NameJudge::Verdict NameJudge::confidence(const Name& name) {
  const Region* region = region_at(view_.regions, view_.tokens[name.first].from);
  const Before before = this->before(name);
  const After after = this->after(name);
  if (is_provider(name, before, after)) {
    provider_end_ = name.last + 1;
    return {before.patient && !after.provider && !before.provider ? 60 : 0, false};
  }
  if (region != nullptr || (is_own(name, own_words_) && !before.patient && !after.record)) {
    return {};
  }
  if ((before.greeting || is_spoken_to(name)) && !after.record && !after.date && !after.number) {
    return {before.title ? 85 : 70, true};
  }
  if (name.form == NameForm::single) {
    return {single_name(name, before, after), false};
  }
  // In small letters a name wants somebody who says that it is one.
  const bool told = before.patient || before.title || before.relative || after.record ||
                    after.date || after.number || view_.part.kind == extract::PartKind::file_name;
  if (name.lower && !told) {
    const bool listed =
        name.given.given && name.given.sure && name.surname.surname && name.surname.sure;
    return {listed ? 50 : 0, false};
  }
  return {whole_name(name, before, after), false};
}

bool NameJudge::is_provider(const Name& name, const Before& before, const After& after) const {
  const bool single = name.form == NameForm::single;
  const bool joined = provider_end_ > 0 && name.first == provider_end_ + 1 &&
                      folded(reader_.stem(provider_end_)) == "and";
  const bool listed_on =
      provider_end_ > 0 && name.first == provider_end_ && reader_.gap_after(name.first - 1) == ", ";
  return before.provider || after.provider || (single && (joined || listed_on));
}

}  // namespace phimilter::policy
