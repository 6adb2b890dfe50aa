// SPDX-License-Identifier: Apache-2.0
#include "delivery/submission.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::delivery {

namespace {

std::string hash_text(std::initializer_list<std::string_view> fields) {
  Sha256Stream stream;
  for (const std::string_view field : fields) {
    stream.add_field(field);
  }
  return hex(stream.finish());
}

bool fits(std::string_view name, std::string_view pattern) {
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return ascii_iequal(name.substr(0, pattern.size()), pattern);
  }
  return ascii_iequal(name, pattern);
}

// Written by a relay or a filter on the way, with the time or a new signature in it.
bool by_the_way(std::string_view name, std::span<const std::string> more) {
  static constexpr std::string_view kKnown[] = {
      "Received",       "Received-SPF", "Return-Path",         "Authentication-Results",
      "DKIM-Signature", "DKIM-Filter",  "DomainKey-Signature", "ARC-*",
      "X-Spam-*",       "X-Virus-*",    "X-Amavis-*",          "X-Rspamd-*",
      "X-Greylist*"};
  const auto fits_name = [name](std::string_view pattern) { return fits(name, pattern); };
  return std::any_of(std::begin(kKnown), std::end(kKnown), fits_name) ||
         std::any_of(more.begin(), more.end(), fits_name);
}

// Postfix adds what is missing behind all other fields: Message-Id, Date, From, To, in this order.
bool date_may_be_by_mta(const std::vector<mail::HeaderField>& fields, std::size_t index,
                        std::span<const std::string> more) {
  return std::all_of(fields.begin() + static_cast<std::ptrdiff_t>(index) + 1, fields.end(),
                     [more](const mail::HeaderField& field) {
                       return ascii_iequal(field.name, "From") || ascii_iequal(field.name, "To") ||
                              by_the_way(field.name, more);
                     });
}

bool changes_with_each_try(const mail::HeaderList& headers, std::size_t index,
                           std::string_view queue_id, std::span<const std::string> more) {
  const std::string& name = headers.fields()[index].name;
  if (by_the_way(name, more)) {
    return true;
  }
  if (ascii_iequal(name, "Message-ID")) {
    return message_id_by_mta(headers, queue_id);
  }
  return ascii_iequal(name, "Date") && date_may_be_by_mta(headers.fields(), index, more);
}

std::string id_domain(std::string_view domain) {
  return domain.empty() ? "localhost" : std::string(domain);
}

}  // namespace

bool message_id_by_mta(const mail::HeaderList& headers, std::string_view queue_id) {
  const mail::HeaderField* field = headers.first("Message-ID");
  if (field == nullptr || queue_id.size() < 5) {
    return false;
  }
  const std::string_view value = field->value;
  return value.substr(0, value.find('@')).find(queue_id) != std::string_view::npos;
}

bool names_itself(const mail::HeaderList& headers, std::string_view queue_id) {
  return headers.first("Message-ID") != nullptr && !message_id_by_mta(headers, queue_id);
}

Result<DigestId> submission_digest(const mail::CapturedMessage& message,
                                   std::span<const std::string> more_volatile) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  Sha256Stream stream;
  stream.add_field("phimilter submission 1");
  stream.add_field(message.envelope.reverse_path ? message.envelope.reverse_path->key() : "");
  const auto& fields = message.headers.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!changes_with_each_try(message.headers, i, message.queue_id, more_volatile)) {
      stream.add_field(fields[i].name);
      stream.add_field(fields[i].value);
    }
  }
  stream.add_field("");
  stream.add(as_bytes(*body));
  return *DigestId::parse(hex(stream.finish()));
}

TokenId recipient_token(const DigestId& digest, std::string_view instance,
                        std::string_view address_key) {
  return *TokenId::parse(hash_text({"phimilter token 1", digest.str(), instance, address_key}));
}

std::string derived_message_id(const DigestId& digest, std::string_view instance,
                               std::string_view domain) {
  const std::string name = hash_text({"phimilter message-id 1", digest.str(), instance});
  return '<' + name.substr(0, 40) + '@' + id_domain(domain) + '>';
}

std::string derived_message_id(const TokenId& token, std::string_view domain) {
  const std::string name = hash_text({"phimilter message-id 1", token.str()});
  return '<' + name.substr(0, 40) + '@' + id_domain(domain) + '>';
}

}  // namespace phimilter::delivery
