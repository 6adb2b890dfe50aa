// SPDX-License-Identifier: Apache-2.0
//
// From what stands around a name to how sure it is; see name_evidence.h.
#include <algorithm>

#include "policy/name_cues.h"
#include "policy/name_evidence.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {
constexpr std::size_t kShortestPossible = 5;
constexpr int kPossible = 40;
}  // namespace

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
    // "Jane R", or "Roe J"
    return given.given ? (given.sure ? 50 : 30) : given.surname && given.sure ? 45 : 25;
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
  const bool told = before.patient || before.title || after.record || after.number || after.date ||
                    after.happened || after.health;
  if (before.contact || after.address || (before.call && after.phone && !after.record) ||
      (!told && is_asked(name))) {
    return std::min(out, 30);
  }
  if (is_own(name, recipient_words_)) {
    out = std::min(out, 45);
  }
  const auto raise = [&out](bool holds, int to) { out = holds ? std::max(out, to) : out; };
  raise(before.subject && !name.part_of_phrase, known ? 75 : 60);
  raise(before.treated && !name.part_of_phrase, known ? 75 : 60);
  raise(before.billed && !name.part_of_phrase, known ? 65 : 58);
  raise(!name.part_of_phrase && in_subject(name), known ? 70 : 58);
  raise((after.bed || before.bed) && !name.part_of_phrase, known ? 78 : 62);
  raise(before.about && known && !name.part_of_phrase, part ? 45 : 50);
  const bool front = name.form == NameForm::initial_surname ? name.surname.sure : name.given.sure;
  raise(part && before.line_start && front && !name.capitals, 45);
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
  const std::string_view gap = reader_.gap_after(name.first - 1);
  return (gap == " " || gap == ". ") && kSaints.holds(reader_.spelled(name.first - 1));
}

int NameJudge::single_name(const Name& name, const Before& before, const After& after) const {
  const NameWord& word = name.surname;
  if (is_saint(name)) {
    return 0;
  }
  // "Leonel had another seizure", to mama.de.leonel@...: who is named like the address is its
  // child.
  const bool told_of = after.health || after.happened;
  if (name.part_of_phrase || (!told_of && !before.patient && is_own(name, recipient_words_))) {
    return before.title ? 60 : 0;
  }
  int out = 0;
  const auto raise = [&out](bool holds, int to) { out = holds ? std::max(out, to) : out; };
  const bool sure = word.listed() && word.sure;
  const bool initial = name.lower && word.sure && reader_.behind_small_initial(name.first);
  const bool patient = before.patient && word.sure && !word.listed();
  if (name.lower && !sure && !before.title && !initial && !patient) {
    return 0;
  }
  // "roe, #17, day 4"
  const std::string_view behind = view_.text.substr(view_.tokens[name.last].to, 2);
  raise(name.lower && word.surname && !word.given && before.line_start &&
            (behind == ", " || behind == " -"),
        45);
  raise(initial, 50);
  if (before.contact || after.address || (before.call && is_asked(name))) {
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
  raise(before.subject && (sure || (shaped && in_subject(name))), sure ? 55 : 48);
  const bool likely = (sure || shaped) && !name.lower && !name.capitals;
  raise((after.bed || before.bed) && likely, sure ? 65 : 58);
  raise(after.term && likely && !before.line_start, sure ? 55 : 45);
  const bool note = after.term && likely && before.line_start;
  raise(note && word.listed(), 50);
  raise(note && view_.tokens[name.last + 1].letters == Letters::lower, 45);
  raise(in_subject(name) && sure && likely, 45);
  raise(before.title, 75);
  raise(before.patient, sure ? 72 : word.listed() ? 65 : 50);
  return name.lower ? std::min(out, before.patient || before.title ? 70 : 60) : out;
}

NameJudge::Verdict NameJudge::confidence(const Name& name) {
  const Region* region = region_at(view_.regions, view_.tokens[name.first].from);
  const Before before = this->before(name);
  const After after = this->after(name);
  // "Present: Jane Roe, John Doe": who stands behind the first is one of them.
  if (before.contact && !after.record && !after.date && !after.number) {
    provider_end_ = name.last + 1;
  }
  if (is_provider(name, before, after)) {
    // "Hi Dr. Roe, Jane Doe is ...": the comma ends the greeting.
    provider_end_ = before.greeting ? 0 : name.last + 1;
    return {before.patient && !after.provider && !before.provider ? 60 : 0, Standing::told_of};
  }
  if (region != nullptr || (is_own(name, own_words_) && !before.patient && !after.record)) {
    return {};
  }
  if ((before.greeting || is_spoken_to(name)) && !after.record && !after.date && !after.number) {
    return {before.title ? 85 : 70, Standing::greeted};
  }
  if (name.form == NameForm::single) {
    const int alone = single_name(name, before, after);
    return alone < kLeastConfidence && is_possible(name, before, after)
               ? Verdict{kPossible, Standing::possible}
               : Verdict{alone, Standing::told_of};
  }
  // In small letters a name wants somebody who says that it is one.
  const bool told = before.patient || before.title || before.relative || after.record ||
                    after.date || after.number || view_.part.kind == extract::PartKind::file_name;
  if (name.lower && !told) {
    const bool full = name.form == NameForm::full && name.given.given;
    const bool both = full && name.given.sure && name.surname.surname && name.surname.sure;
    const bool sure = full && (name.given.sure || (name.surname.surname && name.surname.sure));
    const bool told_of = before.about || before.call || before.treated || before.subject ||
                         before.line_start || after.happened || after.health || after.term;
    return {both || (sure && told_of) ? 50 : 0, Standing::told_of};
  }
  return {whole_name(name, before, after), Standing::told_of};
}

// "put Roe in at 2", "412A Roe to icu", "Roe cancelled": a word of no everyday list, capitalised
// where no sentence begins, or before what people do.
bool NameJudge::is_possible(const Name& name, const Before& before, const After& after) const {
  const NameWord& word = name.surname;
  const bool surname = word.sure && (!word.listed() || (word.surname && !word.given));
  if (!surname || name.lower || name.capitals || name.part_of_phrase || name.first == 0 ||
      view_.part.kind != extract::PartKind::body || before.contact || before.greeting ||
      before.call || after.address || after.phone || is_saint(name) ||
      is_own(name, recipient_words_) || reader_.stem(name.first).size() < kShortestPossible) {
    return false;
  }
  const Token& earlier = view_.tokens[name.first - 1];
  const bool inside = reader_.gap_after(name.first - 1) == " " &&
                      (earlier.letters == Letters::lower || earlier.letters == Letters::digits ||
                       earlier.letters == Letters::both);
  return inside && !is(earlier, WordClass::organisation) && !is(earlier, WordClass::place) &&
         !is(earlier, WordClass::provider) && !kFrom.holds(reader_.stem(name.first - 1));
}

bool NameJudge::is_provider(const Name& name, const Before& before, const After& after) const {
  const bool single = name.form == NameForm::single;
  const bool joined = provider_end_ > 0 && name.first == provider_end_ + 1 &&
                      is_word(reader_.stem(provider_end_), "and");
  const bool listed_on =
      provider_end_ > 0 && name.first == provider_end_ && reader_.gap_after(name.first - 1) == ", ";
  const bool told = before.patient || after.record || after.date || after.number ||
                    after.happened || after.health || after.term;
  return before.provider || after.provider || ((joined || listed_on) && (single || !told));
}

}  // namespace phimilter::policy
