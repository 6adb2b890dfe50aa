// SPDX-License-Identifier: Apache-2.0
//
// What must be told to the MTA so that the captured message becomes the wanted one: computed as a
// difference, applied in one place (milter/apply_edits). Property: apply(plan(a, b), a) == b.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mail/message.h"

namespace phimilter::mail {

struct HeaderChange {  // smfi_chgheader: the `index`-th (from 1) field of that name
  std::string name;
  std::size_t index = 1;
  std::string value;  // used unless `removed`
  bool removed = false;
};

// In the order of application: changes from the highest index down (Postfix renumbers after a
// removal, Sendmail does not: going down works in both), then new fields, then the body.
// New fields stand behind all others: that place alone means the same to both MTAs, since Sendmail
// counts its own unused and our removed fields as well.
struct EditPlan {
  std::vector<HeaderChange> changes;
  std::vector<HeaderField> appended;
  bool replace_body = false;

  bool empty() const { return changes.empty() && appended.empty() && !replace_body; }
};

EditPlan plan_edits(const HeaderList& captured, const HeaderList& wanted, bool body_differs);

// What an MTA does with the plan: for the property test, the fake MTA and the check before sending.
HeaderList apply_header_edits(const EditPlan& plan, const HeaderList& captured);

}  // namespace phimilter::mail
