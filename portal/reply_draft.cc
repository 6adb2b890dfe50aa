// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_draft.h"

#include <algorithm>

#include "base/encoding.h"
#include "mail/address.h"
#include "portal/file_name.h"

namespace phimilter::portal {
namespace {

std::string domain_of(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? "localhost" : address.substr(at + 1);
}

std::string_view code_of(const Fault& fault) {
  const auto found = std::ranges::find(
      fault.fields, "code", [](const auto& field) { return std::string_view(field.first); });
  return found == fault.fields.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

ReplyDraft draft_of(const Request& request, ReplyKind kind) {
  ReplyDraft draft;
  draft.kind = kind;
  draft.token = request.field(request.form, "reply");
  draft.text = typed_text(request.field(request.form, "text"));
  draft.forward_to = trim(request.field(request.form, "to"));
  return draft;
}

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
    // One more than may be says that there are too many.
    if (all.size() > kReplyRecipients) {
      break;
    }
    auto parsed = mail::Address::parse(other);
    if (parsed && std::ranges::find(seen, parsed->key()) == seen.end()) {
      seen.push_back(parsed->key());
      all.push_back(parsed->spelled());
    }
  }
  return all;
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string out;
  for (const std::string& address : addresses) {
    out += (out.empty() ? "" : ", ") + address;
  }
  return out;
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

std::string message_id_of(const ReplyDraft& draft, const std::vector<UploadedFile>& files,
                          const EscrowId& id, const std::string& portal_address) {
  std::string content = "phimilter reply 1";
  const auto add = [&content](std::string_view part) {
    content += ' ' + std::to_string(part.size()) + ':' + std::string(part);
  };
  add(path_of(draft.kind));
  for (const std::string& address : draft.to) {
    add(address);
  }
  add(draft.text);
  for (const UploadedFile& file : files) {
    add(file.name);
    add(file.type);
    add(hex(sha256(file.bytes)));
  }
  return "<" + draft.token + "." + hex(sha256(content)).substr(0, 16) + "." +
         id.str().substr(0, 8) + "@" + domain_of(portal_address) + ">";
}

ReplyProblem problem_of(const Fault& fault, ReplyKind kind) {
  if (fault.id == "smtp.in_doubt") {
    return ReplyProblem::in_doubt;
  }
  const std::string_view code = code_of(fault);
  if (!code.starts_with('5')) {
    return ReplyProblem::not_sent;
  }
  if (fault.id == "smtp.refused") {
    return code == "552" ? ReplyProblem::mail_too_large : ReplyProblem::refused;
  }
  return kind == ReplyKind::forward ? ReplyProblem::address : ReplyProblem::refused;
}

int status_of(ReplyProblem problem) {
  switch (problem) {
    case ReplyProblem::none:
      return 200;
    case ReplyProblem::empty:
    case ReplyProblem::too_long:
    case ReplyProblem::address:
      return 400;
    case ReplyProblem::too_large:
    case ReplyProblem::mail_too_large:
      return 413;
    case ReplyProblem::under_way:
      return 409;
    case ReplyProblem::refused:
      return 422;
    case ReplyProblem::too_many:
      return 429;
    case ReplyProblem::not_sent:
    case ReplyProblem::in_doubt:
      break;
  }
  return 503;
}

}  // namespace phimilter::portal
