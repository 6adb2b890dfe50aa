// SPDX-License-Identifier: Apache-2.0
#include "policy/name_evidence.h"

#include <algorithm>

#include "policy/name_cues.h"
#include "policy/record_shapes.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kCueReach = 4;             // tokens
constexpr std::size_t kLongestAbbreviation = 5;  // "Dr.", "pt.", "Sres."

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
  const std::string_view word = reader_.stem(i);
  const std::string_view earlier = i > 0 ? reader_.stem(i - 1) : std::string_view();
  out.patient = out.patient || is(token, WordClass::patient);
  out.relative = out.relative || is(token, WordClass::relative);
  out.title = out.title || (adjacent && is(token, WordClass::title));
  // "Thank you for referring Jane Roe"
  const bool sent = is_word(word, "referring") && is_word(earlier, "for");
  out.patient = out.patient || sent;
  // "motion by Ms. Roe"
  const bool led = is_word(word, "by") && (out.title || kLed.holds(earlier));
  out.provider = out.provider || led || (!sent && is(token, WordClass::provider));
  out.subject = out.subject || kSubjects.holds(word);
  if (adjacent) {
    out.greeting = kGreetings.holds(word);
    const bool to = is_word(word, "to");
    const bool mark =
        view_.text.substr(token.to, 1) == ":" || view_.text.substr(token.to, 2) == " :";
    out.billed = mark && to && is_word(earlier, "bill");
    out.contact =
        !out.billed &&
        ((mark ? kContacts.holds(word) : kContactsWithoutMark.holds(word)) ||
         ((to || is_word(word, "for")) && kAskers.holds(earlier)) || (to && handed_over(i)));
    out.treated = kTreated.holds(word);
    out.about = kAbout.holds(word);
    out.call = kCalls.holds(word);
  }
}

// "return the form to", "changes to"
bool NameJudge::handed_over(std::size_t to) const {
  for (std::size_t steps = 1; steps <= 3 && steps <= to; ++steps) {
    if (reader_.gap_after(to - steps) != " ") {
      return false;
    }
    if (kHandedTo.holds(reader_.stem(to - steps))) {
      return true;
    }
  }
  return false;
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
    const bool blank = gap == " ";  // nearly always: nothing to look for
    const bool breaks =
        !blank && (gap.size() > 8 || gap.find_first_of(";!?<>@/\\") != std::string_view::npos ||
                   gap.find("\n\n") != std::string_view::npos);
    const bool line_break = !blank && gap.find('\n') != std::string_view::npos;
    const bool label = !blank && gap.find(':') != std::string_view::npos;
    out.line_start = out.line_start || (adjacent && line_break);
    if (breaks || (line_break && (label || gap.find(',') != std::string_view::npos))) {
      break;
    }
    const Token& token = view_.tokens[i];
    const bool abbreviation = token.to - token.from <= kLongestAbbreviation &&
                              (is(token, WordClass::title) || is(token, WordClass::provider) ||
                               is(token, WordClass::patient));
    // "Dr., Jane Roe has a fever": spoken to first, and then of somebody.
    if (!blank && gap.find(',') != std::string_view::npos && kDoctors.holds(reader_.stem(i))) {
      break;
    }
    const bool sentence_end = !blank && !abbreviation && gap.find(". ") != std::string_view::npos;
    if (sentence_end) {
      break;
    }
    if (token.letters == Letters::digits || token.letters == Letters::both) {
      out.number = out.number || (adjacent && record_number_before(token.to));
      out.bed = out.bed || (adjacent && i > 0 && bed_at(i - 1));
      break;
    }
    read_cue(i, adjacent && (blank || gap == ". " || gap == ": " || gap == ":" || gap == "."), out);
    const bool skip = token.letters == Letters::mark || is(token, WordClass::title) ||
                      kFillers.holds(reader_.stem(i));
    if (!skip || line_break) {
      break;
    }
    adjacent = adjacent && is(token, WordClass::title);
  }
  out.line_start = out.line_start || name.first == 0;
  return out;
}

// "OD phaco", "PT eval", "DO med": an abbreviation before what is done is no degree.
bool NameJudge::eye_or_therapy_at(std::size_t i) const {
  return i + 1 < view_.tokens.size() && reader_.gap_after(i) == " " &&
         view_.tokens[i + 1].letters == Letters::lower &&
         is(view_.tokens[i + 1], WordClass::medical);
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
                        (is_digit(behind[1]) || behind[1] == '-' || behind[1] == '+')) ||
                       (gap == " " && eye_or_therapy_at(i));
    return !other && (token.letters != Letters::lower || gap.find(',') != std::string_view::npos);
  }
  if (gap == " ") {
    return false;
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
    if (is(view_.tokens[k], WordClass::patient)) {
      return false;
    }
    if (is(view_.tokens[k], WordClass::provider) && !kDoctorTitles.holds(reader_.stem(k))) {
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
               kArticles.holds(reader_.stem(i + 1)));
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
    return view_.tokens[i].to - view_.tokens[i].from <= 2 && kWings.holds(reader_.stem(i + 1));
  }
  return kBeds.holds(reader_.stem(i)) &&
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

bool NameJudge::is_asked(const Name& name) const {
  // "Call Jane in billing"
  const std::size_t next = name.last + 1;
  if (next + 1 < view_.tokens.size() && kWithin.holds(reader_.stem(next)) &&
      kDepartments.holds(reader_.stem(next + 1))) {
    return true;
  }
  const std::size_t end = std::min(name.last + 8, view_.tokens.size());
  for (std::size_t i = name.last + 1; i < end; ++i) {
    const std::string_view gap = reader_.gap_after(i - 1);
    if (gap != " " && gap.find_first_of(".;!?\n") != std::string_view::npos) {
      return false;
    }
    if (kAskedFor.holds(reader_.stem(i))) {
      return true;
    }
  }
  return false;
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
      (gap == " " && kFamilies.holds(reader_.stem(next)));
  out.bed = gap.size() <= 3 && bed_at(next);
  return out;
}

}  // namespace phimilter::policy
