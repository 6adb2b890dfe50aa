// SPDX-License-Identifier: Apache-2.0
//
// What the shipped pack finds in a text: for tests of the finders, which need its word lists.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/test_policies.h"

namespace phimilter::policy::testing {

inline const Policy& shipped_pack() {
  static const std::shared_ptr<const Policy> policy =
      must_load({std::string(PHIMILTER_SOURCE_DIR) + "/policy/packs/hipaa.toml"});
  return *policy;
}

struct Found {
  std::string finding_class;
  std::string text;
  int confidence = 0;
  std::string detector;
};

inline std::vector<Found> found_in(const std::string& text, const MessageContext& context = {},
                                   extract::PartKind kind = extract::PartKind::body) {
  extract::MessageText read;
  read.parts.push_back({"1", kind, "text/plain", text, {}});
  std::vector<Found> out;
  for (const Finding& finding : shipped_pack().detect(read, context).items) {
    out.push_back({finding.finding_class, text.substr(finding.offset, finding.length),
                   finding.confidence, finding.detector});
  }
  return out;
}

// The confidence of a finding of this class with exactly this text, 0: there is none.
inline int confidence_of(const std::vector<Found>& found, std::string_view finding_class,
                         std::string_view text) {
  for (const Found& one : found) {
    if (one.finding_class == finding_class && one.text == text) {
      return one.confidence;
    }
  }
  return 0;
}

}  // namespace phimilter::policy::testing
