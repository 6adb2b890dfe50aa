// SPDX-License-Identifier: Apache-2.0
#include "portal/tracking.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/files.h"
#include "base/log.h"
#include "delivery/smtp_client.h"
#include "portal/events.h"
#include "portal/sweep.h"
#include "protect/portal_notice.h"

namespace phimilter::portal {
namespace {

constexpr std::chrono::seconds kRound(5);
constexpr std::chrono::seconds kMailPause(30);
constexpr std::chrono::hours kDay(24);
// The listener is on this host.
constexpr delivery::SmtpDeadlines kDeadlines{2'000, 10'000, 10'000};
constexpr std::string_view kAsked = "asked";

Status send(const std::string& listener, const std::string& reverse_path,
            const std::string& recipient, const mail::HeaderList& headers,
            const std::string& body) {
  delivery::Outgoing outgoing;
  outgoing.reverse_path = "<" + reverse_path + ">";
  outgoing.recipients.push_back({"<" + recipient + ">", {}});
  const auto ascii = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  };
  if (!ascii(reverse_path) || !ascii(recipient)) {
    outgoing.arguments.emplace_back("SMTPUTF8");
  }
  outgoing.headers = &headers;
  outgoing.body = body;
  auto sent = delivery::send_message(listener, "localhost", outgoing, kDeadlines);
  if (!sent) {
    return fail(sent);
  }
  if (sent->recipients.size() != 1 || sent->recipients.front().code / 100 != 2) {
    return fail(transient_fault("portal.mail_refused", "the MTA did not take a mail of the portal")
                    .with("code", sent->recipients.empty()
                                      ? "-"
                                      : std::to_string(sent->recipients.front().code)));
  }
  return {};
}

std::string filtered_listener(const Settings& settings) {
  return settings.portal_submission.empty() ? settings.reentry_listener
                                            : settings.portal_submission;
}

std::string link_of(const Settings& settings, const escrow::EntryFacts& facts) {
  return facts.link_secret.empty() ? std::string()
                                   : settings.portal_url + "/m/" + facts.link_secret;
}

bool covers(const std::vector<std::string>& domains, std::string_view address) {
  const auto at = address.rfind('@');
  const std::string domain =
      at == std::string_view::npos ? std::string() : ascii_lower(address.substr(at + 1));
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& own) {
    return own.starts_with('.') ? domain.ends_with(ascii_lower(own)) : domain == ascii_lower(own);
  });
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
  self->door_ =
      std::make_unique<SentDoor>(parts.clock, settings.organisation_domains,
                                 [self](const SentCode& code) { return self->mail_code(code); });
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
      }});
  return made;
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
  auto recipient = mail::Address::parse(facts.recipient);
  auto sender = mail::Address::parse(facts.sender);
  if (!recipient || !sender) {
    return fail(permanent_fault("portal.no_sender_address",
                                "a message without a sender has no notice to be mailed again"));
  }
  const Brand brand = brands_.of(facts.sender);
  protect::NoticeFacts notice{.organisation_name = brand.name,
                              .organisation_phone = brand.phone,
                              .link = link_of(parts_.settings, facts),
                              .reference = escrow::reference_of(facts.id),
                              .recipient = *recipient,
                              .expires = facts.expires,
                              .languages = {},
                              .colour = brand.colour,
                              .footer = brand.footer,
                              .kind = kind,
                              .sent = facts.created};
  if (!facts.language.empty()) {
    notice.languages.push_back(facts.language);
  }
  auto mail = protect::repeated_notice(notice, *sender, parts_.clock.now());
  if (!mail) {
    return fail(mail);
  }
  // Made of the message and of the day, so that a mail in doubt shows once when it left twice.
  const std::string name = std::to_string(static_cast<int>(kind)) + " " + facts.id.str() + " " +
                           rfc3339(parts_.clock.now()).substr(0, 10);
  mail->headers.append("Message-ID",
                       " <" + hex(sha256("phimilter notice again 1 " + name)).substr(0, 40) + "@" +
                           sender->domain() + ">");
  return send(parts_.settings.reentry_listener, facts.sender, facts.recipient, mail->headers,
              mail->body);
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
  return send(listener, facts.from, facts.to, mail.headers, mail.body);
}

Result<bool> Tracking::ask_again(const EscrowId& id) {
  const auto row = index_.find(id);
  if (!row || row->sender.empty() || !mail::Address::parse(row->sender)) {
    return false;
  }
  const std::lock_guard lock(asking_);
  const std::string name = id.str();
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
  follow_orders(*desk_, parts_.settings.escrow_folder);
  keep(faults, fetches_.write(*journal_, parts_.reader));
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
    for (const Fault& fault : memory.worth_saying(round(), parts_.clock.now())) {
      log::fault(log::Level::error, "-", fault);
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kRound, [this] { return stop_; })) {
      return;
    }
  }
}

}  // namespace phimilter::portal
