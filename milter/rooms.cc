// SPDX-License-Identifier: Apache-2.0
#include "milter/rooms.h"

#include "audit/journal_follow.h"
#include "base/files.h"
#include "base/log.h"

namespace phimilter::milter {

namespace {

constexpr std::size_t kLinkKeyBytes = 32;
constexpr std::string_view kWriter = "filter";

// Moves what a room gave into its place, or hands the fault on.
template <typename T>
Status place(Result<std::unique_ptr<T>> opened, std::unique_ptr<T>& into) {
  if (!opened) {
    return fail(opened);
  }
  into = std::move(*opened);
  return {};
}

// Brokers and zygote are started while the process has loaded nothing.
Status open_helpers(const Settings& settings, Rooms& rooms) {
  if (!settings.pgp_home.empty()) {
    auto pgp =
        place(protect::start_pgp({.program = settings.pgp_program,
                                  .home = settings.pgp_home,
                                  .sign_key = settings.pgp_sign_key,
                                  .brokers = static_cast<std::size_t>(settings.pgp_brokers)}),
              rooms.pgp);
    if (!pgp) {
      return pgp;
    }
  }
  extract::OcrOptions ocr;
  if (settings.extract_ocr) {
    ocr = {static_cast<std::size_t>(settings.extract_ocr_pages), settings.extract_ocr_seconds,
           settings.extract_ocr_languages};
  }
  return place(extract::start_extractor({settings.extract_program,
                                         static_cast<std::size_t>(settings.extract_workers),
                                         settings.extract_timeout_ms, ocr}),
               rooms.extractor);
}

Status open_policy(const Settings& settings, Rooms& rooms) {
  auto policy = policy::load_policy(settings.policy_files);
  if (!policy) {
    return fail(policy);
  }
  log_warnings(**policy);
  rooms.policy = std::make_unique<PolicySlot>(std::move(*policy));
  return {};
}

Status open_protection(const Settings& settings, Rooms& rooms) {
  if (!settings.smime_certificates.empty()) {
    auto options = protect::smime_options(settings);
    options.sign_certificate = settings.smime_sign_certificate;
    options.sign_key = settings.smime_sign_key;
    auto smime = place(protect::open_smime(options), rooms.smime);
    if (!smime) {
      return smime;
    }
  }
  if (rooms.pgp || rooms.smime) {
    auto keys =
        place(protect::KeyDesk::open(settings, rooms.pgp.get(), rooms.smime.get()), rooms.keys);
    if (!keys) {
      return keys;
    }
    if (!settings.milter_learn_listeners.empty()) {
      rooms.learner = std::make_unique<protect::KeyLearner>(rooms.keys->intake(), system_clock());
    }
  }
  auto tls = place(protect::open_tls_facts(settings), rooms.tls);
  if (tls && rooms.tls != nullptr && !settings.tls_policy_socket.empty()) {
    tls =
        place(serve_tls_table(settings.tls_policy_socket, settings.milter_socket_group, *rooms.tls),
              rooms.tls_table);
  }
  if (!tls) {
    return tls;
  }
  return {};
}

Status open_escrow(const Settings& settings, Rooms& rooms) {
  if (settings.escrow_folder.empty()) {
    return {};
  }
  auto link_key = read_secret_file(settings.escrow_link_key, kLinkKeyBytes);
  if (!link_key) {
    return fail(link_key);
  }
  rooms.link_key = std::move(*link_key);
  if (settings.escrow_bind_to_link) {
    rooms.bound_links = std::make_unique<escrow::BoundLinks>();
  }
  const std::string& key = settings.escrow_public_key;
  const std::string held = settings.escrow_folder + "/held";
  const std::string recipients = settings.escrow_folder + "/recipients";
  for (const std::string& folder : {held, recipients}) {
    auto made = make_folder(folder, 0770);
    if (!made) {
      return made;
    }
  }
  auto status =
      place(escrow::open_vault_writer(settings.escrow_folder, key, settings.escrow_recovery_key),
            rooms.vault);
  if (status) {
    status = place(escrow::open_vault_writer(held, key), rooms.held);
  }
  if (status) {
    status = place(escrow::open_recipient_store(recipients, key, ""), rooms.recipients);
  }
  return status;
}

Status open_records(const Settings& settings, Rooms& rooms) {
  auto journal =
      place(audit::open_journal(settings.audit_journal, std::string(kWriter), system_clock()),
            rooms.journal);
  if (!journal) {
    return journal;
  }
  auto rebuilt =
      delivery::rebuild_ledger(settings.audit_journal, system_clock().now(), rooms.ledger);
  if (!rebuilt) {
    return rebuilt;
  }
  if (!settings.audit_redis.empty()) {
    rooms.shipper = audit::start_stream_shipper(
        {settings.audit_redis, settings.audit_stream, std::string(kWriter), settings.audit_journal},
        *rooms.journal);
    rooms.phictl_journal = audit::follow_journal(settings.audit_phictl_journal);
    rooms.phictl_shipper = audit::start_stream_shipper(
        {settings.audit_redis, settings.audit_stream, "phictl", settings.audit_phictl_journal},
        *rooms.phictl_journal);
  }
  return {};
}

// Where there is no such folder and none can be made, only messages of batches have to wait.
Status open_batches(const Settings& settings, Rooms& rooms) {
  if (settings.batch_folder.empty()) {
    return {};
  }
  auto files = delivery::open_batch_files(settings.batch_folder);
  if (!files) {
    log::fault(log::Level::warning, "-", files.error());
    return {};
  }
  rooms.batch_files = std::move(*files);
  rooms.batches = std::make_unique<delivery::BatchBook>(
      *rooms.batch_files,
      delivery::BatchOptions{std::chrono::minutes(settings.batch_quiet_minutes),
                             std::chrono::hours(24 * settings.batch_window_days)},
      system_clock());
  if (auto loaded = rooms.batches->load_untold(); !loaded) {
    return loaded;
  }
  rooms.batch_teller = std::make_unique<BatchTeller>(*rooms.batches, *rooms.sender, system_clock());
  return {};
}

}  // namespace

void log_warnings(const policy::Policy& policy) {
  for (const std::string& warning : policy.warnings()) {
    log::event(log::Level::warning, "-", "policy_warning", {{"what", warning}});
  }
}

Result<std::unique_ptr<Rooms>> open_rooms(const Settings& settings) {
  auto rooms = std::make_unique<Rooms>();
  rooms->sender =
      delivery::smtp_copy_sender(settings.reentry_listener, settings.reentry_secure_listener);
  for (const auto open :
       {open_helpers, open_policy, open_protection, open_escrow, open_records, open_batches}) {
    auto opened = open(settings, *rooms);
    if (!opened) {
      return fail(opened);
    }
  }
  return rooms;
}

Ports ports_of(Rooms& rooms, const Settings& settings) {
  Ports ports;
  ports.extractor = rooms.extractor.get();
  ports.policy = rooms.policy.get();
  ports.facts = {.pgp = rooms.pgp.get(),
                 .smime = rooms.smime.get(),
                 .keys = rooms.keys.get(),
                 .tls = rooms.tls.get(),
                 .recipients = rooms.recipients.get(),
                 .own_domains = settings.organisation_domains,
                 .gcm_recipients = settings.smime_gcm_recipients,
                 .oaep_recipients = settings.smime_oaep_recipients,
                 .portal = rooms.vault != nullptr && !settings.portal_url.empty()};
  ports.tools = {.pgp = rooms.pgp.get(),
                 .smime = rooms.smime.get(),
                 .brands = brands(settings),
                 .portal_url = settings.portal_url,
                 .spool_folder = settings.milter_spool};
  ports.vault = rooms.vault.get();
  ports.held = rooms.held.get();
  ports.link_key = rooms.link_key.empty() ? nullptr : &rooms.link_key;
  ports.bound_links = rooms.bound_links.get();
  ports.ledger = &rooms.ledger;
  ports.sender = rooms.sender.get();
  ports.journal = rooms.journal.get();
  ports.batches = rooms.batches.get();
  ports.clock = &system_clock();
  return ports;
}

}  // namespace phimilter::milter
