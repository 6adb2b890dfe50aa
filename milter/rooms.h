// SPDX-License-Identifier: Apache-2.0
//
// The parts of the filter, opened from the settings. Private to milter/.
#pragma once

#include <memory>

#include "audit/journal.h"
#include "audit/redis_stream.h"
#include "base/secret.h"
#include "base/settings.h"
#include "delivery/ledger.h"
#include "delivery/reentry.h"
#include "escrow/links.h"
#include "escrow/recipients.h"
#include "escrow/vault.h"
#include "extract/extractor.h"
#include "milter/batch_teller.h"
#include "milter/pipeline.h"
#include "milter/policy_slot.h"
#include "milter/tls_table.h"
#include "protect/key_desk.h"
#include "protect/key_learner.h"
#include "protect/pgp_mime.h"
#include "protect/smime.h"
#include "protect/tls_facts.h"

namespace phimilter::milter {

// In the order of opening; closed in the opposite one. Null where the settings leave it out.
struct Rooms {
  std::unique_ptr<protect::Pgp> pgp;
  std::unique_ptr<extract::Extractor> extractor;
  std::unique_ptr<PolicySlot> policy;
  std::unique_ptr<protect::Smime> smime;
  std::unique_ptr<protect::KeyDesk> keys;
  std::unique_ptr<protect::KeyLearner> learner;
  std::unique_ptr<protect::TlsFacts> tls;
  std::unique_ptr<TlsTable> tls_table;
  Secret link_key;
  std::unique_ptr<escrow::BoundLinks> bound_links;  // where entries are bound to their links
  std::unique_ptr<escrow::VaultWriter> vault;
  std::unique_ptr<escrow::VaultWriter> held;
  std::unique_ptr<escrow::RecipientStore> recipients;
  std::unique_ptr<audit::Journal> journal;
  std::unique_ptr<audit::StreamShipper> shipper;
  std::unique_ptr<audit::Journal> phictl_journal;  // written by phictl, shipped from here
  std::unique_ptr<audit::StreamShipper> phictl_shipper;
  std::unique_ptr<delivery::CopySender> sender;
  delivery::Ledger ledger;
  std::unique_ptr<delivery::BatchFiles> batch_files;
  std::unique_ptr<delivery::BatchBook> batches;
  std::unique_ptr<BatchTeller> batch_teller;
};

// What an admin should know about a policy that was loaded all the same.
void log_warnings(const policy::Policy& policy);

Result<std::unique_ptr<Rooms>> open_rooms(const Settings& settings);
Ports ports_of(Rooms& rooms, const Settings& settings);

}  // namespace phimilter::milter
