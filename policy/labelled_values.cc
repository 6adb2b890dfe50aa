// SPDX-License-Identifier: Apache-2.0
#include "policy/labelled_values.h"

namespace phimilter::policy {

std::vector<Candidate> find_labelled_values(const PartView& /*view*/, const Detector& /*labels*/,
                                            std::size_t /*detector*/) {
  return {};
}

}  // namespace phimilter::policy
