// SPDX-License-Identifier: Apache-2.0
#include "policy/scale.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "policy/text_scan.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kUsualRecords = 128;
constexpr int kNamedFrom = 58;  // confidences from which a person counts as named, or possibly so
constexpr int kPossibleFrom = 40;

}  // namespace

Scale::Scale(const Weigher& weigher)
    : weigher_(&weigher),
      seen_(weigher.word_weights_.size() / 64 + 1),
      facts_(weigher.class_names_.size()) {
  records_.reserve(kUsualRecords);
}

inline void Scale::add(std::uint16_t trait) {
  if (trait >= Weigher::kShapePlaces) {
    shapes_ |= 1U << (trait - Weigher::kShapePlaces);
  } else if (trait != 0 && !is_seen(trait)) {
    seen_[trait / 64] |= std::uint64_t{1} << trait % 64;
    words_ += weigher_->word_weights_[trait];
  }
}

void Scale::add_said(std::span<const std::uint16_t> said) {
  length_ += said.size();
  said_ += said.size();
  for (const std::uint16_t trait : said) {
    add(trait);
  }
}

// The zone of a line of the header, by the word in front of its colon.
std::optional<Weigher::Zone> Scale::zone_of(std::string_view field) {
  return field.size() == 7 && starts_folded(field, "subject") ? std::optional(Weigher::kSaid)
         : field.size() == 4 && starts_folded(field, "from")  ? std::optional(Weigher::kFrom)
         : field.size() == 2 && starts_folded(field, "to")    ? std::optional(Weigher::kTo)
                                                              : std::nullopt;
}

void Scale::add_header(std::string_view text, std::span<const Token> tokens) {
  std::optional<Weigher::Zone> zone;
  bool domain = false;
  for (const Token& token : tokens) {
    const char before = token.from == 0 ? '\n' : text[token.from - 1];
    if (before == '\n') {
      zone = text.substr(token.to).starts_with(':') ? zone_of(spelled(text, token)) : std::nullopt;
      continue;
    }
    domain = before == '@' || (domain && (before == '.' || before == '-'));
    if (zone && (!domain || *zone == Weigher::kSaid)) {
      said_ += *zone == Weigher::kSaid ? 1 : 0;
      const std::uint16_t trait = weigher_->trait_of(token, *zone);
      add(trait < Weigher::kShapePlaces || *zone == Weigher::kSaid ? trait : 0);
    }
  }
}

void Scale::add_evidence(std::span<const Weigher::Evidence> evidence) {
  for (const Weigher::Evidence& one : evidence) {
    const auto place = std::lower_bound(
        records_.begin(), records_.end(), one, [](const Record& record, const auto& wanted) {
          return std::pair(record.key, record.text) < std::pair(wanted.key, wanted.text);
        });
    const bool again = place != records_.end() && place->key == one.key && place->text == one.text;
    if (!again && is_full()) {
      continue;
    }
    ClassFacts& facts = facts_[one.key];
    const int more = one.confidence - (again ? place->confidence : 0);
    if (!again) {
      ++facts.different;
      records_.insert(place, {one.text, one.key, one.confidence});
    } else if (more > 0) {
      place->confidence = one.confidence;
    }
    facts.least = std::max(facts.least, one.confidence);
    facts.worth += static_cast<std::size_t>(std::max(more, 0));
  }
}

PersonTold Scale::person() const {
  int surest = 0;
  for (const std::uint32_t key : weigher_->named_by_) {
    surest = std::max(surest, facts_[key].least);
  }
  return surest >= kNamedFrom                                               ? PersonTold::named
         : surest >= kPossibleFrom || facts_[weigher_->possible_].least > 0 ? PersonTold::possible
         : facts_[weigher_->greeted_].least > 0                             ? PersonTold::greeted
         : facts_[weigher_->addressed_].least > 0                           ? PersonTold::addressed
                                                                            : PersonTold::nobody;
}

float Scale::sum_of(std::size_t key) const {
  const ClassFacts& facts = facts_[key];
  float out = 0;
  for (const Weigher::ClassWeight& weight : weigher_->class_weights_[key]) {
    const std::size_t value = weight.trait == Trait::least ? static_cast<std::size_t>(facts.least)
                              : weight.trait == Trait::different ? facts.different
                                                                 : facts.worth;
    out += value >= weight.at ? weight.weight : 0;
  }
  return out;
}

// Calls with name and weight of each trait that the message has; names of words are not made.
template <typename Count>
void Scale::for_each_trait_but_words(const Count& count) const {
  count("", "always", weigher_->always_);
  for (std::size_t i = 0; i < kWordShapes; ++i) {
    if ((shapes_ >> i & 1U) != 0) {
      count("shape ", kShapeNames[i], weigher_->shapes_[i]);
    }
  }
  for (const auto& [words, weight] : weigher_->lengths_) {
    if (length_ >= words) {
      count("", "length", weight);
    }
  }
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const std::uint32_t key = records_[i].key;
    if (i == 0 || records_[i - 1].key != key) {
      count("class ", weigher_->class_names_[key], sum_of(key));
    }
  }
  const PersonTold person = this->person();
  for (const Weigher::PersonWeight& weight : weigher_->persons_) {
    if (weight.person == person && facts_[Weigher::kHealth].worth >= weight.worth) {
      count("person ", kPersonNames[static_cast<std::size_t>(person)], weight.weight);
    }
  }
}

int Scale::confidence() const {
  float sum = words_;
  for_each_trait_but_words(
      [&](std::string_view, std::string_view, float weight) { sum += weight; });
  return static_cast<int>(std::lround(100 / (1 + std::exp(-sum))));
}

std::vector<CountedTrait> Scale::heaviest(std::size_t most) const {
  std::map<std::string, double> sums;
  for_each_trait_but_words([&](std::string_view kind, std::string_view name, float weight) {
    sums[std::string(kind).append(name)] += weight;
  });
  for (std::size_t place = 1; place < weigher_->word_weights_.size(); ++place) {
    if (is_seen(place)) {
      sums[weigher_->word_names_[place]] += weigher_->word_weights_[place];
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
