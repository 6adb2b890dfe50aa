// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_pages.h"

#include <algorithm>

#include "base/log.h"
#include "mail/address.h"
#include "portal/events.h"
#include "portal/file_name.h"
#include "portal/human.h"
#include "portal/replies.h"

namespace phimilter::portal {

struct ReplyPages::Draft {
  ReplyKind kind = ReplyKind::reply;
  std::string token;
  std::string text, forward_to;
  std::vector<std::string> to;  // addresses
  ReplyProblem problem = ReplyProblem::none;
};

namespace {

constexpr std::size_t kMostOthers = 20;
constexpr std::size_t kMailFactor = 4;  // the files, their base64, and a copy on its way out
constexpr std::chrono::milliseconds kPatience(20'000);

std::optional<ReplyKind> kind_of(std::string_view what) {
  for (const ReplyKind kind : {ReplyKind::reply, ReplyKind::reply_all, ReplyKind::forward}) {
    if (what == path_of(kind)) {
      return kind;
    }
  }
  return std::nullopt;
}

// A browser's line ends, and nothing that a mail program would trip over.
std::string typed_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t');
    if (!control) {
      out += c;
    }
  }
  return out;
}

SentDate date_of(Timestamp at, int offset_minutes) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{sys_days(day.time_since_epoch())};
  const auto minutes = duration_cast<std::chrono::minutes>(at - day).count();
  const SentDate utc{static_cast<int>(date.year()),
                     static_cast<int>(static_cast<unsigned>(date.month())),
                     static_cast<int>(static_cast<unsigned>(date.day())),
                     static_cast<int>(minutes / 60),
                     static_cast<int>(minutes % 60),
                     offset_minutes};
  return moved(utc, offset_minutes);
}

std::size_t bytes_of(const std::vector<UploadedFile>& files) {
  std::size_t bytes = 0;
  for (const UploadedFile& file : files) {
    bytes += file.bytes.size();
  }
  return bytes;
}

std::vector<SentFile> sent_files(const std::vector<UploadedFile>& files) {
  std::vector<SentFile> sent;
  for (const UploadedFile& file : files) {
    sent.push_back({harmless_file_name(file.name), file.bytes.size()});
  }
  return sent;
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) {
    out += (out.empty() ? "" : ", ") + address;
  }
  return out;
}

// The sender, and with reply-all the others who got it, each once, without who answers.
std::vector<std::string> recipients_of(const escrow::EntryFacts& facts, ReplyKind kind,
                                       const OpenedMessage& message, const std::string& portal) {
  std::vector<std::string> all = {facts.sender};
  std::vector<std::string> seen;
  for (const std::string& address : {facts.sender, facts.recipient, portal}) {
    auto parsed = mail::Address::parse(address);
    seen.push_back(parsed ? parsed->key() : address);
  }
  if (kind != ReplyKind::reply_all) {
    return all;
  }
  for (const std::string& other : message.others()) {
    auto parsed = mail::Address::parse(other);
    if (parsed && all.size() < kMostOthers &&
        std::ranges::find(seen, parsed->key()) == seen.end()) {
      seen.push_back(parsed->key());
      all.push_back(parsed->spelled());
    }
  }
  return all;
}

std::string domain_of(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? "localhost" : address.substr(at + 1);
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
  page.can_reply_all =
      possible(call, ReplyKind::reply_all) &&
      recipients_of(*call.visit.facts, ReplyKind::reply_all, message, {}).size() > 1;
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
  const int offset = message.date() ? message.date()->offset_minutes : 0;
  for (const SentReply& reply : *replies) {
    if (reply.stage == ReplyStage::sending) {
      continue;
    }
    SentReplyRow row{
        human_date(frame.texts, date_of(reply.at, offset)), reply.text, reply.forwarded_to, {}};
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
    Draft draft;
    draft.kind = kind;
    std::array<std::uint8_t, 16> random{};
    fill_random(random);
    draft.token = hex(random);
    return form(call, draft, message, 200);
  });
}

Response ReplyPages::form(const EntryCall& call, Draft& draft, const OpenedMessage& message,
                          int status) {
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
  return page_reply(call.request, status, reply_page(frame(call, draft.kind), page));
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
  const MemoryBudget::Share share =
      memory_.take(kMailFactor * bytes_of(call.request.files) + limits::kMiB, kPatience);
  return opener_.with_message(call, [&](const OpenedMessage& message) {
    if (share) {
      return take(call, message);
    }
    Draft draft;
    draft.kind = *kind_of(call.what);
    draft.token = call.request.field(call.request.form, "reply");
    draft.text = typed_text(call.request.field(call.request.form, "text"));
    draft.forward_to = trim(call.request.field(call.request.form, "to"));
    draft.problem = ReplyProblem::not_sent;
    return form(call, draft, message, 503);
  });
}

ReplyProblem ReplyPages::check(const EntryCall& call, Draft& draft,
                               const OpenedMessage& message) const {
  if (call.request.too_large || bytes_of(call.request.files) > parts_.replies->most_bytes) {
    return ReplyProblem::too_large;
  }
  if (draft.text.size() > kReplyText) {
    return ReplyProblem::too_long;
  }
  if (draft.kind == ReplyKind::forward) {
    auto parsed = mail::Address::parse(draft.forward_to);
    if (!parsed || parsed->domain().find('.') == std::string::npos) {
      return ReplyProblem::address;
    }
    draft.to = {parsed->spelled()};
    return message.original()->size() > parts_.replies->most_bytes ? ReplyProblem::too_large
                                                                   : ReplyProblem::none;
  }
  draft.to = recipients_of(*call.visit.facts, draft.kind, message, parts_.replies->portal_address);
  return trim(draft.text).empty() && call.request.files.empty() ? ReplyProblem::empty
                                                                : ReplyProblem::none;
}

Response ReplyPages::take(EntryCall& call, const OpenedMessage& message) {
  Draft draft;
  draft.kind = *kind_of(call.what);
  draft.token = call.request.field(call.request.form, "reply");
  draft.text = typed_text(call.request.field(call.request.form, "text"));
  draft.forward_to = trim(call.request.field(call.request.form, "to"));
  draft.problem = check(call, draft, message);
  if (draft.problem != ReplyProblem::none) {
    return form(call, draft, message, draft.problem == ReplyProblem::too_large ? 413 : 400);
  }
  // One at a time for an entry, whichever portal they come to: of two taps, the second finds what
  // the first has sent.
  const auto claim = parts_.vault.claim(call.id, escrow::ClaimKind::replies);
  if (!claim) {
    log::fault(log::Level::error, "-", claim.error());
    draft.problem = ReplyProblem::not_sent;
    return form(call, draft, message, 503);
  }
  return send_held(call, draft, message);
}

Response ReplyPages::send_held(EntryCall& call, Draft& draft, const OpenedMessage& message) {
  ReplyStore& store = parts_.replies->store;
  auto before = store.load(call.id, draft.token);
  const auto known = store.count(call.id);
  if (!before || !known) {
    return unavailable(parts_, call.request, call.id, before ? known.error() : before.error());
  }
  if (*before && (*before)->stage != ReplyStage::sending) {
    return finish(call, std::move(**before));
  }
  if (!*before && *known >= kReplies) {
    draft.problem = ReplyProblem::too_many;
    return form(call, draft, message, 429);
  }
  SentReply reply{draft.token,
                  ReplyStage::sending,
                  parts_.replies->clock.now(),
                  draft.text,
                  draft.kind == ReplyKind::forward ? joined(draft.to) : std::string(),
                  sent_files(call.request.files)};
  if (Status saved = store.save(call.id, reply); !saved) {
    return unavailable(parts_, call.request, call.id, std::move(saved.error()));
  }
  auto mail = mail_of(call, draft, message);
  const Status sent = mail ? submit(draft, *mail) : fail(mail.error());
  if (sent) {
    reply.stage = ReplyStage::accepted;
    if (Status saved = store.save(call.id, reply); !saved) {
      return unavailable(parts_, call.request, call.id, std::move(saved.error()));
    }
    return finish(call, std::move(reply));
  }
  Fault fault = sent.error();
  log::fault(log::Level::error, "-", fault.with("entry", call.id.str()));
  if (fault.id != "smtp.in_doubt") {
    // It did not leave: nothing of it is kept. A fault here only leaves it as one in doubt.
    (void)store.remove(call.id, draft.token);
  }
  draft.problem = ReplyProblem::not_sent;
  return form(call, draft, message, 503);
}

Result<ReplyMail> ReplyPages::mail_of(const EntryCall& call, const Draft& draft,
                                      const OpenedMessage& message) const {
  ReplyMailFacts facts;
  facts.portal_address = parts_.replies->portal_address;
  facts.organisation_name = parts_.organisation_name;
  facts.author = call.visit.facts->recipient;
  facts.to = draft.to;
  facts.subject = message.subject();
  facts.subject_prefix = draft.kind == ReplyKind::forward ? "Fwd" : "Re";
  facts.thread = message.thread();
  // Of the token: the same when the same form is sent again, so that a copy in doubt and its
  // second can be told for one.
  facts.message_id = "<" + draft.token + "." + call.id.str().substr(0, 8) + "@" +
                     domain_of(parts_.replies->portal_address) + ">";
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

Status ReplyPages::submit(const Draft& draft, const ReplyMail& mail) {
  delivery::Outgoing outgoing;
  outgoing.reverse_path = "<" + parts_.replies->portal_address + ">";
  for (const std::string& address : draft.to) {
    outgoing.recipients.push_back({"<" + address + ">", {}});
  }
  outgoing.arguments = {"BODY=8BITMIME"};
  outgoing.headers = &mail.headers;
  outgoing.body = mail.body;
  return parts_.replies->submit(outgoing);
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
