// SPDX-License-Identifier: Apache-2.0
#include "protect/header_protection.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "mail/mime_writer.h"
#include "protect/found_text.h"

namespace phimilter::protect {
namespace {

enum class Place {
  addresses,   // exposed as it is, and protected inside
  trace,       // outside only: the MTAs' business
  message_id,  // both, when it is nothing but a msg-id; inside only else
  threading,   // both, when it is nothing but msg-ids; inside only else
  date,        // both, when it reads like a date; inside only else
  automatic,   // both, the keyword alone outside (RFC 3834 5)
  keyword,     // both, when it is one of few words; inside only else
  inside,      // inside only
  entity,      // belongs to the MIME entity
  nowhere,     // never leaves
};

struct Rule {
  std::string_view name;
  Place place;
};

constexpr std::array kRules = {
    Rule{"received", Place::trace},
    Rule{"return-path", Place::trace},
    Rule{"from", Place::addresses},
    Rule{"sender", Place::addresses},
    Rule{"reply-to", Place::addresses},
    Rule{"to", Place::addresses},
    Rule{"cc", Place::addresses},
    Rule{"bcc", Place::nowhere},
    Rule{"resent-bcc", Place::nowhere},
    Rule{"resent-from", Place::addresses},
    Rule{"resent-sender", Place::addresses},
    Rule{"resent-to", Place::addresses},
    Rule{"resent-cc", Place::addresses},
    Rule{"resent-date", Place::date},
    Rule{"resent-message-id", Place::message_id},
    Rule{"date", Place::date},
    Rule{"message-id", Place::message_id},
    Rule{"references", Place::threading},
    Rule{"in-reply-to", Place::threading},
    Rule{"auto-submitted", Place::automatic},
    Rule{"precedence", Place::keyword},
    Rule{"importance", Place::keyword},
    Rule{"priority", Place::keyword},
    Rule{"x-priority", Place::keyword},
    Rule{"x-auto-response-suppress", Place::keyword},
    Rule{"mime-version", Place::nowhere},  // the outer one is written anew
    Rule{"hp-outer", Place::nowhere},  // ours say what we exposed; a sender's would say otherwise
};

Place place_of(std::string_view lower_name) {
  if (lower_name.starts_with("x-phi-")) {
    return Place::nowhere;
  }
  if (lower_name.starts_with("content-")) {
    return Place::entity;
  }
  const auto* rule = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const Rule& each) { return each.name == lower_name; });
  return rule == kRules.end() ? Place::inside : rule->place;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Only `<id@domain>`s and white space: a comment or a phrase in such a field is free text, and free
// text can be PHI.
std::size_t count_message_ids(std::string_view value) {
  constexpr std::size_t kNotOnlyIds = 0;
  std::size_t count = 0;
  std::size_t at = 0;
  while (at < value.size()) {
    if (is_blank(value[at])) {
      ++at;
      continue;
    }
    const auto end = value.find('>', at);
    if (value[at] != '<' || end == std::string_view::npos) {
      return kNotOnlyIds;
    }
    const std::string_view id = value.substr(at + 1, end - at - 1);
    const bool plain =
        std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f && c != '<'; });
    if (!plain || std::count(id.begin(), id.end(), '@') != 1) {
      return kNotOnlyIds;
    }
    ++count;
    at = end + 1;
  }
  return count;
}

// "Sat, 21 Nov 2026 21:08:33 +0000 (UTC)": the longest word of a date is a day or zone name.
bool reads_like_date(std::string_view value) {
  std::size_t word = 0;
  for (const char c : trim(value)) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    word = letter ? word + 1 : 0;
    const bool allowed = letter || (c >= '0' && c <= '9') ||
                         std::string_view(",:+-() \t\r\n").find(c) != std::string_view::npos;
    if (!allowed || word > 4) {
      return false;
    }
  }
  return trim(value).size() <= 60;
}

// What these fields are made for: how urgent it is, and that no machine should answer. Anything
// else in them is free text.
bool is_keyword(std::string_view value) {
  constexpr std::array<std::string_view, 25> kWords = {
      "bulk",        "list",     "junk",       "auto_reply", "normal", "urgent", "non-urgent",
      "high",        "low",      "1",          "2",          "3",      "4",      "5",
      "all",         "none",     "oof",        "autoreply",  "dr",     "rn",     "nrn",
      "1 (highest)", "2 (high)", "3 (normal)", "5 (lowest)"};
  const auto pieces = split(value, ',');
  return std::all_of(pieces.begin(), pieces.end(), [&](std::string_view piece) {
    const std::string word = ascii_lower(trim(piece));
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  });
}

// A msg-id of the same message each time, that tells nothing of the one it stands for.
std::string derived_message_id(const std::string& value) {
  const std::string digest = hex(sha256("phimilter message-id " + value));
  return " <" + digest.substr(0, 40) + "@withheld.invalid>";
}

// nullopt: the field does not stand outside.
std::optional<std::string> outer_value(Place place, const std::string& value,
                                       std::span<const std::string> identifiers) {
  switch (place) {
    case Place::trace:
      return any_stands_in(beside_time(value), identifiers, true) ? std::nullopt
                                                                  : std::optional(value);
    case Place::addresses:
      return names_a_number(value, identifiers) ? addresses_alone(value) : value;
    case Place::message_id:
      return count_message_ids(value) != 1       ? std::nullopt
             : any_stands_in(value, identifiers) ? std::optional(derived_message_id(value))
                                                 : std::optional(value);
    case Place::threading:
      return count_message_ids(value) > 0 && !any_stands_in(value, identifiers)
                 ? std::optional(value)
                 : std::nullopt;
    case Place::date:
      return reads_like_date(value) ? std::optional(value) : std::nullopt;
    case Place::keyword:
      return is_keyword(value) ? std::optional(value) : std::nullopt;
    case Place::automatic: {
      for (const std::string_view keyword : {"no", "auto-generated", "auto-replied"}) {
        if (ascii_iequal(trim(std::string_view(value).substr(0, value.find(';'))), keyword)) {
          return " " + std::string(keyword);
        }
      }
      return std::nullopt;
    }
    case Place::inside:
    case Place::entity:
    case Place::nowhere:
      break;
  }
  return std::nullopt;
}

bool protected_inside(Place place) {
  return place != Place::trace && place != Place::entity && place != Place::nowhere;
}

mail::HeaderList entity_headers(const mail::HeaderList& captured) {
  mail::HeaderList entity;
  for (const auto& field : captured.fields()) {
    if (place_of(ascii_lower(field.name)) == Place::entity) {
      entity.append(field.name, field.value);
    }
  }
  return entity;
}

// A composite type declares at least the encoding of what it carries (RFC 2045 6.4).
std::optional<std::string> composite_encoding(const mail::HeaderList& entity) {
  const auto* field = entity.first("Content-Transfer-Encoding");
  if (field == nullptr) {
    return std::nullopt;
  }
  for (const std::string_view encoding : {"8bit", "binary"}) {
    if (ascii_iequal(trim(field->value), encoding)) {
      return std::string(encoding);
    }
  }
  return std::nullopt;
}

}  // namespace

namespace {

// One for all, also where the sender gave none or several: the outside says nothing about the
// subject.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kAlwaysOutside = {
    {{"Subject", " [...]"}, {"MIME-Version", " 1.0"}}};

// In the sender's place where there is one: the MTA is told a change, and not a removal and an
// addition, which cost it more.
void append_once(std::string_view name, mail::HeaderList& outer) {
  for (const auto& [always, value] : kAlwaysOutside) {
    if (ascii_iequal(name, always) && outer.first(always) == nullptr) {
      outer.append(std::string(always), std::string(value));
    }
  }
}

}  // namespace

bool names_a_number(std::string_view value, std::span<const std::string> identifiers) {
  if (std::none_of(identifiers.begin(), identifiers.end(),
                   [](const std::string& each) { return has_digit(each); })) {
    return false;
  }
  std::string beside = mail::unfolded(value);
  std::string names;
  for (const auto& mailbox : mail::mailboxes(value)) {
    const std::string& spelled = mailbox.address.spelled();
    if (const auto at = beside.find(spelled); at != std::string::npos) {
      beside.replace(at, spelled.size(), "\n");
    }
    names += "\n" + mailbox.display_name;
  }
  const std::string decoded = mail::with_words_decoded(beside);
  return decoded.find("=?") != std::string::npos ||
         any_stands_in(beside + "\n" + decoded + names, identifiers, true);
}

std::string_view beside_time(std::string_view trace) {
  return trace.substr(0, trace.rfind(';'));
}

std::string addresses_alone(std::string_view value) {
  std::string out;
  for (const auto& mailbox : mail::mailboxes(value)) {
    out += (out.empty() ? " <" : ",\r\n <") + mailbox.address.spelled() + ">";
  }
  return out.empty() ? " undisclosed-recipients:;" : out;
}

ProtectionHeaders protect_headers(const mail::HeaderList& captured,
                                  std::span<const std::string> identifiers) {
  ProtectionHeaders result;
  std::vector<mail::HeaderField> exposed;
  for (const auto& field : captured.fields()) {
    append_once(field.name, result.outer);
    const Place place = place_of(ascii_lower(field.name));
    const auto outside = outer_value(place, field.value, identifiers);
    if (outside) {
      result.outer.append(field.name, *outside);
    }
    if (protected_inside(place)) {
      result.inner.append(field.name, field.value);
      if (outside) {
        exposed.push_back({field.name, *outside});
      }
    }
  }
  for (const auto& [name, value] : kAlwaysOutside) {
    append_once(name, result.outer);
  }
  exposed.push_back({"Subject", " [...]"});
  for (const auto& field : exposed) {
    result.inner.append("HP-Outer", " " + field.name + ":" + field.value);
  }
  return result;
}

Status write_payload(const mail::CapturedMessage& message, const mail::HeaderList& inner,
                     mail::ByteSink& out) {
  const auto body = message.body.view();
  if (!body) {
    return fail(body.error());
  }
  const mail::HeaderList entity = entity_headers(message.headers);
  mail::MultipartWriter writer(out, mail::fresh_boundary(*body));
  mail::HeaderList payload;
  payload.append("Content-Type", " multipart/mixed; boundary=\"" + writer.boundary() +
                                     "\";\r\n hp=\"cipher\"; protected-headers=\"v1\"");
  if (const auto encoding = composite_encoding(entity)) {
    payload.append("Content-Transfer-Encoding", " " + *encoding);
  }
  for (const auto& field : inner.fields()) {
    payload.append(field.name, field.value);
  }
  for (const std::string& text : {payload.text(), std::string("\r\n")}) {
    if (auto written = out.write(text); !written) {
      return written;
    }
  }
  if (auto begun = writer.begin_part(entity); !begun) {
    return begun;
  }
  if (auto written = out.write(*body); !written) {
    return written;
  }
  return writer.finish();
}

}  // namespace phimilter::protect
