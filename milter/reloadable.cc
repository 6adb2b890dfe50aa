// SPDX-License-Identifier: Apache-2.0
#include "milter/reloadable.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace phimilter::milter {

namespace {

// Lists, trust, domains, words in notices: what no socket, folder, key or process hangs on.
constexpr std::array<std::string_view, 22> kReloadable{"organisation.name",
                                                       "organisation.phone",
                                                       "organisation.domains",
                                                       "milter.trusted_clients",
                                                       "milter.trusted_logins",
                                                       "milter.proof_header",
                                                       "milter.volatile_headers",
                                                       "milter.reentry_listeners",
                                                       "mta.alias_maps",
                                                       "mta.postmap",
                                                       "mta.makemap",
                                                       "reentry.always",
                                                       "policy.files",
                                                       "smime.gcm_recipients",
                                                       "smime.oaep_recipients",
                                                       "escrow.expiry_days",
                                                       "hold.tell_sender",
                                                       "hold.expiry_days",
                                                       "hold.tries",
                                                       "hold.minutes",
                                                       "hold.clear",
                                                       "portal.url"};

// Read by other programs alone.
constexpr std::array<std::string_view, 2> kOthers{"hold.listener", "audit.phictl_journal"};

template <std::size_t N>
bool stands_in(const std::array<std::string_view, N>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::vector<std::string> take_reloadable(const Settings& read, Settings& current) {
  std::vector<std::string> left;
  for (const Setting& setting : settings_table()) {
    const std::string name = std::string(setting.section) + '.' + std::string(setting.name);
    const bool others = (setting.section == "portal" && name != "portal.url") ||
                        stands_in(kOthers, name) || name == "audit.portal_journal";
    std::visit(
        [&](auto place) {
          if (read.*place == current.*place || others) {
            return;
          }
          if (stands_in(kReloadable, name)) {
            current.*place = read.*place;
          } else {
            left.push_back(name);
          }
        },
        setting.place);
  }
  return left;
}

}  // namespace phimilter::milter
