// SPDX-License-Identifier: Apache-2.0
#include "policy/weighing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "policy/model.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kUsualRecords = 128;
constexpr std::size_t kDigitShapes = 5;
constexpr int kNamedFrom = 58;  // confidences from which a person counts as named, or possibly so
constexpr int kPossibleFrom = 40;
static_assert(kMostWeights < std::numeric_limits<std::uint16_t>::max());
constexpr WordClasses kNameClasses = bit(WordClass::given_name) | bit(WordClass::surname);
constexpr std::array<std::string_view, 7> kNamingClasses{
    "id.name", "id.mrn", "id.dob", "id.ssn", "id.member", "id.mbi", "id.roster"};

// Classes that are counted together, too.
enum Group : std::uint32_t { kHealth, kFacts, kPayment, kId, kContext, kGroups };
constexpr std::array<std::string_view, kGroups> kGroupNames{"health.*", "facts.*", "payment.*",
                                                            "id.*", "context.*"};

template <typename Names>
std::size_t index_in(const Names& names, std::string_view name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// Of the groups that a class belongs to, a bit each.
std::uint32_t groups_of(std::string_view name) {
  static const std::vector<std::string> kFactClasses{
      "health.condition", "health.drug",    "health.dose", "health.lab",
      "health.procedure", "health.vital",   "health.code", "health.allergy",
      "health.note",      "health.spanish", "sensitive.*"};
  static const std::vector<std::string> kOffices{"health.sender", "health.specialty"};
  std::uint32_t out = 0;
  const auto add = [&](Group group, bool fits) { out |= fits ? 1U << group : 0U; };
  add(kHealth, class_fits(name, {"health.*", "sensitive.*"}) && !class_fits(name, kOffices));
  add(kFacts, class_fits(name, kFactClasses));
  add(kPayment, class_fits(name, {"payment.*"}));
  add(kId, class_fits(name, {"id.*"}));
  add(kContext, class_fits(name, {"context.*"}));
  return out;
}

// As most words are: in a list, and no names.
bool is_plain(const Token& token) {
  return token.word != 0 && (token.classes & kNameClasses) == 0 && token.letters <= Letters::mixed;
}

// Where a word stands: the text and the subject, or a side of the header.
enum Zone : std::size_t { kSaid, kFrom, kTo, kZones };
constexpr std::array<std::string_view, kZones> kZoneNames{"word", "from", "to"};

// The zone of a line of the header, by the word in front of its colon.
std::optional<Zone> zone_of(std::string_view field) {
  return field.size() == 7 && starts_folded(field, "subject") ? std::optional(kSaid)
         : field.size() == 4 && starts_folded(field, "from")  ? std::optional(kFrom)
         : field.size() == 2 && starts_folded(field, "to")    ? std::optional(kTo)
                                                              : std::nullopt;
}

// FNV-1a of letters and digits, whatever their case.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t out = 14695981039346656037U;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(lower(c));
    if (is_digit(c) || is_letter(c) || byte >= 0x80) {
      out = (out ^ byte) * 1099511628211U;
    }
  }
  return out;
}

// "from" or "to": whose line of the header it stands on; empty: another.
std::string_view side_of(std::string_view header, std::size_t place) {
  const std::size_t end = header.rfind('\n', place);
  const std::string_view line = header.substr(end == std::string_view::npos ? 0 : end + 1);
  return starts_folded(line, "from:") ? "from" : starts_folded(line, "to:") ? "to" : "";
}

}  // namespace

WordShape shape_of(const Token& token) {
  const bool large = token.letters == Letters::first || token.letters == Letters::capitals;
  switch (token.letters) {
    case Letters::digits:
      return static_cast<WordShape>(static_cast<std::size_t>(WordShape::number1) +
                                    std::min<std::size_t>(token.to - token.from, kDigitShapes) - 1);
    case Letters::both:
      return WordShape::code;
    case Letters::mark:
      return WordShape::none;
    default:
      break;
  }
  const bool name = is(token, WordClass::given_name) || is(token, WordClass::surname);
  if (name && !is(token, WordClass::common) && !is(token, WordClass::medical)) {
    return WordShape::name;
  }
  if (token.word == 0 && token.classes == 0) {
    return large ? WordShape::stranger : WordShape::unlisted;
  }
  return name && large && !is(token, WordClass::medical) ? WordShape::either : WordShape::none;
}

Weigher::Weigher(const std::vector<Weight>& weights, const Lexicon& lexicon)
    : vocabulary_(lexicon.word_count() + 1),
      places_(vocabulary_ * kZones),
      word_weights_(1),
      word_names_(1) {
  for (const std::string_view group : kGroupNames) {
    key_of(group);
  }
  for (const std::string_view name : kNamingClasses) {
    named_by_.push_back(key_of(name));
  }
  possible_ = key_of("id.name_possible");
  greeted_ = key_of("id.name_greeted");
  addressed_ = key_of("id.addressee");
  sender_ = key_of("health.sender");
  from_care_ = key_of("from.care");
  to_care_ = key_of("to.care");
  for (const Weight& weight : weights) {
    add(weight, lexicon);
  }
}

std::uint32_t Weigher::key_of(std::string_view name) {
  const auto [known, made] =
      keys_.try_emplace(std::string(name), static_cast<std::uint32_t>(class_names_.size()));
  if (made) {
    class_names_.emplace_back(name);
    class_groups_.push_back(groups_of(name));
    class_weights_.emplace_back();
  }
  return known->second;
}

void Weigher::add_word(const Weight& weight, std::size_t zone, const Lexicon& lexicon) {
  const std::uint32_t word = lexicon.word_id(weight.name);
  if (word == 0) {
    unknown_words_.push_back(weight.name);
    return;
  }
  places_[zone * vocabulary_ + word] = static_cast<std::uint16_t>(word_weights_.size());
  word_weights_.push_back(weight.weight);
  word_names_.push_back(std::string(kZoneNames[zone]) + " " + weight.name);
}

void Weigher::add(const Weight& weight, const Lexicon& lexicon) {
  switch (weight.trait) {
    case Trait::always:
      always_ += weight.weight;
      break;
    case Trait::word:
      add_word(weight, kSaid, lexicon);
      break;
    case Trait::from:
      add_word(weight, kFrom, lexicon);
      break;
    case Trait::to:
      add_word(weight, kTo, lexicon);
      break;
    case Trait::shape:
      shapes_.at(index_in(kShapeNames, weight.name)) = weight.weight;
      break;
    case Trait::length:
      lengths_.emplace_back(weight.at, weight.weight);
      break;
    case Trait::least:
    case Trait::different:
    case Trait::worth:
      class_weights_[key_of(weight.name)].push_back({weight.trait, weight.at, weight.weight});
      break;
    case Trait::person:
      persons_.push_back(
          {static_cast<PersonTold>(index_in(kPersonNames, weight.name)), weight.at, weight.weight});
      break;
  }
}

Weigher::Scale::Scale(const Weigher& weigher)
    : weigher_(weigher), seen_(weigher.word_weights_.size()) {
  records_.reserve(kUsualRecords);
}

inline void Weigher::Scale::count(std::uint16_t place) {
  if (place != 0 && seen_[place] == 0) {
    seen_[place] = 1;
    words_ += weigher_.word_weights_[place];
  }
}

void Weigher::Scale::add_words(std::string_view text, std::span<const Token> tokens,
                               extract::PartKind kind) {
  if (kind == extract::PartKind::file_name) {
    return;
  }
  if (kind == extract::PartKind::header) {
    add_header(text, tokens);
    return;
  }
  length_ += tokens.size();
  said_ += tokens.size();
  const std::uint16_t* const places = weigher_.places_.data();
  for (const Token& token : tokens) {
    if (is_plain(token)) {
      count(places[token.word]);
    } else {
      add_odd_word(token, kSaid);
    }
  }
}

void Weigher::Scale::add_header(std::string_view text, std::span<const Token> tokens) {
  std::optional<Zone> zone;
  bool domain = false;
  for (const Token& token : tokens) {
    const char before = token.from == 0 ? '\n' : text[token.from - 1];
    if (before == '\n') {
      zone = text.substr(token.to).starts_with(':') ? zone_of(spelled(text, token)) : std::nullopt;
      continue;
    }
    domain = before == '@' || (domain && (before == '.' || before == '-'));
    if (zone && (!domain || *zone == kSaid)) {
      said_ += *zone == kSaid ? 1 : 0;
      add_word(token, *zone);
    }
  }
}

void Weigher::Scale::add_word(const Token& token, std::size_t zone) {
  if (is_plain(token)) {
    count(weigher_.places_[zone * weigher_.vocabulary_ + token.word]);
  } else {
    add_odd_word(token, zone);
  }
}

void Weigher::Scale::add_odd_word(const Token& token, std::size_t zone) {
  const WordShape shape = shape_of(token);
  if (shape == WordShape::none) {
    count(weigher_.places_[zone * weigher_.vocabulary_ + token.word]);
  } else if (zone == kSaid) {
    shapes_ |= 1U << static_cast<unsigned>(shape);
  }
}

void Weigher::Scale::add_findings(std::span<const Finding> findings, std::string_view text,
                                  extract::PartKind kind) {
  for (const Finding& finding : findings) {
    const bool inside =
        finding.offset <= text.size() && finding.length <= text.size() - finding.offset;
    if (inside && !is_full()) {
      add_finding(finding, text, kind);
    }
  }
}

void Weigher::Scale::add_finding(const Finding& finding, std::string_view text,
                                 extract::PartKind kind) {
  const auto known = weigher_.keys_.find(finding.finding_class);
  if (known == weigher_.keys_.end()) {
    return;
  }
  const std::uint64_t hash = hash_of(text.substr(finding.offset, finding.length));
  records_.push_back({known->second, finding.confidence, hash});
  const std::uint32_t groups = weigher_.class_groups_[known->second];
  for (std::uint32_t group = 0; group < kGroups; ++group) {
    if ((groups >> group & 1U) != 0) {
      records_.push_back({group, finding.confidence, hash});
    }
  }
  if (kind == extract::PartKind::header && known->second == weigher_.sender_) {
    const std::string_view side = side_of(text, finding.offset);
    if (!side.empty()) {
      records_.push_back(
          {side == "from" ? weigher_.from_care_ : weigher_.to_care_, finding.confidence, hash});
    }
  }
}

std::vector<ClassFacts> Weigher::Scale::facts() const {
  std::vector<Record> records = records_;
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.key, a.text, b.confidence) < std::tie(b.key, b.text, a.confidence);
  });
  std::vector<ClassFacts> out(weigher_.class_names_.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    ClassFacts& facts = out[record.key];
    facts.least = std::max(facts.least, record.confidence);
    const bool again =
        i > 0 && records[i - 1].key == record.key && records[i - 1].text == record.text;
    facts.different += again ? 0 : 1;
    facts.worth += again ? 0 : static_cast<std::size_t>(record.confidence);
  }
  return out;
}

PersonTold Weigher::Scale::person(const std::vector<ClassFacts>& facts) const {
  int surest = 0;
  for (const std::uint32_t key : weigher_.named_by_) {
    surest = std::max(surest, facts[key].least);
  }
  return surest >= kNamedFrom                                             ? PersonTold::named
         : surest >= kPossibleFrom || facts[weigher_.possible_].least > 0 ? PersonTold::possible
         : facts[weigher_.greeted_].least > 0                             ? PersonTold::greeted
         : facts[weigher_.addressed_].least > 0                           ? PersonTold::addressed
                                                                          : PersonTold::nobody;
}

float Weigher::Scale::sum_of(const ClassFacts& facts, std::size_t key) const {
  float out = 0;
  for (const ClassWeight& weight : weigher_.class_weights_[key]) {
    const std::size_t value = weight.trait == Trait::least ? static_cast<std::size_t>(facts.least)
                              : weight.trait == Trait::different ? facts.different
                                                                 : facts.worth;
    out += value >= weight.at ? weight.weight : 0;
  }
  return out;
}

// Calls with name and weight of each trait that the message has; names of words are not made.
template <typename Count>
void Weigher::Scale::for_each_trait_but_words(const Count& count) const {
  const std::vector<ClassFacts> facts = this->facts();
  count("", "always", weigher_.always_);
  for (std::size_t i = 0; i < kWordShapes; ++i) {
    if ((shapes_ >> i & 1U) != 0) {
      count("shape ", kShapeNames[i], weigher_.shapes_[i]);
    }
  }
  for (const auto& [words, weight] : weigher_.lengths_) {
    if (length_ >= words) {
      count("", "length", weight);
    }
  }
  for (std::size_t key = 0; key < facts.size(); ++key) {
    if (facts[key].least > 0) {
      count("class ", weigher_.class_names_[key], sum_of(facts[key], key));
    }
  }
  const PersonTold person = this->person(facts);
  for (const PersonWeight& weight : weigher_.persons_) {
    if (weight.person == person && facts[kHealth].worth >= weight.worth) {
      count("person ", kPersonNames[static_cast<std::size_t>(person)], weight.weight);
    }
  }
}

int Weigher::Scale::confidence() const {
  float sum = words_;
  for_each_trait_but_words(
      [&](std::string_view, std::string_view, float weight) { sum += weight; });
  return static_cast<int>(std::lround(100 / (1 + std::exp(-sum))));
}

std::vector<CountedTrait> Weigher::Scale::heaviest(std::size_t most) const {
  std::map<std::string, double> sums;
  for_each_trait_but_words([&](std::string_view kind, std::string_view name, float weight) {
    sums[std::string(kind).append(name)] += weight;
  });
  for (std::size_t place = 1; place < seen_.size(); ++place) {
    if (seen_[place] != 0) {
      sums[weigher_.word_names_[place]] += weigher_.word_weights_[place];
    }
  }
  std::vector<CountedTrait> out;
  for (const auto& [name, weight] : sums) {
    out.push_back({name, weight});
  }
  std::stable_sort(out.begin(), out.end(), [](const CountedTrait& a, const CountedTrait& b) {
    return std::fabs(a.weight) > std::fabs(b.weight);
  });
  out.resize(std::min(out.size(), most));
  return out;
}

}  // namespace phimilter::policy
