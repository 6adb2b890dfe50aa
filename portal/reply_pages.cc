// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_pages.h"

#include <algorithm>

#include "base/log.h"
#include "mail/address.h"
#include "portal/events.h"
#include "portal/human.h"
#include "portal/replies.h"

namespace phimilter::portal {

namespace {

constexpr std::size_t kMailFactor = 4;  // the files, their base64, and a copy on its way out
// With what else a reply waits for (the message's memory, its claim, submission.cc) less than the
// two minutes that the server gives a request.
constexpr std::chrono::milliseconds kPatience(5'000);

std::optional<ReplyKind> kind_of(std::string_view what) {
  for (const ReplyKind kind : {ReplyKind::reply, ReplyKind::reply_all, ReplyKind::forward}) {
    if (what == path_of(kind)) {
      return kind;
    }
  }
  return std::nullopt;
}

Fault refused_fault(int code) {
  return transient_fault("portal.reply_refused", "the MTA did not take a recipient's reply")
      .with("code", std::to_string(code));
}

}  // namespace

ReplyPages::ReplyPages(const SiteParts& parts, MessageOpener& opener)
    : parts_(parts), opener_(opener) {}

bool ReplyPages::knows(const EntryCall& call) {
  return kind_of(call.what).has_value();
}

bool ReplyPages::possible(const EntryCall& call, ReplyKind kind) const {
  const escrow::EntryFacts& facts = *call.visit.facts;
  if (parts_.replies == nullptr || !mail::Address::parse(facts.sender)) {
    return false;
  }
  return kind == ReplyKind::reply || (kind == ReplyKind::reply_all && facts.may_reply_all) ||
         (kind == ReplyKind::forward && facts.may_forward);
}

PageFrame ReplyPages::frame(const EntryCall& call, ReplyKind kind) const {
  return frame_for(parts_, call.request, *call.visit.facts,
                   call.link_path + "/" + std::string(path_of(kind)));
}

void ReplyPages::put_into(MessagePage& page, const EntryCall& call, const PageFrame& frame,
                          const OpenedMessage& message) {
  page.can_reply = possible(call, ReplyKind::reply);
  const std::size_t all =
      recipients_of(*call.visit.facts, ReplyKind::reply_all, message, {}).size();
  page.can_reply_all = possible(call, ReplyKind::reply_all) && all > 1 && all <= kReplyRecipients;
  page.can_forward = possible(call, ReplyKind::forward);
  if (parts_.replies == nullptr) {
    return;
  }
  // What was sent is said where it can be read; the message is there all the same.
  std::vector<Fault> faults;
  auto replies = parts_.replies->store.list(call.id, faults);
  if (!replies) {
    faults.push_back(std::move(replies.error()));
    replies.emplace();
  }
  for (Fault& fault : faults) {
    log::fault(log::Level::error, "-", fault.with("entry", call.id.str()));
  }
  for (const SentReply& reply : *replies) {
    if (reply.stage == ReplyStage::sending) {
      continue;
    }
    SentReplyRow row{moment_in_words(frame.texts, reply.at),
                     reply.text,
                     reply.forwarded_to,
                     joined(reply.refused),
                     {}};
    for (const SentFile& file : reply.files) {
      row.files.push_back(file.name + ", " + human_size(file.size));
    }
    page.replies.push_back(std::move(row));
  }
  page.just_sent = !page.replies.empty() && !call.request.field(call.request.query, "sent").empty();
}

Response ReplyPages::get(EntryCall& call) {
  const ReplyKind kind = *kind_of(call.what);
  if (!possible(call, kind)) {
    return redirect_reply(call.request, with_language(call.link_path + "/message", call.request));
  }
  return opener_.with_message(call, [&](const OpenedMessage& message) {
    ReplyDraft draft;
    draft.kind = kind;
    std::array<std::uint8_t, 16> random{};
    fill_random(random);
    draft.token = hex(random);
    return form(call, draft, message);
  });
}

Response ReplyPages::form(const EntryCall& call, const ReplyDraft& draft,
                          const OpenedMessage& message) {
  ReplyPage page;
  page.link_path = call.link_path;
  page.kind = draft.kind;
  page.form_token = call.session->form_token;
  page.reply_token = draft.token;
  page.to = joined(recipients_of(*call.visit.facts, draft.kind, message, {}));
  page.subject = message.subject();
  page.text = draft.text;
  page.forward_to = draft.forward_to;
  page.problem = draft.problem;
  page.most_bytes = parts_.replies->most_bytes;
  const int status = status_of(draft.problem);
  Response response = page_reply(call.request, status, reply_page(frame(call, draft.kind), page));
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "60");
  }
  return response;
}

Response ReplyPages::rescue(EntryCall& call) {
  const std::string text = typed_text(call.request.field(call.request.form, "text"));
  const PageFrame page_frame = frame_for(parts_, call.request, *call.visit.facts, {});
  return page_reply(
      call.request, 403,
      reply_rescue_page(page_frame, with_language(call.link_path, call.request), text));
}

Response ReplyPages::post(EntryCall& call) {
  if (!possible(call, *kind_of(call.what)) ||
      !valid_reply_token(call.request.field(call.request.form, "reply"))) {
    return dead_end(parts_, call.request, DeadEnd::refused, 403);
  }
  ReplyDraft draft = draft_of(call.request, *kind_of(call.what));
  const ReplyTurns::Turn turn = turns_.take(call.id, draft.token);
  const std::size_t original = draft.kind == ReplyKind::forward ? call.visit.sealed_bytes : 0;
  const MemoryBudget::Share share =
      turn.standing() == ReplyTurns::Standing::mine
          ? memory_.take(kMailFactor * (bytes_of(call.request.files) + original) + limits::kMiB,
                         kPatience)
          : MemoryBudget::Share();
  return opener_.with_message(call, [&](const OpenedMessage& message) {
    draft.problem = share ? check(call, draft, message) : not_now(call, draft, turn.standing());
    return draft.problem == ReplyProblem::none ? take(call, draft, message)
                                               : form(call, draft, message);
  });
}

// Another tap on the same form may be sending it, or have sent it, here or in another portal.
ReplyProblem ReplyPages::not_now(const EntryCall& call, const ReplyDraft& draft,
                                 ReplyTurns::Standing standing) const {
  if (standing == ReplyTurns::Standing::same_reply) {
    return ReplyProblem::under_way;
  }
  const auto before = parts_.replies->store.load(call.id, draft.token);
  return before && !*before ? ReplyProblem::not_sent : ReplyProblem::in_doubt;
}

ReplyProblem ReplyPages::check(const EntryCall& call, ReplyDraft& draft,
                               const OpenedMessage& message) const {
  const bool forward = draft.kind == ReplyKind::forward;
  const std::uint64_t bytes =
      bytes_of(call.request.files) + (forward ? message.original()->size() : 0);
  if (call.request.too_large || bytes > parts_.replies->most_bytes) {
    return ReplyProblem::too_large;
  }
  if (draft.text.size() > kReplyText) {
    return ReplyProblem::too_long;
  }
  if (forward) {
    auto parsed = mail::Address::parse(draft.forward_to);
    if (!parsed || parsed->domain().find('.') == std::string::npos) {
      return ReplyProblem::address;
    }
    draft.to = {parsed->spelled()};
    return ReplyProblem::none;
  }
  draft.to = recipients_of(*call.visit.facts, draft.kind, message, parts_.replies->portal_address);
  if (draft.to.size() > kReplyRecipients) {
    return ReplyProblem::refused;
  }
  return trim(draft.text).empty() && call.request.files.empty() ? ReplyProblem::empty
                                                                : ReplyProblem::none;
}

Response ReplyPages::take(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message) {
  // One at a time for an entry, whichever portal they come to: of two taps, the second finds what
  // the first has sent. And no entry is destroyed meanwhile.
  const auto claim = parts_.vault.claim(call.id, escrow::ClaimKind::replies);
  if (!claim) {
    log::fault(log::Level::error, "-", claim.error());
    draft.problem = not_now(call, draft, ReplyTurns::Standing::mine);
    return form(call, draft, message);
  }
  return send_held(call, draft, message);
}

Response ReplyPages::send_held(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message) {
  ReplyStore& store = parts_.replies->store;
  auto before = store.load(call.id, draft.token);
  const auto known = store.count(call.id);
  if (!before || !known) {
    return unavailable(parts_, call.request, call.id, before ? known.error() : before.error());
  }
  if (*before && (*before)->stage != ReplyStage::sending) {
    return finish(call, std::move(**before));
  }
  // It may have been waited for.
  const auto entry = parts_.vault.status(call.id, parts_.replies->clock.now());
  if (!entry) {
    return unavailable(parts_, call.request, call.id, entry.error());
  }
  if (!*entry || (*entry)->state == escrow::EntryState::retracted) {
    return dead_end(parts_, call.request, *entry ? DeadEnd::retracted : DeadEnd::expired, 410);
  }
  if (!*before && *known >= kReplies) {
    draft.problem = ReplyProblem::too_many;
    return form(call, draft, message);
  }
  return send_now(call, draft, message, before->has_value());
}

Response ReplyPages::send_now(EntryCall& call, ReplyDraft& draft, const OpenedMessage& message,
                              bool again) {
  ReplyStore& store = parts_.replies->store;
  SentReply reply{draft.token,
                  ReplyStage::sending,
                  parts_.replies->clock.now(),
                  draft.text,
                  draft.kind == ReplyKind::forward ? joined(draft.to) : std::string(),
                  {},
                  sent_files(call.request.files)};
  if (Status saved = store.save(call.id, reply); !saved) {
    return unavailable(parts_, call.request, call.id, std::move(saved.error()));
  }
  auto mail = mail_of(call, draft, message);
  auto refused = mail ? submit(call, draft, *mail) : fail(mail.error());
  if (!refused) {
    Fault fault = std::move(refused.error());
    log::fault(log::Level::error, "-", fault.with("entry", call.id.str()));
    // That this try did not send it says nothing about one before that is in doubt.
    draft.problem = again ? ReplyProblem::in_doubt : problem_of(fault, draft.kind);
    if (draft.problem != ReplyProblem::in_doubt) {
      // It did not leave: nothing of it is kept. A fault here only leaves it as one in doubt.
      (void)store.remove(call.id, draft.token);
    }
    return form(call, draft, message);
  }
  reply.refused = std::move(*refused);
  reply.stage = ReplyStage::accepted;
  if (Status saved = store.save(call.id, reply); !saved) {
    return unavailable(parts_, call.request, call.id, std::move(saved.error()));
  }
  return finish(call, std::move(reply));
}

Result<ReplyMail> ReplyPages::mail_of(const EntryCall& call, const ReplyDraft& draft,
                                      const OpenedMessage& message) const {
  ReplyMailFacts facts;
  facts.portal_address = parts_.replies->portal_address;
  facts.organisation_name = parts_.organisation_name;
  facts.author = call.visit.facts->recipient;
  facts.to = draft.to;
  facts.subject = message.subject();
  facts.subject_prefix = draft.kind == ReplyKind::forward ? "Fwd" : "Re";
  facts.thread = message.thread();
  facts.message_id =
      message_id_of(draft, call.request.files, call.id, parts_.replies->portal_address);
  facts.text = draft.text + "\n";
  facts.now = parts_.replies->clock.now();
  std::string original;
  if (draft.kind == ReplyKind::forward) {
    auto bytes = read_all(*message.original(), parts_.replies->most_bytes);
    if (!bytes) {
      return fail(bytes);
    }
    original = std::move(*bytes);
  }
  return reply_mail(facts, call.request.files, original);
}

// The sender of the message must get it. Refused for others, it has left all the same, and for whom
// it has not is told.
Result<std::vector<std::string>> ReplyPages::submit(const EntryCall& call, const ReplyDraft& draft,
                                                    const ReplyMail& mail) {
  delivery::Outgoing outgoing;
  outgoing.reverse_path = "<" + parts_.replies->portal_address + ">";
  for (const std::string& address : draft.to) {
    outgoing.recipients.push_back({"<" + address + ">", {}});
  }
  outgoing.first_decides = true;
  outgoing.arguments = {"BODY=8BITMIME"};
  outgoing.headers = &mail.headers;
  outgoing.body = mail.body;
  const auto outcome = parts_.replies->submit(outgoing);
  if (!outcome) {
    return fail(outcome.error());
  }
  require(outcome->recipients.size() == draft.to.size(), "an answer for each recipient");
  if (const int code = outcome->recipients.front().code; code / 100 != 2) {
    return fail(refused_fault(code));
  }
  std::vector<std::string> refused;
  for (std::size_t i = 1; i < draft.to.size(); ++i) {
    if (const int code = outcome->recipients[i].code; code / 100 != 2) {
      refused.push_back(draft.to[i]);
      log::fault(log::Level::warning, "-", refused_fault(code).with("entry", call.id.str()));
    }
  }
  return refused;
}

Response ReplyPages::finish(EntryCall& call, SentReply reply) {
  if (reply.stage == ReplyStage::accepted) {
    if (Status recorded = record_events(parts_.journal, *call.visit.facts, call.request.peer,
                                        {audit::Event::replied});
        !recorded) {
      return unavailable(parts_, call.request, call.id, std::move(recorded.error()));
    }
    reply.stage = ReplyStage::recorded;
    if (Status saved = parts_.replies->store.save(call.id, reply); !saved) {
      return unavailable(parts_, call.request, call.id, std::move(saved.error()));
    }
  }
  const std::string to = with_language(call.link_path + "/message", call.request);
  return redirect_reply(call.request,
                        to + (to.find('?') == std::string::npos ? "?sent=1" : "&sent=1"));
}

}  // namespace phimilter::portal
