// SPDX-License-Identifier: Apache-2.0
#include "milter/reloadable.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace phimilter::milter {

namespace {

// Lists, trust, domains, words in notices: what no socket, folder, key or process hangs on.
constexpr std::array<std::string_view, 27> kReloadable{"organisation.name",
                                                       "organisation.phone",
                                                       "organisation.domains",
                                                       "organisation.colour",
                                                       "organisation.footer",
                                                       "milter.trusted_clients",
                                                       "milter.trusted_logins",
                                                       "milter.proof_header",
                                                       "milter.volatile_headers",
                                                       "milter.reentry_listeners",
                                                       "mta.alias_maps",
                                                       "mta.postmap",
                                                       "mta.makemap",
                                                       "mta.recipient_delimiter",
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
                                                       "portal.url",
                                                       "portal.reply_all",
                                                       "portal.forward"};

// Read by other programs alone.
constexpr std::array<std::string_view, 5> kOthers{"hold.listener", "audit.phictl_journal",
                                                  "audit.portal_journal", "organisation.logo",
                                                  "escrow.retention_days"};
constexpr std::array<std::string_view, 2> kSectionsOfOthers{"portal", "tracking"};

template <std::size_t N>
bool stands_in(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::vector<std::string> take_reloadable(const Settings& read, Settings& current) {
  std::vector<std::string> left;
  current.brands = read.brands;
  for (const Setting& setting : settings_table()) {
    const std::string name = std::string(setting.section) + '.' + std::string(setting.name);
    const bool taken = stands_in(kReloadable, name);
    const bool others = stands_in(kSectionsOfOthers, setting.section) || stands_in(kOthers, name);
    std::visit(
        [&](auto place) {
          if (read.*place == current.*place) {
            return;
          }
          if (taken) {
            current.*place = read.*place;
          } else if (!others) {
            left.push_back(name);
          }
        },
        setting.place);
  }
  return left;
}

}  // namespace phimilter::milter
