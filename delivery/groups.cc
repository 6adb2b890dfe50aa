// SPDX-License-Identifier: Apache-2.0
#include "delivery/groups.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/result.h"

namespace phimilter::delivery {

namespace {

using policy::Method;
using policy::Treatment;

// A copy that shows who else gets it (key ids, addresses in a notice) or that belongs to one
// person.
bool wants_copy_of_its_own(Method method, bool blind) {
  switch (method) {
    case Method::portal:
    case Method::smime:
    case Method::hold:
    case Method::reject:
      return true;
    case Method::pass:
    case Method::pgp:
    case Method::tls:
      return blind;
  }
  return true;
}

std::vector<Group> group_recipients(std::span<const Treatment> treatments,
                                    std::span<const Addressee> addressees) {
  std::vector<Group> groups;
  std::map<Method, std::size_t> open;  // groups that others may join
  std::set<std::string_view> mailboxes;
  for (std::size_t i = 0; i < treatments.size(); ++i) {
    if (!mailboxes.insert(addressees[i].key).second) {
      continue;
    }
    const Method method = treatments[i].method;
    const bool alone = wants_copy_of_its_own(method, addressees[i].blind);
    const auto joined = open.find(method);
    if (!alone && joined != open.end()) {
      groups[joined->second].recipients.push_back(i);
      continue;
    }
    if (!alone) {
      open.emplace(method, groups.size());
    }
    groups.push_back({method, {i}});
  }
  return groups;
}

bool all_outside_rejected(std::span<const Treatment> treatments,
                          std::span<const Addressee> addressees) {
  bool any = false;
  for (std::size_t i = 0; i < treatments.size(); ++i) {
    const bool rejected = treatments[i].method == Method::reject;
    if (!rejected && !addressees[i].internal) {
      return false;
    }
    any = any || rejected;
  }
  return any;
}

bool has_form_in_place(Method method, std::size_t recipients) {
  // A notice is for one person.
  return method == Method::pgp || method == Method::smime ||
         (method == Method::portal && recipients == 1);
}

// One group, and one that an edit of the MTA's own copy can serve.
bool fits_in_place(const std::vector<Group>& groups, std::span<const Addressee> addressees) {
  const bool any_blind = std::any_of(addressees.begin(), addressees.end(),
                                     [](const Addressee& addressee) { return addressee.blind; });
  return groups.size() == 1 && !any_blind && has_form_in_place(groups[0].method, addressees.size());
}

}  // namespace

std::string_view to_string(Route route) {
  switch (route) {
    case Route::untouched:
      return "untouched";
    case Route::in_place:
      return "in place";
    case Route::reentry:
      return "re-entry";
    case Route::refused:
      return "refused";
  }
  return "re-entry";
}

GroupPlan plan_groups(std::span<const Treatment> treatments, std::span<const Addressee> addressees,
                      const GroupOptions& options) {
  require(treatments.size() == addressees.size(), "a treatment for every recipient");
  GroupPlan plan;
  plan.groups = group_recipients(treatments, addressees);
  const bool nothing_to_protect =
      std::all_of(treatments.begin(), treatments.end(),
                  [](const Treatment& treatment) { return treatment.method == Method::pass; });
  plan.route = Route::reentry;
  if (options.reentry_begun) {
    return plan;
  }
  if (nothing_to_protect) {
    plan.route = Route::untouched;
  } else if (all_outside_rejected(treatments, addressees)) {
    plan.route = Route::refused;
  } else if (!options.reentry_always && fits_in_place(plan.groups, addressees)) {
    plan.route = Route::in_place;
  }
  return plan;
}

}  // namespace phimilter::delivery
