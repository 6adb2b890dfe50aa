// SPDX-License-Identifier: Apache-2.0
//
// Which recipients get which copy, and by which way it leaves. Pure, and the same for the same
// input.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "policy/treatment.h"

namespace phimilter::delivery {

enum class Route {
  untouched,  // the MTA goes on with its own copy: nothing is protected
  in_place,   // the MTA goes on with its own copy, which is edited: one form for all
  reentry,    // every copy, the clear one too, is handed back over a private listener; the original
              // is discarded
  refused,    // every outside recipient is rejected: the sender is told by the SMTP reply
};

std::string_view to_string(Route route);

// Recipients who get the same bytes, by their index in the envelope, ascending.
struct Group {
  policy::Method method = policy::Method::pass;
  std::vector<std::size_t> recipients;
  bool operator==(const Group&) const = default;
};

struct GroupPlan {
  Route route = Route::untouched;
  std::vector<Group> groups;  // by their first recipient
};

// What stands beside the treatment of one recipient. `key` tells spellings of one mailbox together:
// the second one gets no copy of its own.
struct Addressee {
  std::string_view key;
  bool blind = false;
  bool internal = false;
};

struct GroupOptions {
  bool reentry_always = false;  // no copy that needs protection stays in the MTA's own queue file
  bool reentry_begun =
      false;  // copies of this message left by re-entry already: the rest follow them
};

// `treatments` and `addressees` are in envelope order and of one length.
GroupPlan plan_groups(std::span<const policy::Treatment> treatments,
                      std::span<const Addressee> addressees, const GroupOptions& options);

}  // namespace phimilter::delivery
