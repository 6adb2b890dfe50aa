// SPDX-License-Identifier: Apache-2.0
//
// The step of the pipeline that hands copies back to the MTA, each acceptance noted before the next
// copy is sent.
#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/log.h"
#include "delivery/submission.h"
#include "milter/pipeline.h"
#include "milter/records.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using delivery::News;
using delivery::Route;
using delivery::Way;
using policy::Method;

std::string helo_name(const Work& work) {
  const std::string& name = work.message.envelope.client.mta_name;
  return name.empty() ? "localhost" : name;
}

std::string status_text(std::string_view word, int code) {
  return std::string(word) + ' ' + std::to_string(code);
}

// Recipients of one copy by the family of their reply.
std::vector<std::size_t> with_family(const Copy& copy, const delivery::SmtpOutcome& outcome,
                                     int family) {
  std::vector<std::size_t> recipients;
  for (std::size_t i = 0; i < copy.group.recipients.size(); ++i) {
    if (outcome.recipients[i].code / 100 == family) {
      recipients.push_back(copy.group.recipients[i]);
    }
  }
  return recipients;
}

Way way_of(const Copy& copy) {
  return copy.group.method == Method::tls ? Way::secure : Way::ordinary;
}

std::vector<std::size_t> left_of(const Work& work, const Copy& copy) {
  std::vector<std::size_t> left;
  std::copy_if(copy.group.recipients.begin(), copy.group.recipients.end(), std::back_inserter(left),
               [&work](std::size_t recipient) { return !work.settled(recipient); });
  return left;
}

// A listener that hangs or is gone is not waited for once more by each of a thousand copies.
constexpr int kSilences = 3;

bool is_silence(const Fault& fault) {
  return fault.id.rfind("smtp.", 0) == 0 && fault.id != "smtp.refused";
}

Fault listener_away() {
  return transient_fault("smtp.away", "the re-entry listener did not answer for copies before");
}

bool is_about_the_journal(const Fault& fault) {
  return fault.id.rfind("audit.", 0) == 0;
}

bool in_doubt(const Work& work, std::size_t recipient) {
  const auto stored = work.claim->stored(work.key(recipient));
  return stored && stored->in_doubt;
}

int accepting_code(const delivery::SmtpOutcome& outcome) {
  const auto accepted =
      std::find_if(outcome.recipients.begin(), outcome.recipients.end(),
                   [](const delivery::RecipientReply& reply) { return reply.code / 100 == 2; });
  return accepted == outcome.recipients.end() ? 0 : accepted->code;
}

// "accepted 250", or, when it may be the second copy that somebody got, "accepted 250, in doubt".
std::string accepted_status(const Work& work, const std::vector<std::size_t>& accepted,
                            const delivery::SmtpOutcome& outcome) {
  const bool doubt = std::any_of(accepted.begin(), accepted.end(), [&work](std::size_t recipient) {
    return in_doubt(work, recipient);
  });
  return status_text("accepted", accepting_code(outcome)) + (doubt ? ", in doubt" : "");
}

}  // namespace

// Everything that can leave does, then the message is deferred for the rest. Without the journal
// nothing goes on.
Status Pipeline::reenter(Work& work) const {
  if (work.plan.route != Route::reentry) {
    return {};
  }
  auto awaited = still_awaited(work);
  if (!awaited) {
    return awaited;
  }
  for (const auto step : {&Pipeline::send_copies, &Pipeline::settle_others}) {
    auto done = (this->*step)(work);
    if (!done) {
      return done;
    }
  }
  return work.set_aside.empty() ? Status() : fail(told_of(work));
}

Status Pipeline::send_copies(Work& work) const {
  for (const Copy& copy : work.copies) {
    const Way way = way_of(copy);
    if (work.silences[way] >= kSilences) {
      work.put_aside(left_of(work, copy), listener_away());
      continue;
    }
    const auto sent = send_copy(work, copy);
    if (sent) {
      continue;
    }
    if (is_about_the_journal(sent.error())) {
      return sent;
    }
    log::fault(log::Level::error, work.message.queue_id, sent.error());
    work.put_aside(left_of(work, copy), sent.error());
    work.silences[way] += is_silence(sent.error()) ? 1 : 0;
  }
  return {};
}

// A notice that was accepted in an earlier try whose end was not to note that in the vault: an
// entry without a notice is swept. One that is gone was opened and deleted.
Status Pipeline::note_notice(const Work& work, std::size_t recipient) const {
  const auto stored = work.claim->stored(work.key(recipient));
  if (!work.statuses[recipient].empty() || !stored || !stored->settled || stored->refused) {
    return {};
  }
  if (ports_.bound_links != nullptr) {
    return {};  // it was marked before it left, since no later process knows its link
  }
  auto place = portal_place(work, recipient);
  if (!place) {
    return fail(place);
  }
  auto marked = ports_.vault->mark_noticed(place->link.id);
  return marked || marked.error().kind == FaultKind::permanent ? Status() : marked;
}

// Recipients who get no copy, or have one: the sender is told, or the vault.
Status Pipeline::settle_others(Work& work) const {
  for (const delivery::Group& group : work.plan.groups) {
    const std::size_t recipient = group.recipients.front();
    if (group.method == Method::portal) {
      auto noted = note_notice(work, recipient);
      if (!noted) {
        return noted;
      }
    }
    const bool held = group.method == Method::hold;
    if ((!held && group.method != Method::reject) || work.settled(recipient) ||
        work.set_aside.count(recipient) > 0) {
      continue;
    }
    if (work.silences[Way::ordinary] >= kSilences) {
      work.put_aside(group.recipients, listener_away());
      continue;
    }
    const auto settled =
        held ? settle_hold(work, recipient) : refuse(work, recipient, {550, "5.7.1", false});
    if (!settled && is_about_the_journal(settled.error())) {
      return settled;
    }
    if (!settled) {
      work.silences[Way::ordinary] += is_silence(settled.error()) ? 1 : 0;
      work.put_aside(group.recipients, settled.error());
    }
  }
  return {};
}

Status Pipeline::refuse_refused(Work& work, const Copy& copy,
                                const delivery::SmtpOutcome& outcome) const {
  for (std::size_t i = 0; i < copy.group.recipients.size(); ++i) {
    const delivery::RecipientReply& reply = outcome.recipients[i];
    if (reply.code / 100 != 5) {
      continue;
    }
    auto refused = refuse(work, copy.group.recipients[i], {reply.code, reply.enhanced, true});
    if (!refused) {
      return refused;
    }
  }
  return {};
}

Status Pipeline::send_copy(Work& work, const Copy& copy) const {
  auto body = delivery::body_of(copy.variant, work.message);
  if (!body) {
    return fail(body);
  }
  mail::HeaderList headers = copy.variant.headers;
  const mail::HeaderField trace = delivery::received_field(work.message);
  headers.insert(0, trace.name, trace.value);
  if (copy.place && ports_.bound_links != nullptr) {
    auto marked = ports_.vault->mark_noticed(copy.place->link.id);
    if (!marked) {
      return marked;
    }
  }
  auto outcome = ports_.sender->send(
      way_of(copy), helo_name(work),
      delivery::outgoing_copy(work.message, copy.group.recipients, headers, *body));
  if (!outcome) {
    if (auto refused = delivery::refused_whole(outcome.error(), copy.group.recipients.size())) {
      outcome = std::move(*refused);
    }
  }
  if (!outcome) {
    if (outcome.error().id == "smtp.in_doubt") {
      for (const std::size_t recipient : copy.group.recipients) {
        work.claim->doubted(work.key(recipient));
      }
    }
    return fail(outcome);
  }
  if (outcome->recipients.size() != copy.group.recipients.size()) {
    return fail(bug_fault("reentry.replies", "not one reply for each recipient of a copy"));
  }
  const auto accepted = with_family(copy, *outcome, 2);
  auto noted = note_accepted(work, accepted, accepted_status(work, accepted, *outcome));
  if (!accepted.empty() && copy.place) {
    const auto marked = ports_.vault->mark_noticed(copy.place->link.id);
    if (!marked) {
      // Settled all the same; the next try marks it.
      work.put_aside(copy.group.recipients, marked.error());
    }
  }
  if (!noted) {
    return noted;
  }
  if (auto refused = refuse_refused(work, copy, *outcome); !refused) {
    return refused;
  }
  const std::size_t done = accepted.size() + with_family(copy, *outcome, 5).size();
  if (done < copy.group.recipients.size()) {
    return fail(
        transient_fault("reentry.deferred", "the re-entry listener cannot take a recipient now"));
  }
  return {};
}

Status Pipeline::note_accepted(Work& work, const std::vector<std::size_t>& recipients,
                               const std::string& status) const {
  if (recipients.empty()) {
    return {};
  }
  auto written = ports_.journal->append(
      accepted_record(work, recipients, status, {ports_.link_key, ports_.bound_links}));
  for (const std::size_t recipient : recipients) {
    // Also when the record could not be written: in this process it is known that the copy was
    // accepted.
    work.claim->settled(work.key(recipient), written ? "" : status);
    if (written && ports_.bound_links != nullptr) {
      ports_.bound_links->settled(work.claim->token(work.key(recipient)));
    }
    work.statuses[recipient] = status;
  }
  if (!written) {
    return fail(written);
  }
  return note_sent(work, recipients);
}

// Copies of an earlier try in this process, whose acceptance the journal did not take.
Status Pipeline::record_late(Work& work) const {
  for (std::size_t i = 0; i < work.facts.size(); ++i) {
    const auto stored = work.claim->stored(work.key(i));
    if (!stored || stored->unrecorded.empty()) {
      continue;
    }
    auto noted = note_accepted(work, {i}, stored->unrecorded);
    if (!noted) {
      return noted;
    }
  }
  return {};
}

// The sender is told first: a failure after that tells a second time, one before never loses the
// news.
Status Pipeline::refuse(Work& work, std::size_t recipient, const Refusal& refusal) const {
  auto told = tell_sender(work, recipient, News::failed, refusal);
  if (!told) {
    return fail(told);
  }
  const std::string status = status_text(delivery::kRefusedStatus, refusal.code);
  auto written = ports_.journal->append(refused_record(work, recipient, status, *told));
  if (!written) {
    return fail(written);
  }
  work.claim->refused(work.key(recipient));
  work.statuses[recipient] = status;
  log::event(log::Level::warning, work.message.queue_id, "recipient_refused",
             {{"to", redact_address(work.message.envelope.recipients[recipient].address.spelled())},
              {"code", std::to_string(refusal.code)}});
  return {};
}

Result<std::string> Pipeline::tell_sender(const Work& work, std::size_t recipient, News news,
                                          const Refusal& refusal) const {
  const bool wanted = news == News::held ? delivery::may_be_told(work.message, recipient)
                                         : delivery::wants_failure_notice(work.message, recipient);
  if (!wanted) {
    return "";
  }
  const char* kind = news == News::held ? "phimilter hold notice " : "phimilter failure notice ";
  const Sha256 name = sha256(kind + work.claim->token(work.key(recipient)).str());
  const std::string id = delivery::derived_message_id(*TokenId::parse(hex(name)), helo_name(work));
  const delivery::FailureNotice notice = delivery::failure_notice(
      work.message, recipient, refusal.enhanced, id, ports_.clock->now(), news);
  auto reply = delivery::send_notice(*ports_.sender, helo_name(work), notice.outgoing());
  if (!reply) {
    return fail(reply);
  }
  if (reply->code / 100 != 5) {
    return "";
  }
  // Neither the copy nor word of it: the listener does not let us send, and nobody would know.
  if (refusal.by_listener && delivery::is_about_permission(refusal.enhanced) &&
      delivery::is_about_permission(reply->enhanced)) {
    return fail(transient_fault("reentry.refuses",
                                "the re-entry listener refuses a copy and the notice of it, too: "
                                "see that its restrictions let this host send")
                    .with("code", std::to_string(reply->code))
                    .with("enhanced", reply->enhanced));
  }
  log::event(log::Level::warning, work.message.queue_id, "sender_not_told",
             {{"code", std::to_string(reply->code)}});
  return delivery::sender_not_told(*reply);
}

}  // namespace phimilter::milter
