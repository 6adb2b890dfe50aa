// SPDX-License-Identifier: Apache-2.0
#include "milter/records.h"

#include "base/encoding.h"
#include "escrow/entry.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using delivery::Route;
using policy::Method;

audit::Record base_record(const Work& work, audit::Event event) {
  const mail::Envelope& envelope = work.message.envelope;
  audit::Record record;
  record.event = event;
  record.queue_id = work.message.queue_id;
  record.sender = envelope.reverse_path ? envelope.reverse_path->spelled() : "";
  record.login = envelope.client.login;
  record.client = envelope.client.address;
  record.listener = envelope.client.daemon_name;
  for (const policy::RuleHit& hit : work.decision.rules) {
    record.rules.push_back(hit.rule);
  }
  for (const policy::RuleHit& hit : work.decision.shadow_rules) {
    record.rules.push_back("shadow:" + hit.rule);
  }
  for (const policy::ExemptRule& exempt : work.decision.exempt) {
    record.rules.push_back("exempt:" + exempt.rule + ":" + exempt.exemption);
  }
  for (const policy::MarkUse& use : work.decision.marks) {
    record.rules.push_back("mark:" + use.mark + ":" + use.outcome +
                           (use.reason.empty() ? "" : ":" + use.reason));
  }
  if (work.batch) {
    record.rules.push_back("batch:" + work.batch->id);
  }
  record.findings = work.findings.counts();
  record.scope = policy::to_string(work.decision.scope);
  record.policy_version = work.decision.policy_version;
  record.sensitive = work.decision.sensitive;
  record.size = work.context.size;
  record.route = delivery::to_string(work.plan.route);
  record.digest = work.claim->digest().str();
  if (work.intent_on_record || event == audit::Event::intended) {
    record.instance = work.claim->instance();
  }
  return record;
}

// Of a bound entry only the process that made its link knows the id; the record of its acceptance
// has it, too.
std::string escrow_id_of(const Work& work, std::size_t recipient, const LinkMakers& links) {
  if (work.left_out.contains(recipient)) {
    return "";
  }
  const TokenId token = work.claim->token(work.key(recipient));
  if (work.method(recipient) == Method::portal && links.bound != nullptr) {
    const auto id = links.bound->known(token);
    return id ? id->str() : "";
  }
  if (work.method(recipient) == Method::portal && links.key != nullptr) {
    return escrow::make_link(*links.key, token).id.str();
  }
  return work.method(recipient) == Method::hold ? held_id(token).str() : "";
}

void add_would_have(const Work& work, std::size_t recipient, audit::RecipientRecord& record) {
  if (work.decision.would_have.size() <= recipient) {
    return;
  }
  const policy::Treatment& would = work.decision.would_have[recipient];
  record.reasons.push_back("would have: " + std::string(policy::to_string(would.method)));
  for (const std::string& reason : would.reasons) {
    record.reasons.push_back("would have: " + reason);
  }
}

audit::RecipientRecord recipient_record(const Work& work, std::size_t recipient,
                                        const audit::Record& record) {
  audit::RecipientRecord out;
  delivery::write_treatment(work.decision.treatments[recipient], out);
  out.address = work.message.envelope.recipients[recipient].address.spelled();
  if (work.release) {
    out.reasons.push_back("released: " + work.release->id.str());
  }
  if (!record.instance.empty()) {
    out.token = work.claim->token(work.key(recipient)).str();
  }
  return out;
}

}  // namespace

EscrowId held_id(const TokenId& token) {
  return *EscrowId::parse(hex(sha256("phimilter held 1 " + token.str())).substr(0, 32));
}

audit::Record intended_record(const Work& work, const LinkMakers& links) {
  audit::Record record = base_record(work, audit::Event::intended);
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    if (links.bound != nullptr && work.method(i) == Method::portal) {
      static_cast<void>(links.bound->link_for(work.claim->token(work.key(i))));
    }
    record.recipients.push_back(recipient_record(work, i, record));
    record.recipients.back().escrow_id = escrow_id_of(work, i, links);
  }
  return record;
}

audit::Record accepted_record(const Work& work, const std::vector<std::size_t>& recipients,
                              const std::string& status, const LinkMakers& links) {
  audit::Record record = base_record(work, audit::Event::accepted);
  for (const std::size_t recipient : recipients) {
    record.recipients.push_back(recipient_record(work, recipient, record));
    record.recipients.back().status = status;
    if (work.method(recipient) == Method::portal) {
      record.recipients.back().escrow_id = escrow_id_of(work, recipient, links);
    }
  }
  return record;
}

audit::Record refused_record(const Work& work, std::size_t recipient, const std::string& status,
                             const std::string& not_told) {
  audit::Record record = base_record(work, audit::Event::failed);
  record.fault = "reentry.refused";
  record.recipients.push_back(recipient_record(work, recipient, record));
  record.recipients.back().status = status;
  if (!not_told.empty()) {
    record.recipients.back().reasons.push_back(not_told);
  }
  return record;
}

audit::Record held_record(const Work& work, std::size_t recipient) {
  audit::Record record = base_record(work, audit::Event::held);
  record.recipients.push_back(recipient_record(work, recipient, record));
  record.recipients.back().escrow_id = held_id(work.claim->token(work.key(recipient))).str();
  record.recipients.back().status = "held";
  return record;
}

audit::Record outcome_record(const Work& work, const LinkMakers& links) {
  const bool refused = work.plan.route == Route::refused;
  audit::Record record =
      base_record(work, refused ? audit::Event::failed : audit::Event::completed);
  record.fault = refused ? "policy.reject" : "";
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    audit::RecipientRecord recipient = recipient_record(work, i, record);
    if (!work.algorithms[i].empty()) {
      recipient.algorithms = work.algorithms[i];
    }
    recipient.status = work.statuses[i];
    if (work.plan.route == Route::untouched) {
      recipient.status = "pass";
    } else if (refused) {
      recipient.status = "rejected";
    }
    if (work.plan.route == Route::reentry) {
      recipient.escrow_id = escrow_id_of(work, i, links);
    }
    add_would_have(work, i, recipient);
    record.recipients.push_back(std::move(recipient));
  }
  return record;
}

audit::Record failure_record(const Work& work, const Fault& fault) {
  audit::Record record = base_record(work, audit::Event::failed);
  record.fault = fault.id;
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    record.recipients.push_back(recipient_record(work, i, record));
    record.recipients.back().status =
        work.settled(i) ? std::string(delivery::kSettledStatus) : "deferred";
  }
  return record;
}

}  // namespace phimilter::milter
