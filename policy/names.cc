// SPDX-License-Identifier: Apache-2.0
#include "policy/names.h"

#include "policy/name_evidence.h"
#include "policy/name_words.h"
#include "policy/text_scan.h"

namespace phimilter::policy {

namespace {
constexpr std::size_t kExpected = 16;  // names in a mail
}  // namespace

std::vector<Candidate> find_names(const PartView& view, std::size_t detector) {
  std::vector<Candidate> out;
  out.reserve(kExpected);
  const NameReader reader(view);
  NameJudge judge(view, reader);
  for (std::size_t i = 0; i < view.tokens.size();) {
    const Token& token = view.tokens[i];
    const bool capital = token.letters == Letters::first || token.letters == Letters::capitals;
    const bool lower =
        token.letters == Letters::lower &&
        (is(token, WordClass::given_name) || is(token, WordClass::surname) ||
         (i > 0 && token.classes == 0 &&
          (is(view.tokens[i - 1], WordClass::title) || is(view.tokens[i - 1], WordClass::patient) ||
           reader.behind_small_initial(i))));
    const auto name = capital || lower ? reader.name_at(i, lower) : std::nullopt;
    if (!name) {
      ++i;
      continue;
    }
    const auto [confidence, standing] = judge.confidence(*name);
    if (confidence >= kLeastConfidence) {
      const std::size_t from = view.tokens[name->first].from;
      const std::size_t to = view.tokens[name->last].from + reader.stem(name->last).size();
      out.push_back({detector, static_cast<std::size_t>(standing), from, to, confidence});
    }
    i = name->last + 1;
  }
  return out;
}

}  // namespace phimilter::policy
