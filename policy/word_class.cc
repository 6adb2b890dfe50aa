// SPDX-License-Identifier: Apache-2.0
#include "policy/word_class.h"

#include <array>
#include <utility>

namespace phimilter::policy {
namespace {

constexpr std::array<std::pair<WordClass, std::string_view>, 14> kNames{{
    {WordClass::given_name, "given-name"},
    {WordClass::surname, "surname"},
    {WordClass::common, "common"},
    {WordClass::title, "title"},
    {WordClass::credential, "credential"},
    {WordClass::provider, "provider"},
    {WordClass::patient, "patient"},
    {WordClass::organisation, "organisation"},
    {WordClass::place, "place"},
    {WordClass::month, "month"},
    {WordClass::particle, "particle"},
    {WordClass::relative, "relative"},
    {WordClass::medical, "medical"},
    {WordClass::clinical_verb, "clinical-verb"},
}};

}  // namespace

std::string_view to_string(WordClass word_class) {
  for (const auto& [known, name] : kNames) {
    if (known == word_class) {
      return name;
    }
  }
  return {};
}

std::optional<WordClass> word_class_from(std::string_view name) {
  for (const auto& [word_class, known] : kNames) {
    if (known == name) {
      return word_class;
    }
  }
  return std::nullopt;
}

}  // namespace phimilter::policy
