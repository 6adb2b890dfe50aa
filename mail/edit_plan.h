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

struct HeaderInsert {  // smfi_insheader: `position` counts the captured fields after all changes,
                       // from 0
  std::size_t position = 0;
  std::string name;
  std::string value;
};

// In the order of application: changes from the highest index down (Postfix renumbers after a
// removal, Sendmail does not: going down works in both), then inserts from the lowest position up,
// then the body.
struct EditPlan {
  std::vector<HeaderChange> changes;
  std::vector<HeaderInsert> inserts;
  bool replace_body = false;

  bool empty() const { return changes.empty() && inserts.empty() && !replace_body; }
};

EditPlan plan_edits(const HeaderList& captured, const HeaderList& wanted, bool body_differs);

// What an MTA does with the plan: for the property test, the fake MTA and the check before sending.
HeaderList apply_header_edits(const EditPlan& plan, const HeaderList& captured);

}  // namespace phimilter::mail
