// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "fuzz_target.h"
#include "policy/lexicon.h"
#include "policy/scale.h"

using namespace std::string_view_literals;

namespace policy = phimilter::policy;

// A file of weights, as an admin may have broken it, and then a short text on the scales of what
// was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto weights = policy::parse_weights(phimilter::fuzz::bytes_of(data, size), "weights.tsv");
  if (!weights) {
    return 0;
  }
  policy::Lexicon lexicon;
  for (const auto word : {"swallow"sv, "invoice"sv, "nurse"sv}) {
    lexicon.add_word(word, policy::WordClass::common);
  }
  const policy::Weigher weigher(*weights, lexicon);
  policy::Scale scale(weigher);
  const auto text = "From: nurse@clinic.example\nSubject: invoice 402\n"sv;
  scale.add_header(text, lexicon.tokens(text));
  const policy::Finding finding{"lab", "health.lab", 0, 6, 5, 60};
  scale.add_evidence(weigher.evidence({&finding, 1}, text, phimilter::extract::PartKind::header));
  if (scale.confidence() < 0 || scale.confidence() > 100) {
    std::abort();
  }
  (void)scale.heaviest(10);
  return 0;
}
