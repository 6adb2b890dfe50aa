// SPDX-License-Identifier: Apache-2.0
#include "portal/reply_mail.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"
#include "mail/mime_writer.h"
#include "portal/file_name.h"

namespace phimilter::portal {
namespace {

// Only a type that is nothing but tokens (RFC 2045 5.1), and none that needs parameters or parts.
std::string upload_type(std::string_view type) {
  constexpr std::string_view kToken = "abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/";
  const bool token = !type.empty() && type.size() < 100 &&
                     type.find_first_not_of(kToken) == std::string_view::npos &&
                     std::ranges::count(type, '/') == 1 && type.front() != '/' &&
                     type.back() != '/' && !type.starts_with("multipart/") &&
                     !type.starts_with("message/");
  return token ? std::string(type) : "application/octet-stream";
}

// A phrase (RFC 5322 3.2.5) as a quoted string; what is not ASCII becomes encoded-words.
std::string display_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool odd = static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';
    plain += odd ? ' ' : c;
  }
  const bool ascii = std::ranges::all_of(plain, [](char c) { return (c & 0x80) == 0; });
  return ascii ? "\"" + plain + "\"" : mail::unfolded(mail::text_field("From", plain).value);
}

std::string subject_of(const ReplyMailFacts& facts) {
  const bool has_prefix =
      ascii_iequal(std::string_view(facts.subject).substr(0, facts.subject_prefix.size() + 1),
                   facts.subject_prefix + ":");
  return has_prefix ? facts.subject : facts.subject_prefix + ": " + facts.subject;
}

void append_thread(mail::HeaderList& headers, const ThreadFields& thread) {
  if (thread.message_id.empty()) {
    return;
  }
  const auto put = [&headers](std::string name, const std::string& value) {
    const mail::HeaderField field = mail::structured_field(std::move(name), value);
    headers.append(field.name, field.value);
  };
  put("In-Reply-To", thread.message_id);
  put("References",
      thread.references.empty() ? thread.message_id : thread.references + " " + thread.message_id);
}

mail::HeaderList text_headers() {
  mail::HeaderList headers;
  headers.append("Content-Type", " text/plain; charset=utf-8");
  headers.append("Content-Transfer-Encoding", " quoted-printable");
  return headers;
}

mail::HeaderList file_headers(const UploadedFile& file, std::size_t number) {
  std::string name = harmless_file_name(file.name);
  if (name.empty()) {
    name = "file-" + std::to_string(number);
  }
  mail::HeaderList headers;
  const mail::HeaderField type = mail::structured_field("Content-Type", upload_type(file.type));
  headers.append(type.name, type.value);
  headers.append("Content-Transfer-Encoding", " base64");
  const mail::HeaderField disposition = mail::structured_field(
      "Content-Disposition", "attachment; " + mail::parameter("filename", name));
  headers.append(disposition.name, disposition.value);
  return headers;
}

// Memory takes every byte: the sinks here cannot fail.
void done(const Status& status) {
  require(status.has_value(), "writing to memory");
}

std::string multipart(const ReplyMailFacts& facts, const std::vector<UploadedFile>& files,
                      std::string_view original, const std::string& boundary) {
  mail::StringSink out;
  mail::MultipartWriter parts(out, boundary);
  done(parts.begin_part(text_headers()));
  done(out.write(mail::quoted_printable(facts.text)));
  for (std::size_t i = 0; i < files.size(); ++i) {
    done(parts.begin_part(file_headers(files[i], i + 1)));
    mail::Base64Writer base64(out);
    done(base64.write(files[i].bytes));
    done(base64.finish());
  }
  if (!original.empty()) {
    mail::HeaderList headers;
    headers.append("Content-Type", " message/rfc822");
    headers.append("Content-Disposition", " attachment; filename=\"message.eml\"");
    done(parts.begin_part(headers));
    done(out.write(original));
  }
  done(parts.finish());
  return std::move(out.text);
}

}  // namespace

ReplyMail reply_mail(const ReplyMailFacts& facts, const std::vector<UploadedFile>& files,
                     std::string_view original) {
  ReplyMail mail;
  const auto put = [&mail](const mail::HeaderField& field) {
    mail.headers.append(field.name, field.value);
  };
  put(mail::structured_field(
      "From", display_name(facts.author + " (" + facts.organisation_name + ")") + " <" +
                  facts.portal_address + ">"));
  put(mail::structured_field("Reply-To", "<" + facts.author + ">"));
  std::string to;
  for (const std::string& address : facts.to) {
    to += (to.empty() ? "<" : ", <") + address + ">";
  }
  put(mail::structured_field("To", to));
  put(mail::text_field("Subject", subject_of(facts)));
  put(mail::structured_field("Date", rfc5322_date(facts.now)));
  put(mail::structured_field("Message-ID", facts.message_id));
  append_thread(mail.headers, facts.thread);
  mail.headers.append("MIME-Version", " 1.0");
  if (files.empty() && original.empty()) {
    const mail::HeaderList text = text_headers();
    for (const mail::HeaderField& field : text.fields()) {
      put(field);
    }
    mail.body = mail::quoted_printable(facts.text);
    return mail;
  }
  const std::string boundary = mail::fresh_boundary(original);
  put(mail::structured_field("Content-Type",
                             "multipart/mixed; " + mail::parameter("boundary", boundary)));
  mail.body = multipart(facts, files, original, boundary);
  return mail;
}

}  // namespace phimilter::portal
