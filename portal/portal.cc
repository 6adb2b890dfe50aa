// SPDX-License-Identifier: Apache-2.0
#include "portal/portal.h"

#include <optional>

#include "audit/redis_stream.h"
#include "base/files.h"
#include "base/log.h"
#include "portal/account_visitor.h"
#include "portal/api.h"
#include "portal/arriving_bodies.h"
#include "portal/brand_files.h"
#include "portal/code_mail.h"
#include "portal/mail_queue.h"
#include "portal/options.h"
#include "portal/replies.h"
#include "portal/server.h"
#include "portal/site.h"
#include "portal/submission.h"
#include "portal/sweep.h"
#include "portal/tracking.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kWriter = "portal";
CodeMailFacts mail_facts(const Settings& settings, const std::string& recipient,
                         const std::string& code) {
  CodeMailFacts facts;
  facts.organisation_name = settings.organisation_name;
  facts.organisation_phone = settings.organisation_phone;
  facts.from = settings.portal_sender;
  facts.recipient = recipient;
  facts.code = code;
  facts.now = system_clock().now();
  return facts;
}

Status send_code_mail(const Settings& settings, const Languages& languages,
                      const escrow::EntryFacts& facts, const std::string& code,
                      const std::string& language) {
  CodeMailFacts shown = mail_facts(settings, facts.recipient, code);
  shown.reference = escrow::reference_of(facts.id);
  return mail_code_to(settings, facts.recipient,
                      code_mail(shown, languages.choose(language, {}, {})));
}

// Members are closed from the last to the first: servers before what their handlers use.
struct RunningPortal final : Portal {
  RunningPortal(const Settings& given, Languages texts)
      : settings(given), languages(std::move(texts)) {}

  std::vector<std::uint16_t> ports() const override {
    std::vector<std::uint16_t> all;
    for (const auto& server : servers) {
      all.push_back(server->port());
    }
    return all;
  }

  Settings settings;
  Languages languages;
  Secret pepper;
  std::unique_ptr<escrow::VaultReader> vault;
  std::unique_ptr<escrow::RecipientStore> recipients;
  std::unique_ptr<escrow::VaultReader> held_vault;
  std::unique_ptr<delivery::CopySender> sender;
  std::unique_ptr<StateStore> states;
  std::unique_ptr<ReplyStore> reply_store;
  std::optional<ReplyParts> replies;
  std::unique_ptr<audit::Journal> journal;
  std::unique_ptr<audit::StreamShipper> shipper;
  std::unique_ptr<Tracking> tracking;
  std::optional<BrandFiles> brands;
  std::optional<escrow::ApiTokens> api_tokens;
  std::optional<Api> api;
  std::optional<Sessions> sessions;
  std::optional<SlowHash> slow_hash;
  std::optional<GuessLimits> guesses;
  std::optional<escrow::AttachedAddresses> attached;
  std::optional<MailQueue> mails;
  std::optional<AccountStore> account_store;
  std::optional<PassphraseRules> passphrase_rules;
  std::optional<Accounts> accounts;
  std::optional<AccountDesk> account_desk;
  std::optional<Access> access;
  std::optional<Site> site;
  std::optional<delivery::HeldParts> held;
  std::optional<DueClock> due;
  std::optional<Sweeper> sweeper;
  std::vector<std::unique_ptr<Server>> servers;
};

Status open_states(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  auto states = open_state_store(settings.portal_state, portal.pepper);
  if (!states) {
    return fail(states);
  }
  portal.states = std::move(*states);
  auto replies = open_reply_store(settings.portal_state + "/replies", portal.pepper);
  if (!replies) {
    return fail(replies);
  }
  portal.reply_store = std::move(*replies);
  return {};
}

Status open_stores(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  auto pepper = read_secret_file(settings.portal_pepper, 32);
  if (!pepper) {
    return fail(pepper);
  }
  portal.pepper = std::move(*pepper);
  auto vault = escrow::open_vault_reader(settings.escrow_folder, settings.portal_private_key,
                                         escrow::act_key(portal.pepper));
  if (!vault) {
    return fail(vault);
  }
  portal.vault = std::move(*vault);
  // The filter makes it; before its first start there is none.
  auto held =
      escrow::open_vault_reader(settings.escrow_folder + "/held", settings.portal_private_key);
  if (held) {
    portal.held_vault = std::move(*held);
  } else {
    log::fault(log::Level::warning, "-", held.error());
  }
  auto recipients =
      escrow::open_recipient_store(settings.escrow_folder + "/recipients",
                                   settings.escrow_public_key, settings.portal_private_key);
  if (!recipients) {
    return fail(recipients);
  }
  portal.recipients = std::move(*recipients);
  if (Status opened = open_states(portal); !opened) {
    return fail(opened);
  }
  if (Status made = make_folder(settings.audit_portal_journal, 0700); !made) {
    return fail(made);
  }
  auto journal =
      audit::open_journal(settings.audit_portal_journal, std::string(kWriter), system_clock());
  if (!journal) {
    return fail(journal);
  }
  portal.journal = std::move(*journal);
  auto brand_files = BrandFiles::load(brands(settings));
  if (!brand_files) {
    return fail(brand_files);
  }
  portal.brands = std::move(*brand_files);
  auto tracking =
      Tracking::open({settings, portal.languages, *portal.vault, portal.recipients.get(),
                      *portal.journal, portal.pepper, system_clock(), portal.states.get()});
  if (!tracking) {
    return fail(tracking);
  }
  portal.tracking = std::move(*tracking);
  return {};
}

Status open_sessions(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  auto sessions = open_record_store(settings.portal_state + "/sessions", portal.pepper);
  if (!sessions) {
    return fail(sessions);
  }
  portal.sessions.emplace(
      system_clock(),
      SessionLimits{.idle = std::chrono::minutes(settings.portal_session_minutes),
                    .whole = std::chrono::hours(settings.portal_session_hours)},
      std::move(*sessions));
  return {};
}

Status open_guesses(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  auto records = open_record_store(settings.portal_state + "/guesses", portal.pepper);
  if (!records) {
    return fail(records);
  }
  GuessOptions options;
  options.recipient.tries = static_cast<int>(settings.portal_tries_per_recipient);
  options.network.tries = static_cast<int>(settings.portal_tries_per_network);
  options.v4_bits = static_cast<int>(settings.portal_network_v4_bits);
  options.v6_bits = static_cast<int>(settings.portal_network_v6_bits);
  portal.guesses.emplace(
      std::move(*records),
      settings.portal_redis.empty() ? nullptr : redis_counts(settings.portal_redis, system_clock()),
      portal.pepper, system_clock(), options);
  return {};
}

void start_access(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  RunningPortal* const self = &portal;
  const auto mail_code = [self](const escrow::EntryFacts& facts, const std::string& code,
                                const std::string& language) {
    return send_code_mail(self->settings, self->languages, facts, code, language);
  };
  const auto mail_code_later = [self, mail_code](const escrow::EntryFacts& facts,
                                                 const std::string& code,
                                                 const std::string& language) {
    self->mails->add([=] { return mail_code(facts, code, language); });
  };
  portal.slow_hash.emplace(portal.pepper);
  portal.attached.emplace(settings.escrow_folder + "/recipients");
  portal.mails.emplace();
  portal.access.emplace(AccessParts{*portal.vault, portal.recipients.get(), *portal.states,
                                    portal.tracking->journal(), *portal.slow_hash, *portal.guesses,
                                    system_clock(), mail_code, mail_code_later, &*portal.attached,
                                    proof_rules(settings)});
}

Status open_accounts(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  if (!settings.portal_accounts) {
    return {};
  }
  auto records = open_record_store(settings.portal_state + "/accounts", portal.pepper);
  if (!records) {
    return fail(records);
  }
  auto rules = PassphraseRules::open(static_cast<std::size_t>(settings.portal_passphrase_length),
                                     settings.portal_breached_passphrases);
  if (!rules) {
    return fail(rules);
  }
  portal.account_store.emplace(std::move(*records), portal.pepper);
  portal.passphrase_rules.emplace(std::move(*rules));
  return {};
}

void start_accounts(RunningPortal& portal) {
  if (!portal.account_store) {
    return;
  }
  RunningPortal* const self = &portal;
  const auto mail = [self](AccountMail kind, const std::string& address, const std::string& code,
                           const std::string& language) {
    self->mails->add([=] {
      return mail_code_to(self->settings, address,
                          account_mail(kind, mail_facts(self->settings, address, code),
                                       self->languages.choose(language, {}, {})));
    });
  };
  portal.accounts.emplace(AccountParts{
      *portal.account_store, *portal.slow_hash, *portal.guesses, *portal.passphrase_rules,
      system_clock(), portal.pepper, portal.settings.organisation_name, mail,
      [self](const mail::Address& address) {
        return self->tracking->index().has_any(*self->vault, address);
      },
      &portal.tracking->journal()});
  portal.account_desk.emplace(AccountDesk{*portal.accounts, portal.tracking->index(), *portal.vault,
                                          *portal.sessions, &*portal.attached});
}

void start_parts(RunningPortal& portal) {
  const Settings& settings = portal.settings;
  if (!settings.audit_redis.empty()) {
    portal.shipper =
        audit::start_stream_shipper({settings.audit_redis, settings.audit_stream,
                                     std::string(kWriter), settings.audit_portal_journal},
                                    *portal.journal);
  }
  start_access(portal);
  start_accounts(portal);
  portal.tracking->open_door(*portal.guesses, *portal.sessions);
  portal.api_tokens.emplace(escrow::api_token_folder(settings.portal_state));
  ApiParts api{*portal.api_tokens, *portal.recipients, portal.tracking->journal(), system_clock(),
               &portal.tracking->desk()};
  if (settings.portal_api_send) {
    api.submit = [&settings](const delivery::Outgoing& mail) {
      return submit_message(settings, mail);
    };
    api.own_domains = settings.organisation_domains;
  }
  portal.api.emplace(std::move(api));
  // Without the filtered listener nothing that a recipient writes may leave.
  if (!settings.portal_submission.empty() && !settings.portal_sender.empty()) {
    portal.replies.emplace(ReplyParts{
        *portal.reply_store, system_clock(), settings.portal_sender,
        static_cast<std::size_t>(settings.portal_reply_mb) * 1'000'000,
        [&settings](const delivery::Outgoing& mail) { return submit_message(settings, mail); }});
  }
  portal.site.emplace(SiteParts{
      *portal.access, *portal.sessions, *portal.vault, portal.tracking->journal(), portal.languages,
      settings.organisation_name, settings.organisation_phone, settings.portal_url,
      settings.portal_api_listen.empty() ? &*portal.api : nullptr, portal.tracking.get(),
      &*portal.brands, portal.account_desk ? &*portal.account_desk : nullptr,
      portal.replies ? &*portal.replies : nullptr});
  portal.tracking->start();
  portal.due.emplace(system_clock(), settings.portal_state + "/sweep.clock");
  if (portal.held_vault) {
    portal.sender = delivery::smtp_copy_sender(settings.reentry_listener, "");
    portal.held.emplace(delivery::HeldParts{*portal.held_vault, *portal.sender, *portal.journal,
                                            *portal.due, settings.portal_state});
  }
  portal.sweeper.emplace(SweepParts{*portal.access, *portal.sessions, *portal.vault, *portal.states,
                                    portal.tracking->journal(), system_clock(),
                                    portal.held ? &*portal.held : nullptr,
                                    std::chrono::hours(24 * settings.escrow_retention_days),
                                    &*portal.due, portal.reply_store.get(), &*portal.guesses});
}

std::shared_ptr<BodyBudgets> body_budgets(RunningPortal& portal) {
  auto budgets = std::make_shared<BodyBudgets>();
  budgets->knows = [sessions = &*portal.sessions, api = &*portal.api](const Request& header) {
    return sessions->knows(cookie_of(header)) || api->knows(header);
  };
  return budgets;
}

Status serve(RunningPortal& portal, const std::vector<ServerOptions>& places) {
  const auto budgets = body_budgets(portal);
  for (const ServerOptions& place : places) {
    Site* const site = &*portal.site;
    Api* const api = &*portal.api;
    auto server = place.api_alone
                      ? start_server(
                            place, [api](const Request& r) { return api_alone(*api, r); }, budgets)
                      : start_server(
                            place, [site](const Request& r) { return site->handle(r); }, budgets);
    if (!server) {
      return fail(server);
    }
    portal.servers.push_back(std::move(*server));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Portal>> open_portal(const Settings& settings) {
  if (Status checked = check_portal_settings(settings); !checked) {
    return fail(checked);
  }
  auto places = listeners(settings);
  if (!places) {
    return fail(places);
  }
  auto languages = load_languages();
  if (!languages) {
    return fail(languages);
  }
  auto portal = std::make_unique<RunningPortal>(settings, std::move(*languages));
  if (Status opened = open_stores(*portal); !opened) {
    return fail(opened);
  }
  for (const auto open : {open_sessions, open_guesses, open_accounts}) {
    if (Status opened = open(*portal); !opened) {
      return fail(opened);
    }
  }
  start_parts(*portal);
  if (settings.portal_sender.empty()) {
    log::fault(log::Level::warning, "-",
               configuration_fault("portal.no_sender",
                                   "portal.sender is not set: no codes can be mailed, and messages "
                                   "without a question cannot be opened"));
  }
  if (Status serving = serve(*portal, *places); !serving) {
    return fail(serving);
  }
  return portal;
}

}  // namespace phimilter::portal
