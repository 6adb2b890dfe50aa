// SPDX-License-Identifier: Apache-2.0
//
// What was found, where, how surely: never the text itself, so that a finding can go to logs and
// records.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace phimilter::policy {

struct Finding {
  std::string detector;       // id of the detector in the policy file
  std::string finding_class;  // "id.ssn", "health.condition", "sensitive.hiv", "opaque.encrypted"
  std::size_t part = 0;       // index into MessageText::parts
  std::size_t offset = 0;     // bytes into that part's text
  std::size_t length = 0;     // bytes; 0 for opaque.*
  int confidence = 0;         // 0..100
  bool operator==(const Finding&) const = default;
};

// What looked like a finding and was dropped, for `phictl explain`; kept only when asked for.
struct Dropped {
  Finding finding;
  std::string reason;  // "validator ssn", "deny_before", "disclaimer", "signature", "exempt
                       // training-patients", "weaker"
};

// Something that made a finding of a model surer (above 0) or less sure, for `phictl explain`: a
// word of our own lists, a shape, a class that was found. Of no message's text.
struct CountedTrait {
  std::string name;  // "word swallow", "class health.lab"
  double weight = 0;
};
struct Weighed {
  std::string finding_class;          // "weighed.care"
  std::vector<CountedTrait> counted;  // what counted most, the heaviest first
};

struct Findings {
  std::vector<Dropped> dropped;
  std::vector<Weighed> weighed;  // as `dropped`
  std::vector<Finding> items;    // by part, then offset
  bool complete = true;  // false: a budget was spent; what is missing is unknown (could not tell)

  std::map<std::string, std::size_t> counts() const;  // class -> number
};

}  // namespace phimilter::policy
