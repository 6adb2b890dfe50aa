// SPDX-License-Identifier: Apache-2.0
//
// The steps of the pipeline that make copies and seal messages.
#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "delivery/submission.h"
#include "milter/pipeline.h"
#include "milter/records.h"
#include "milter/trust.h"
#include "milter/work.h"

namespace phimilter::milter {

namespace {

using delivery::Route;
using policy::Method;

Fault no_escrow(Method method) {
  return configuration_fault("escrow.missing", "a treatment needs escrow, and none is configured")
      .with("method", std::string(policy::to_string(method)));
}

delivery::Group unsettled(const Work& work, const delivery::Group& group) {
  delivery::Group left{group.method, {}};
  std::copy_if(group.recipients.begin(), group.recipients.end(),
               std::back_inserter(left.recipients),
               [&work](std::size_t recipient) { return !work.settled(recipient); });
  return left;
}

bool leaves(Method method) {
  return method != Method::hold && method != Method::reject;
}

void set_message_id(mail::HeaderList& headers, const std::string& id) {
  headers.remove("Message-ID");
  headers.append("Message-ID", ' ' + id);
}

std::string id_domain(const Work& work) {
  const mail::Envelope& envelope = work.message.envelope;
  return envelope.reverse_path ? envelope.reverse_path->domain() : envelope.client.mta_name;
}

// All tries of a submission carry one Message-ID, so that a copy that had to be sent twice shows as
// one message. The MTA's own changes with each try.
void fix_message_id(Work& work) {
  mail::HeaderList& headers = work.message.headers;
  if (headers.first("Message-ID") != nullptr &&
      !delivery::message_id_by_mta(headers, work.message.queue_id)) {
    return;
  }
  const mail::Envelope& envelope = work.message.envelope;
  const std::string domain =
      envelope.reverse_path ? envelope.reverse_path->domain() : envelope.client.mta_name;
  set_message_id(
      headers, delivery::derived_message_id(work.claim->digest(), work.claim->instance(), domain));
}

std::string language_for(const Work& work, escrow::RecipientStore* store, std::size_t recipient) {
  for (const GivenProof& given : work.proofs) {
    if (given.address_key == work.key(recipient) && !given.language.empty()) {
      return given.language;
    }
  }
  if (store != nullptr) {
    const auto entry = store->for_notice(work.message.envelope.recipients[recipient].address);
    return entry && *entry ? (*entry)->language : "";
  }
  return {};
}

std::optional<escrow::Proof> proof_for(const Work& work, std::size_t recipient) {
  for (const GivenProof& given : work.proofs) {
    if (given.address_key == work.key(recipient)) {
      return escrow::Proof{given.proof.question, given.proof.answer.duplicate()};
    }
  }
  return std::nullopt;
}

// Of a subject in the vault's facts, which are small; the message there holds all of it.
constexpr std::size_t kSubject = 1000;

std::string cut_at_character(std::string_view text) {
  std::size_t end = std::min(text.size(), kSubject);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end));
}

// As the worker decoded it; as it stands in the header when the worker could not.
std::string subject_of(const Work& work) {
  constexpr std::string_view kName = "subject: ";
  for (const extract::PartText& part : work.text.parts) {
    if (part.kind != extract::PartKind::header || part.path != "headers") {
      continue;
    }
    for (const std::string_view line : split(part.text, '\n')) {
      if (ascii_iequal(line.substr(0, kName.size()), kName)) {
        return cut_at_character(trim(line.substr(kName.size())));
      }
    }
  }
  const mail::HeaderField* field = work.message.headers.first("Subject");
  return field == nullptr ? "" : cut_at_character(mail::unfolded(field->value));
}

Status write_whole(const mail::CapturedMessage& message, const mail::HeaderList& headers,
                   mail::ByteSink& out) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  auto written = out.write(headers.text() + "\r\n");
  return written ? out.write(*body) : written;
}

}  // namespace

std::int64_t Pipeline::expiry_days(const Work& work, std::size_t recipient) const {
  const std::optional<int>& asked = work.decision.treatments[recipient].terms.expiry_days;
  return asked ? *asked : options_.expiry_days;
}

Result<delivery::PortalPlace> Pipeline::portal_place(const Work& work,
                                                     std::size_t recipient) const {
  if (ports_.link_key == nullptr || ports_.vault == nullptr) {
    return fail(no_escrow(Method::portal));
  }
  const TokenId token = work.claim->token(work.key(recipient));
  return delivery::PortalPlace{
      ports_.bound_links != nullptr ? ports_.bound_links->link_for(token)
                                    : escrow::make_link(*ports_.link_key, token),
      work.message.received + std::chrono::hours(24 * expiry_days(work, recipient)),
      language_for(work, ports_.facts.recipients, recipient)};
}

Status Pipeline::protect(Work& work) const {
  if (work.plan.route != Route::reentry && work.plan.route != Route::in_place) {
    return {};
  }
  if (work.plan.route == Route::reentry) {
    fix_message_id(work);
  }
  work.copies.clear();
  work.set_aside.clear();
  const auto finding_texts = policy::identifier_texts(work.text, work.findings);
  work.message.identifiers.assign(finding_texts.begin(), finding_texts.end());
  for (const delivery::Group& planned : work.plan.groups) {
    delivery::Group group = unsettled(work, planned);
    if (group.recipients.empty() || !leaves(group.method)) {
      continue;
    }
    auto copy = make_copy(work, group, finding_texts);
    if (!copy && work.plan.route == Route::in_place) {
      return fail(copy);
    }
    if (!copy) {
      log::fault(log::Level::error, work.message.queue_id, copy.error());
      work.put_aside(group.recipients, copy.error());
      continue;
    }
    for (const std::size_t recipient : group.recipients) {
      work.algorithms[recipient] = copy->variant.algorithms;
      work.statuses[recipient] = "protected";
    }
    work.copies.push_back(std::move(*copy));
  }
  return {};
}

Result<Copy> Pipeline::make_copy(Work& work, delivery::Group group,
                                 const std::vector<std::string_view>& finding_texts) const {
  Copy copy{std::move(group), {}, {}};
  const std::size_t first = copy.group.recipients.front();
  if (copy.group.method == Method::portal) {
    auto place = portal_place(work, first);
    if (!place) {
      return fail(place);
    }
    copy.place = std::move(*place);
  }
  auto variant =
      delivery::protect_group(copy.group, work.message, work.decision.treatments, ports_.tools,
                              copy.place ? &*copy.place : nullptr, finding_texts);
  if (!variant) {
    return fail(variant);
  }
  copy.variant = std::move(*variant);
  if (copy.place) {
    set_message_id(copy.variant.headers, delivery::derived_message_id(
                                             work.claim->token(work.key(first)), id_domain(work)));
  }
  return copy;
}

// What is held is let go later as what its sender asked for: with its marks, so far as they are
// believed.
mail::HeaderList Pipeline::held_headers(const Work& work) const {
  mail::HeaderList headers = work.marked_headers ? *work.marked_headers : work.message.headers;
  const mail::HeaderField* name = work.message.headers.first("Message-ID");
  if (name != nullptr && (headers.first("Message-ID") == nullptr ||
                          headers.first("Message-ID")->value != name->value)) {
    headers.remove("Message-ID");
    headers.append(name->name, name->value);
  }
  if (!work.policy || !may_mark(work.message.envelope.client, options_.trusted)) {
    return headers;
  }
  const std::vector<std::string> marks = work.policy->mark_headers();
  for (const mail::HeaderField& field : work.taken) {
    if (std::ranges::any_of(
            marks, [&field](const std::string& mark) { return ascii_iequal(mark, field.name); })) {
      headers.append(field.name, field.value);
    }
  }
  return headers;
}

Status Pipeline::seal_for(const Work& work, escrow::VaultWriter* vault, const EscrowId& id,
                          std::size_t recipient, Timestamp expires,
                          const std::string& link_secret) const {
  if (vault == nullptr) {
    return fail(no_escrow(work.method(recipient)));
  }
  const mail::Address& address = work.message.envelope.recipients[recipient].address;
  const policy::Terms& terms = work.decision.treatments[recipient].terms;
  const escrow::EntryFacts facts{
      .id = id,
      .token = work.claim->token(work.key(recipient)),
      .queue_id = work.message.queue_id,
      .sender = work.context.sender,
      .recipient = address.spelled(),
      .subject = subject_of(work),
      .language = language_for(work, ports_.facts.recipients, recipient),
      .sensitive = work.decision.sensitive,
      .created = work.message.received,
      .expires = expires,
      .mail_arguments = work.message.envelope.arguments,
      .recipient_arguments = work.message.envelope.recipients[recipient].arguments,
      .login = work.message.envelope.client.login,
      .client = work.message.envelope.client.address,
      .listener = work.message.envelope.client.daemon_name,
      .link_secret = link_secret,
      .bound = ports_.bound_links != nullptr && !link_secret.empty(),
      .may_reply_all = terms.reply_all.value_or(options_.may_reply_all),
      .may_forward = terms.forward.value_or(options_.may_forward),
      .remind_days = terms.remind_days,
      .receipt = terms.receipt,
      .batch = work.batch ? work.batch->id : std::string()};
  const mail::HeaderList headers = vault == ports_.held ? held_headers(work) : work.message.headers;
  return vault->seal(facts, proof_for(work, recipient), [&work, &headers](mail::ByteSink& out) {
    return write_whole(work.message, headers, out);
  });
}

// What cannot be sealed does not leave; the rest does.
Status Pipeline::seal(Work& work) const {
  Status in_place;
  std::erase_if(work.copies, [&](const Copy& copy) {
    if (!copy.place) {
      return false;
    }
    auto sealed = seal_for(work, ports_.vault, copy.place->link.id, copy.group.recipients.front(),
                           copy.place->expires, copy.place->link.secret);
    if (!sealed && work.plan.route == Route::in_place) {
      in_place = std::move(sealed);
      return true;
    }
    if (!sealed) {
      log::fault(log::Level::error, work.message.queue_id, sealed.error());
      work.put_aside(copy.group.recipients, sealed.error());
    }
    return !sealed;
  });
  if (!in_place) {
    return in_place;
  }
  for (const delivery::Group& group : work.plan.groups) {
    const std::size_t recipient = group.recipients.front();
    if (group.method != Method::hold || work.plan.route != Route::reentry ||
        work.settled(recipient)) {
      continue;
    }
    const EscrowId id = held_id(work.claim->token(work.key(recipient)));
    const auto sealed =
        seal_for(work, ports_.held, id, recipient,
                 work.message.received + std::chrono::hours(24 * options_.hold.expiry_days), "");
    if (!sealed) {
      log::fault(log::Level::error, work.message.queue_id, sealed.error());
      work.put_aside(group.recipients, sealed.error());
    }
  }
  return {};
}

}  // namespace phimilter::milter
