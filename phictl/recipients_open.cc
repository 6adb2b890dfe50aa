// SPDX-License-Identifier: Apache-2.0
#include "phictl/recipients_open.h"

#include "base/clock.h"
#include "base/files.h"
#include "phictl/ownership.h"
#include "phictl/recipient_folder.h"
#include "phictl/recipients_recorded.h"

namespace phimilter::phictl {

Result<std::unique_ptr<escrow::RecipientStore>> open_recipients(const Settings& settings,
                                                                RecipientAccess access) {
  if (settings.escrow_folder.empty()) {
    return fail(configuration_fault("phictl.escrow",
                                    "escrow.folder is not set, so there is no place for "
                                    "recipients' entries; set it first"));
  }
  const std::string folder = recipient_folder(settings);
  const std::string person = this_person();
  if (access == RecipientAccess::write) {
    if (auto owner = become_owner_of(settings.escrow_folder); !owner) {
      return fail(owner);
    }
    // The filter makes it too; whoever comes first.
    if (auto made = make_folder(folder, 02770); !made) {
      return fail(made);
    }
  }
  auto store = escrow::open_recipient_store(
      folder, settings.escrow_public_key,
      access == RecipientAccess::addresses ? settings.portal_private_key : "");
  if (!store || access != RecipientAccess::write) {
    return store;
  }
  return recorded_recipients(std::move(*store), settings, person);
}

std::string today() {
  return rfc3339(system_clock().now()).substr(0, 10);
}

std::string consent_for_people(const escrow::RecipientEntry& entry) {
  const std::string state(escrow::to_string(escrow::consent_on(entry, today())));
  const std::string text = escrow::consent_text(entry);
  return text.empty() ? state : state + ": " + text;
}

}  // namespace phimilter::phictl
