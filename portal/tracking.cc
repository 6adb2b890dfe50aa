// SPDX-License-Identifier: Apache-2.0
#include "portal/tracking.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/files.h"
#include "base/log.h"
#include "delivery/repeat_notice.h"
#include "portal/events.h"
#include "portal/sweep.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kMailPause(30);
constexpr std::chrono::hours kDay(24);
constexpr std::string_view kAsked = "asked";

std::string filtered_listener(const Settings& settings) {
  return settings.portal_submission.empty() ? settings.reentry_listener
                                            : settings.portal_submission;
}

bool covers(const std::vector<std::string>& domains, std::string_view address) {
  const auto at = address.rfind('@');
  const std::string domain =
      at == std::string_view::npos ? std::string() : ascii_lower(address.substr(at + 1));
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& own) {
    return own.starts_with('.') ? domain.ends_with(ascii_lower(own)) : domain == ascii_lower(own);
  });
}

std::function<Result<bool>(const EscrowId&)> shown_elsewhere(StateStore* states) {
  if (states == nullptr) {
    return {};
  }
  return [states](const EscrowId& id) -> Result<bool> {
    const auto state = states->load(id);
    if (!state) {
      return fail(state.error());
    }
    return state->first_shown.has_value();
  };
}

void keep(std::vector<Fault>& faults, const Status& status) {
  if (!status) {
    faults.push_back(status.error());
  }
}

}  // namespace

Tracking::Tracking(TrackingParts parts)
    : parts_(parts),
      brands_(brands(parts.settings)),
      act_key_(escrow::act_key(parts.pepper)),
      index_(parts.clock),
      fetches_(parts.clock) {}

Result<std::unique_ptr<Tracking>> Tracking::open(TrackingParts parts) {
  std::unique_ptr<Tracking> made(new Tracking(parts));
  Tracking* const self = made.get();
  const Settings& settings = parts.settings;
  if (auto read = self->index_.read(settings.audit_portal_journal); !read) {
    return fail(read);
  }
  if (StateStore* states = parts.states) {
    self->index_.ask_for_first_shown([states](const EscrowId& id) -> std::optional<Timestamp> {
      const auto state = states->load(id);
      return state ? state->first_shown : std::nullopt;
    });
  }
  self->journal_ = std::make_unique<IndexedJournal>(parts.journal, self->index_, parts.clock);
  auto writer = escrow::open_vault_writer(settings.escrow_folder, settings.escrow_public_key);
  if (!writer) {
    return fail(writer);
  }
  self->writer_ = std::move(*writer);
  // Packaging makes it; who made it is whom phictl becomes.
  if (auto ready = make_folder(escrow::orders_folder(settings.escrow_folder), 0700); !ready) {
    return fail(ready);
  }
  auto codes = open_sent_codes(settings.portal_state + "/sent-codes", parts.pepper, parts.clock);
  if (!codes) {
    return fail(codes);
  }
  self->codes_ = std::move(*codes);
  auto marks = MarkStore::open(settings.portal_state + "/mails");
  auto asked = MarkStore::open(settings.portal_state + "/asked");
  if (!marks || !asked) {
    return fail(marks ? asked.error() : marks.error());
  }
  self->marks_ = std::move(*marks);
  self->asked_ = std::move(*asked);
  self->desk_ = std::make_unique<MessageDesk>(
      DeskParts{self->index_, parts.reader, *self->writer_, *self->journal_, parts.clock,
                self->act_key_, [self](const escrow::EntryFacts& facts) {
                  return self->mail_notice(facts, protect::NoticeKind::first);
                }});
  MailRules rules = mail_rules(settings);
  rules.words = !settings.portal_sender.empty();
  self->mails_ = std::make_unique<MailRound>(MailRoundParts{
      self->index_, parts.reader, *self->marks_, *self->journal_, parts.clock, rules,
      [self](const escrow::EntryFacts& facts, Topic topic) {
        return self->mail_notice(facts, topic == Topic::expiring ? protect::NoticeKind::expiring
                                                                 : protect::NoticeKind::reminder);
      },
      [self](const std::string& sender, const std::vector<WordLine>& lines) {
        const SenderMailFacts facts = self->sender_facts(sender);
        return self->mail_sender(facts, word_mail(facts, lines),
                                 self->parts_.settings.reentry_listener);
      },
      shown_elsewhere(parts.states)});
  return made;
}

void Tracking::open_door(GuessLimits& guesses, Sessions& sessions) {
  door_ = std::make_unique<SentDoor>(
      SentDoorParts{parts_.clock, parts_.settings.organisation_domains,
                    [this](const SentCode& code) { return mail_code(code); }, *codes_, guesses,
                    sessions, *journal_});
}

Tracking::~Tracking() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool Tracking::has_page() const {
  const Settings& settings = parts_.settings;
  return settings.tracking_sender_page && !settings.portal_sender.empty() &&
         !settings.organisation_domains.empty();
}

void Tracking::start() {
  thread_ = std::thread([this] { run(); });
}

Status Tracking::mail_notice(const escrow::EntryFacts& facts, protect::NoticeKind kind) {
  return delivery::repeat_notice(parts_.settings, facts, kind, parts_.clock.now());
}

Status Tracking::mail_code(const SentCode& code) {
  SenderMailFacts facts = sender_facts(code.address);
  facts.languages = {&parts_.languages.choose(code.language, {}, {})};
  return mail_sender(facts, sender_code_mail(facts, code), filtered_listener(parts_.settings));
}

SenderMailFacts Tracking::sender_facts(const std::string& sender) const {
  const Settings& settings = parts_.settings;
  SenderMailFacts facts;
  facts.brand = brands_.of(sender);
  facts.from = settings.portal_sender;
  facts.to = sender;
  facts.outside = !covers(settings.organisation_domains, sender);
  facts.page = has_page() && !facts.outside ? settings.portal_url + "/sent" : "";
  facts.now = parts_.clock.now();
  std::string language;
  if (const auto address = mail::Address::parse(sender); address && parts_.recipients != nullptr) {
    const auto entry = parts_.recipients->for_notice(*address);
    language = entry && *entry ? (*entry)->language : "";
  }
  if (language != "es") {
    facts.languages.push_back(&parts_.languages.english);
  }
  if (language != "en") {
    facts.languages.push_back(&parts_.languages.spanish);
  }
  return facts;
}

Status Tracking::mail_sender(const SenderMailFacts& facts, const SenderMail& mail,
                             const std::string& listener) {
  if (facts.from.empty()) {
    return fail(configuration_fault("portal.no_sender",
                                    "senders cannot be told anything: portal.sender is not set"));
  }
  return delivery::send_one(listener, facts.from, facts.to, mail.headers, mail.body);
}

Result<bool> Tracking::ask_again(const EscrowId& id) {
  const auto row = index_.find(id);
  if (!row || row->sender.empty() || !mail::Address::parse(row->sender)) {
    return false;
  }
  const std::lock_guard lock(asking_);
  const std::string name = id.str();
  asked_->forget_memory();
  const auto marks = asked_->of(name);
  if (!marks) {
    return fail(marks.error());
  }
  const Timestamp now = parts_.clock.now();
  const auto before = (*marks)->find(kAsked);
  if (before != (*marks)->end() && now - before->second.at < kDay) {
    return true;
  }
  MailMarks asked;
  asked[std::string(kAsked)] = {now, true};
  if (auto saved = asked_->save(name, std::move(asked)); !saved) {
    return fail(saved);
  }
  const SenderMailFacts facts = sender_facts(row->sender);
  Status mailed = mail_sender(facts, request_mail(facts, *row), filtered_listener(parts_.settings));
  if (!mailed && mailed.error().id != "smtp.in_doubt") {
    auto undone = asked_->remove(name);
    return undone ? fail(mailed) : fail(undone);
  }
  auto recorded = journal_->append(row_record(*row, {audit::Event::asked_again, {}, {}, {}}));
  return recorded ? Result<bool>(true) : fail(recorded);
}

std::vector<Fault> Tracking::round() {
  std::vector<Fault> faults;
  const Timestamp now = parts_.clock.now();
  keep(faults, index_.refresh(parts_.reader));
  keep(faults, fetches_.write(*journal_, parts_.reader));
  const auto claim = parts_.reader.claim_round(escrow::Round::mails);
  if (!claim) {
    faults.push_back(claim.error());
  }
  if (!claim || *claim == nullptr) {
    return faults;
  }
  follow_orders(*desk_, parts_.settings.escrow_folder);
  if (!mailed_ || now - *mailed_ >= kMailPause) {
    mailed_ = now;
    const auto sent = mails_->run();
    if (!sent) {
      faults.push_back(sent.error());
    } else if (*sent > 0) {
      log::event(log::Level::info, "-", "told", {{"mails", std::to_string(*sent)}});
    }
  }
  if (!forgot_ || now - *forgot_ >= kDay) {
    forgot_ = now;
    keep(faults, mails_->forget_gone());
  }
  return faults;
}

void Tracking::run() {
  FaultMemory memory;
  for (;;) {
    const auto begun = std::chrono::steady_clock::now();
    for (const Fault& fault : memory.worth_saying(round(), parts_.clock.now())) {
      log::fault(log::Level::error, "-", fault);
    }
    const auto pause = pause_behind(std::chrono::steady_clock::now() - begun);
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause, [this] { return stop_; })) {
      return;
    }
  }
}

}  // namespace phimilter::portal
