// SPDX-License-Identifier: Apache-2.0
#include "delivery/facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "delivery/key_facts.h"

namespace phimilter::delivery {

namespace {

using policy::ProofState;
using policy::RecipientFacts;

std::set<std::string> visible_addresses(const mail::HeaderList& headers) {
  std::set<std::string> keys;
  for (const std::string_view name : {"To", "Cc", "Resent-To", "Resent-Cc"}) {
    for (const mail::HeaderField* field : headers.all(name)) {
      for (const mail::Mailbox& mailbox : mail::mailboxes(field->value)) {
        keys.insert(mailbox.address.key());
      }
    }
  }
  return keys;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

policy::ConsentState state_of(escrow::Consent consent) {
  switch (consent) {
    case escrow::Consent::none:
      return policy::ConsentState::none;
    case escrow::Consent::given:
      return policy::ConsentState::given;
    case escrow::Consent::expired:
      return policy::ConsentState::expired;
  }
  return policy::ConsentState::unknown;
}

// What the clinic has on file. A store that cannot be read leaves the portal's other proofs, which
// are never weaker than none on file, and a consent that nobody knows, which allows nothing.
void add_on_file(const FactSources& sources, const std::vector<std::string>& proof_recipients,
                 Timestamp now, RecipientFacts& facts) {
  if (contains(proof_recipients, facts.address.key())) {
    facts.proof = ProofState::with_message;
  }
  if (sources.recipients == nullptr) {
    return;
  }
  const auto entry = sources.recipients->for_notice(facts.address);
  if (!entry) {
    facts.consent = policy::ConsentState::unknown;
    return;
  }
  if (!*entry) {
    return;
  }
  if ((*entry)->has_proof && facts.proof == ProofState::none) {
    facts.proof = ProofState::on_file;
  }
  facts.consent = state_of(escrow::consent_on(**entry, rfc3339(now).substr(0, 10)));
  facts.consent_on_file = escrow::consent_text(**entry);
}

// A local part that names another host is one more address to Postfix and Sendmail ("%", "!", and
// "@" in quotes): the mail goes there, whatever domain stands behind it.
bool is_internal(const mail::Address& address, const std::vector<std::string>& own_domains) {
  return mail::domain_listed(address.domain(), own_domains) &&
         address.local().find_first_of("%!@") == std::string::npos;
}

void add_participant(const mail::Mailbox& mailbox, bool recipient,
                     const std::vector<std::string>& own_domains, policy::MessageContext& context) {
  if (mail::domain_listed(mailbox.address.domain(), own_domains)) {
    context.own_addresses.push_back(mailbox.address.key());
    if (!mailbox.display_name.empty()) {
      context.own_names.push_back(mailbox.display_name);
    }
  } else if (recipient) {
    context.recipient_names.push_back(mailbox.display_name.empty() ? mailbox.address.spelled()
                                                                   : mailbox.display_name);
  }
}

void add_participants(const mail::HeaderList& headers, const std::vector<std::string>& own_domains,
                      policy::MessageContext& context) {
  for (const std::string_view name : {"From", "Sender", "Reply-To", "To", "Cc"}) {
    for (const mail::HeaderField* field : headers.all(name)) {
      for (const mail::Mailbox& mailbox : mail::mailboxes(field->value)) {
        add_participant(mailbox, name == "To" || name == "Cc", own_domains, context);
      }
    }
  }
}

// A Bcc recipient outside may be the patient as well as one in To.
void add_unnamed_recipients(const mail::CapturedMessage& message,
                            const std::vector<std::string>& own_domains,
                            policy::MessageContext& context) {
  const std::set<std::string> visible = visible_addresses(message.headers);
  for (const mail::Recipient& recipient : message.envelope.recipients) {
    if (visible.count(recipient.address.key()) == 0 &&
        !mail::domain_listed(recipient.address.domain(), own_domains)) {
      context.recipient_names.push_back(recipient.address.spelled());
    }
  }
}

// What is known of the domains of one message. A resolver that is dead is not waited for by each of
// a hundred domains.
class TlsAnswers {
 public:
  explicit TlsAnswers(const FactSources& sources) : sources_(sources) {}

  policy::TlsFact find(const std::string& domain) {
    // Mail to an own mailbox that leads outside goes to our own MTA first, and from there nobody
    // knows how.
    if (sources_.tls == nullptr || mail::domain_listed(domain, sources_.own_domains)) {
      return {};
    }
    const auto known = answers_.find(domain);
    if (known != answers_.end()) {
      return known->second;
    }
    policy::TlsFact fact = sources_.tls->find_at_once(domain);
    if (fact.state == policy::TlsState::unknown && unknown_ < kUnknown) {
      fact = sources_.tls->find(domain);
      unknown_ += fact.state == policy::TlsState::unknown ? 1 : 0;
    }
    return answers_.emplace(domain, std::move(fact)).first->second;
  }

 private:
  static constexpr int kUnknown = 3;  // past it: what is not known at once is not asked for

  const FactSources& sources_;
  std::map<std::string, policy::TlsFact> answers_;
  int unknown_ = 0;
};

}  // namespace

std::vector<bool> blind_recipients(const mail::CapturedMessage& message) {
  const std::set<std::string> visible = visible_addresses(message.headers);
  std::vector<bool> blind;
  for (const mail::Recipient& recipient : message.envelope.recipients) {
    blind.push_back(visible.count(recipient.address.key()) == 0);
  }
  return blind;
}

std::vector<RecipientFacts> gather_facts(const FactSources& sources,
                                         const mail::CapturedMessage& message,
                                         const std::vector<std::string>& proof_recipients,
                                         Timestamp now) {
  const std::vector<bool> blind = blind_recipients(message);
  TlsAnswers tls(sources);
  std::vector<RecipientFacts> all;
  for (std::size_t i = 0; i < message.envelope.recipients.size(); ++i) {
    const mail::Address& address = message.envelope.recipients[i].address;
    RecipientFacts facts{.address = address, .pgp = {}, .smime = {}};
    facts.internal = is_internal(address, sources.own_domains) &&
                     (sources.aliases == nullptr || !sources.aliases->leads_outside(address));
    facts.blind = blind[i];
    facts.portal = sources.portal;
    if (!facts.internal) {
      facts.tls = tls.find(address.domain());
      add_on_file(sources, proof_recipients, now, facts);
    }
    all.push_back(std::move(facts));
  }
  add_key_facts(sources, all, message.queue_id, now);
  return all;
}

policy::MessageContext message_context(const mail::CapturedMessage& message,
                                       const std::vector<std::string>& own_domains) {
  policy::MessageContext context;
  const mail::Envelope& envelope = message.envelope;
  if (envelope.reverse_path) {
    context.sender = envelope.reverse_path->spelled();
    context.sender_domain = envelope.reverse_path->domain();
    context.own_addresses.push_back(envelope.reverse_path->key());
  }
  context.login = envelope.client.login;
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (mail::domain_listed(recipient.address.domain(), own_domains)) {
      context.own_addresses.push_back(recipient.address.key());
    }
  }
  add_participants(message.headers, own_domains, context);
  add_unnamed_recipients(message, own_domains, context);
  std::sort(context.own_addresses.begin(), context.own_addresses.end());
  context.own_addresses.erase(
      std::unique(context.own_addresses.begin(), context.own_addresses.end()),
      context.own_addresses.end());
  if (message.received != Timestamp{}) {
    context.today = rfc3339(message.received).substr(0, 10);
  }
  context.size = message.headers.text().size() + message.body.size();
  return context;
}

}  // namespace phimilter::delivery
