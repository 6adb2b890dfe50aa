// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "protect/certificate_facts.h"
#include "protect/certificate_files.h"
#include "protect/key_record.h"

namespace phimilter::protect {

void forget_lapsed(KeyRecord& record, Timestamp now) {
  std::erase_if(record.candidates, [&](const Candidate& each) {
    if (record.kind != KeyKind::smime || each.trust != KeyTrust::refused) {
      return false;
    }
    const auto certificates = read_certificate_file(each.bytes).certificates;
    return !certificates.empty() &&
           std::all_of(certificates.begin(), certificates.end(),
                       [&](const Certificate& one) { return facts_of(one.get()).until <= now; });
  });
}

}  // namespace phimilter::protect
