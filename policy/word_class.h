// SPDX-License-Identifier: Apache-2.0
//
// What is known about single words, by lists that policy files name ([[words]] class, files). A
// word may be of several classes: "Rose" is a given name, a surname and a common word.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace phimilter::policy {

enum class WordClass : std::uint32_t {
  given_name = 1U << 0U,
  surname = 1U << 1U,
  common = 1U << 2U,        // a word of everyday English or Spanish that is no proof of a name
  title = 1U << 3U,         // mr, mrs, sra
  credential = 1U << 4U,    // md, rn, phd: the name before it is a provider's
  provider = 1U << 5U,      // dr, attending, referring: the name behind it is a provider's
  patient = 1U << 6U,       // patient, pt, paciente, member: the name behind it is a patient's
  organisation = 1U << 7U,  // hospital, inc, university: the words before it are no person
  place = 1U << 8U,         // street, avenue, county, and states
  month = 1U << 9U,
  particle = 1U << 10U,       // de, van, la: inside a surname
  relative = 1U << 11U,       // mother, son, wife, madre
  medical = 1U << 12U,        // a word of health vocabulary: set by the health lexicons themselves
  clinical_verb = 1U << 13U,  // seen, admitted, presented, diagnosed: what happens to patients
  // Known to the code itself, and in no list (policy/regions.h):
  notice = 1U << 14U,  // stands in notices about confidentiality
  footer = 1U << 15U,  // begins a phrase of the footers of bulk mail
};

using WordClasses = std::uint32_t;  // a set of WordClass

constexpr WordClasses bit(WordClass word_class) {
  return static_cast<WordClasses>(word_class);
}

std::string_view to_string(WordClass word_class);
std::optional<WordClass> word_class_from(std::string_view name);  // "given-name", "clinical-verb"

}  // namespace phimilter::policy
