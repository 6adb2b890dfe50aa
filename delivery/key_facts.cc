// SPDX-License-Identifier: Apache-2.0
#include "delivery/key_facts.h"

#include <algorithm>

#include "base/log.h"
#include "protect/key_rules.h"

namespace phimilter::delivery {

namespace {

using policy::KeyFact;
using policy::KeyState;
using policy::RecipientFacts;
using protect::Heard;
using protect::KeyKind;

// The very address or its domain is listed.
bool listed(const std::vector<std::string>& list, const mail::Address& address) {
  return std::find(list.begin(), list.end(), address.key()) != list.end() ||
         mail::domain_listed(address.domain(), list);
}

KeyFact key_of(const FactSources& sources, KeyKind kind, const mail::Address& address,
               Timestamp now) {
  protect::KeySource* store = kind == KeyKind::pgp ? sources.pgp : sources.smime;
  if (store == nullptr) {
    return {};
  }
  return sources.keys == nullptr ? store->find(address, now)
                                 : sources.keys->find(kind, address, now);
}

void add_own_keys(const FactSources& sources, RecipientFacts& facts, Timestamp now) {
  facts.pgp = key_of(sources, KeyKind::pgp, facts.address, now);
  facts.smime = key_of(sources, KeyKind::smime, facts.address, now);
}

// A key that waits does not get better by asking again; but one that anybody may have sent keeps
// nobody from asking those whom the settings trust.
bool settled(const KeyFact& fact) {
  return fact.state == KeyState::valid || fact.state == KeyState::unknown ||
         (fact.state == KeyState::pending && !protect::comes_unasked(fact.source));
}

bool needs_look_up(const RecipientFacts& facts) {
  const bool usable = facts.pgp.state == KeyState::valid || facts.smime.state == KeyState::valid;
  return !facts.internal && !usable && !(settled(facts.pgp) && settled(facts.smime));
}

void take_unknown(Heard heard, KeyFact& fact) {
  if (heard == Heard::unknown && !settled(fact)) {
    fact = {.state = KeyState::unknown, .fingerprint = std::nullopt, .source = "net"};
  }
}

void ask_the_net(const FactSources& sources, std::vector<RecipientFacts>& recipients,
                 Timestamp now) {
  std::vector<RecipientFacts*> waiting;
  std::vector<mail::Address> addresses;
  for (RecipientFacts& facts : recipients) {
    if (needs_look_up(facts)) {
      waiting.push_back(&facts);
      addresses.push_back(facts.address);
    }
  }
  const auto heard =
      addresses.empty() ? std::vector<protect::HeardOf>() : sources.keys->search(addresses);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    if (heard[i].pgp == Heard::found || heard[i].smime == Heard::found) {
      add_own_keys(sources, *waiting[i], now);
    }
    take_unknown(heard[i].pgp, waiting[i]->pgp);
    take_unknown(heard[i].smime, waiting[i]->smime);
  }
}

void log_pending(const std::string& queue_id, const RecipientFacts& facts, const KeyFact& fact,
                 KeyKind kind) {
  if (fact.state != KeyState::pending) {
    return;
  }
  log::event(log::Level::warning, queue_id, "key_pending",
             {{"kind", std::string(to_string(kind))},
              {"recipient", redact_address(facts.address.key())},
              {"source", fact.source},
              {"fingerprint", fact.fingerprint ? fact.fingerprint->str() : "-"}});
}

}  // namespace

void add_key_facts(const FactSources& sources, std::vector<RecipientFacts>& recipients,
                   const std::string& queue_id, Timestamp now) {
  for (RecipientFacts& facts : recipients) {
    if (!facts.internal) {
      add_own_keys(sources, facts, now);
    }
  }
  if (sources.keys != nullptr) {
    ask_the_net(sources, recipients, now);
  }
  for (RecipientFacts& facts : recipients) {
    log_pending(queue_id, facts, facts.pgp, KeyKind::pgp);
    log_pending(queue_id, facts, facts.smime, KeyKind::smime);
    facts.smime.cms.gcm = facts.smime.cms.gcm || listed(sources.gcm_recipients, facts.address);
    facts.smime.cms.oaep = facts.smime.cms.oaep || listed(sources.oaep_recipients, facts.address);
  }
}

}  // namespace phimilter::delivery
