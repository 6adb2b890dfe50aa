// SPDX-License-Identifier: Apache-2.0
#include "protect/exposure_check.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/limits.h"
#include "protect/clear_parts.h"
#include "protect/found_text.h"
#include "protect/header_protection.h"
#include "protect/openpgp_armor.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kPiece = 64 * limits::kKiB;

Fault form_fault(std::string what) {
  return bug_fault("protect.form", "the protected message is not of its form: " + what);
}

Fault exposed_fault() {
  return bug_fault("protect.exposed",
                   "something that identifies a person stands in the clear part of a protected "
                   "message; it is not sent");
}

class NullSink final : public mail::ByteSink {
 public:
  Status write(std::string_view /*bytes*/) override { return {}; }
};

// Fields that hold addresses, msg-ids, hops or a time, and nothing else: see header_protection.
bool has_a_form(std::string_view lower_name) {
  constexpr std::array<std::string_view, 12> kNames = {
      "from",        "sender",     "reply-to",   "to",          "cc",   "received",
      "return-path", "message-id", "references", "in-reply-to", "date", "delivered-to"};
  return lower_name.starts_with("resent-") ||
         std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end();
}

bool holds_addresses(std::string_view lower_name) {
  constexpr std::array<std::string_view, 9> kNames = {
      "from",        "sender",        "reply-to",  "to",       "cc",
      "resent-from", "resent-sender", "resent-to", "resent-cc"};
  return std::find(kNames.begin(), kNames.end(), lower_name) != kNames.end();
}

// As it was captured, or without what stood beside the addresses.
bool is_as_captured(const mail::HeaderField& field, const mail::HeaderList& captured) {
  const auto originals = captured.all(field.name);
  return std::any_of(originals.begin(), originals.end(), [&](const auto* original) {
    return original->value == field.value || (holds_addresses(ascii_lower(field.name)) &&
                                              addresses_alone(original->value) == field.value);
  });
}

// What of such a field an identifier may not stand in.
std::string looked_at(std::string_view lower_name, const std::string& value) {
  if (lower_name.ends_with("message-id") || lower_name == "references" ||
      lower_name == "in-reply-to") {
    return mail::unfolded(value);
  }
  return {};
}

void blank_out(std::string& text, const std::string& what) {
  if (what.empty()) {
    return;
  }
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), "\n");
  }
}

Status check_headers(const mail::HeaderList& headers, const mail::CapturedMessage& captured,
                     ProtectedForm form, std::string& clear) {
  for (const auto& field : headers.fields()) {
    const std::string name = ascii_lower(field.name);
    if (name.starts_with("x-phi-") || name == "bcc" || name == "resent-bcc") {
      return fail(form_fault("a field that must never leave"));
    }
    if (!has_a_form(name)) {
      clear += mail::unfolded(field.value) + "\n";
      continue;
    }
    clear += looked_at(name, field.value) + "\n";
    const bool as_captured = is_as_captured(field, captured.headers);
    const bool made_anew = name.ends_with("message-id") || name == "received" ||
                           (name == "to" && form == ProtectedForm::notice);
    if (!as_captured && !made_anew) {
      return fail(
          form_fault("an address or trace field that was not captured").with("field", name));
    }
  }
  if (headers.count("Subject") != 1 || headers.count("MIME-Version") != 1) {
    return fail(form_fault("not one Subject and one MIME-Version"));
  }
  if (form != ProtectedForm::notice && mail::unfolded(headers.first("Subject")->value) != "[...]") {
    return fail(form_fault("the subject stands outside"));
  }
  return {};
}

Status check_pgp(std::string_view body, const WrittenType& type, std::string& clear) {
  const auto parts = written_parts(body, type.parameter("boundary"));
  const bool right = type.media_type == "multipart/encrypted" &&
                     type.parameter("protocol") == "application/pgp-encrypted" && parts &&
                     parts->size() == 2 && (*parts)[0].content == "Version: 1\r\n";
  if (!right) {
    return fail(form_fault("not PGP/MIME"));
  }
  clear += std::string((*parts)[0].headers) + std::string((*parts)[1].headers);
  NullSink nowhere;
  ArmorReader armor(nowhere);
  std::string_view content = (*parts)[1].content;
  while (!content.empty()) {
    const std::string_view piece = content.substr(0, kPiece);
    if (auto read = armor.write(piece); !read) {
      return read;
    }
    content.remove_prefix(piece.size());
  }
  if (auto finished = armor.finish(); !finished) {
    return fail(finished);
  }
  return {};
}

bool is_base64_lines(std::string_view body) {
  while (!body.empty()) {
    const auto end = body.find("\r\n");
    if (end == std::string_view::npos || end == 0 || end > limits::kOutputLine || end % 4 != 0) {
      return false;
    }
    body.remove_prefix(end + 2);
  }
  return true;
}

Status check_smime(std::string_view body, const WrittenType& type) {
  // ContentInfo's SEQUENCE is written with indefinite length, its contentType follows (RFC 5652 3,
  // RFC 5083 2.1).
  constexpr std::string_view kEnveloped = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
  constexpr std::string_view kAuthEnveloped =
      "\x30\x80\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";
  const std::string_view expected =
      type.parameter("smime-type") == "authEnveloped-data" ? kAuthEnveloped : kEnveloped;
  const auto first = unbase64(body.substr(0, body.find("\r\n")));
  if (type.media_type != "application/pkcs7-mime" || !first || !is_base64_lines(body) ||
      !as_text(*first).starts_with(expected)) {
    return fail(form_fault("not an encrypted S/MIME entity"));
  }
  return {};
}

Status check_notice(std::string_view body, const WrittenType& type, std::string& clear) {
  const auto parts = written_parts(body, type.parameter("boundary"));
  if (type.media_type != "multipart/alternative" || !parts || parts->size() != 2) {
    return fail(form_fault("not a notice"));
  }
  clear += decoded_quoted_printable((*parts)[0].content) + "\n";
  clear += html_text_and_links(decoded_quoted_printable((*parts)[1].content)) + "\n";
  for (const auto& part : *parts) {
    clear += part.headers;
  }
  return {};
}

Status check_form(std::string_view body, const WrittenType& type, ProtectedForm form,
                  std::string& clear) {
  switch (form) {
    case ProtectedForm::pgp:
      return check_pgp(body, type, clear);
    case ProtectedForm::smime:
      return check_smime(body, type);
    case ProtectedForm::notice:
      return check_notice(body, type, clear);
  }
  return fail(form_fault("unknown form"));
}

Status check_identifiers(std::string clear, const mail::HeaderList& headers,
                         const ExposureQuestion& question) {
  clear = ascii_lower(clear);
  auto own = question.own_texts;
  // The longest first: a sentence goes whole before the name inside it does.
  std::sort(own.begin(), own.end(),
            [](const auto& a, const auto& b) { return a.size() > b.size(); });
  for (const auto& text : own) {
    blank_out(clear, ascii_lower(text));
  }
  const std::vector<std::string> identifiers(question.identifiers.begin(),
                                             question.identifiers.end());
  for (const auto& field : headers.fields()) {
    const std::string name = ascii_lower(field.name);
    const bool trace = name == "received" || name == "return-path";
    if ((holds_addresses(name) && names_a_number(field.value, identifiers)) ||
        (trace && any_stands_in(beside_time(field.value), identifiers, true))) {
      return fail(exposed_fault());
    }
  }
  for (const std::string_view identifier : question.identifiers) {
    if (stands_in(clear, identifier)) {
      return fail(exposed_fault());
    }
  }
  return {};
}

}  // namespace

Status check_exposure(const ProtectedMessage& message, const mail::CapturedMessage& captured,
                      const ExposureQuestion& question) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  const auto type = content_type(message.headers);
  if (!type) {
    return fail(form_fault("no readable Content-Type"));
  }
  std::string clear;
  if (auto checked = check_headers(message.headers, captured, question.form, clear); !checked) {
    return checked;
  }
  if (auto checked = check_form(*body, *type, question.form, clear); !checked) {
    return checked;
  }
  // Random text of ours, in which a short number could stand by chance.
  blank_out(clear, type->parameter("boundary"));
  return check_identifiers(std::move(clear), message.headers, question);
}

}  // namespace phimilter::protect
