// SPDX-License-Identifier: Apache-2.0
#include "phictl/held_desk.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/files.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {
namespace {

constexpr std::size_t kLinkKeyBytes = 32;

}  // namespace

std::string held_folder(const Settings& settings) {
  return settings.escrow_folder + "/held";
}

Result<std::unique_ptr<audit::Journal>> open_own_journal(const Settings& settings) {
  if (auto made = make_folder(settings.audit_phictl_journal, 0700); !made) {
    return fail(made);
  }
  return audit::open_journal(settings.audit_phictl_journal, std::string(kPhictlWriter),
                             system_clock());
}

Result<HeldDesk> open_held_desk(const Settings& settings) {
  if (settings.escrow_folder.empty()) {
    return fail(configuration_fault("phictl.held", "escrow.folder is not set: nothing is held"));
  }
  HeldDesk desk;
  desk.settings = settings;
  desk.person = this_person();
  auto link_key = read_secret_file(settings.escrow_link_key, kLinkKeyBytes);
  if (!link_key) {
    return fail(link_key);
  }
  desk.link_key = std::move(*link_key);
  auto vault = escrow::open_vault_reader(held_folder(settings), settings.portal_private_key);
  if (!vault) {
    return fail(vault);
  }
  desk.vault = std::move(*vault);
  if (auto owner = become_owner_of(held_folder(settings)); !owner) {
    return fail(owner);
  }
  auto journal = open_own_journal(settings);
  if (!journal) {
    return fail(journal);
  }
  desk.journal = std::move(*journal);
  desk.sender = delivery::smtp_copy_sender(settings.reentry_listener, "");
  return desk;
}

Result<HeldEntry> find_held(const HeldDesk& desk, const std::string& name) {
  const auto entries = desk.vault->list(system_clock().now());
  if (!entries) {
    return fail(entries.error());
  }
  std::vector<escrow::EntryStatus> named;
  std::copy_if(entries->begin(), entries->end(), std::back_inserter(named),
               [&](const escrow::EntryStatus& entry) {
                 return entry.id.str() == name ||
                        ascii_iequal(escrow::reference_of(entry.id), name);
               });
  if (named.size() != 1) {
    return fail(configuration_fault(
                    "phictl.held",
                    named.empty() ? "nothing that is held has this id or reference; `phictl held "
                                    "list` shows what is"
                                  : "more than one held message has this reference; give the id")
                    .with("id", name));
  }
  auto facts = desk.vault->facts(named.front().id);
  if (!facts) {
    return fail(facts);
  }
  return HeldEntry{named.front(), std::move(*facts)};
}

}  // namespace phimilter::phictl
