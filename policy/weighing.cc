// SPDX-License-Identifier: Apache-2.0
#include "policy/weighing.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "policy/model.h"
#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kDigitShapes = 5;
static_assert(kMostWeights + kWordShapes < std::numeric_limits<std::uint16_t>::max());
constexpr WordClasses kNameClasses = bit(WordClass::given_name) | bit(WordClass::surname);
constexpr std::array<std::string_view, 7> kNamingClasses{
    "id.name", "id.mrn", "id.dob", "id.ssn", "id.member", "id.mbi", "id.roster"};

constexpr std::array<std::string_view, 5> kGroupNames{"health.*", "facts.*", "payment.*", "id.*",
                                                      "context.*"};
constexpr std::array<std::string_view, 3> kZoneNames{"word", "from", "to"};

template <typename Names>
std::size_t index_in(const Names& names, std::string_view name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
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

// Of the groups that a class belongs to, a bit each.
std::uint32_t Weigher::groups_of(std::string_view name) {
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

// As most words are: in a list, and no names.
inline bool Weigher::is_plain(const Token& token) {
  return token.word != 0 && (token.classes & kNameClasses) == 0 && token.letters <= Letters::mixed;
}

std::uint16_t Weigher::trait_of(const Token& token, std::size_t zone) const {
  const WordShape shape = is_plain(token) ? WordShape::none : shape_of(token);
  if (shape != WordShape::none) {
    return static_cast<std::uint16_t>(kShapePlaces + static_cast<std::size_t>(shape));
  }
  return places_[zone * vocabulary_ + token.word];
}

std::vector<std::uint16_t> Weigher::said_by(std::span<const Token> tokens) const {
  std::vector<std::uint16_t> out(tokens.size());
  std::transform(tokens.begin(), tokens.end(), out.begin(), [this](const Token& token) {
    return is_plain(token) ? places_[token.word] : trait_of(token, kSaid);
  });
  return out;
}

std::vector<Weigher::Evidence> Weigher::evidence(std::span<const Finding> findings,
                                                 std::string_view text,
                                                 extract::PartKind kind) const {
  std::vector<Evidence> out;
  for (const Finding& finding : findings) {
    const auto known = keys_.find(finding.finding_class);
    if (known == keys_.end() || finding.offset > text.size() ||
        finding.length > text.size() - finding.offset) {
      continue;
    }
    Evidence one{finding.offset, hash_of(text.substr(finding.offset, finding.length)),
                 known->second, finding.confidence};
    out.push_back(one);
    const std::uint32_t groups = class_groups_[one.key];
    const bool of_sender = kind == extract::PartKind::header && one.key == sender_;
    for (one.key = 0; one.key < kGroups; ++one.key) {
      if ((groups >> one.key & 1U) != 0) {
        out.push_back(one);
      }
    }
    if (const std::string_view side = of_sender ? side_of(text, finding.offset) : "";
        !side.empty()) {
      one.key = side == "from" ? from_care_ : to_care_;
      out.push_back(one);
    }
  }
  return out;
}

}  // namespace phimilter::policy
