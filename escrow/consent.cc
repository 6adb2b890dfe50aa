// SPDX-License-Identifier: Apache-2.0
//
// What a consent on file is worth, and what one may look like.
#include <algorithm>

#include "base/clock.h"
#include "escrow/recipients.h"

namespace phimilter::escrow {

namespace {

constexpr std::size_t kLongestVersion = 64;

}  // namespace

Consent consent_on(const RecipientEntry& entry, std::string_view day) {
  // ISO days are in the order of their letters.
  if (entry.consent_date.empty() || entry.consent_date > day) {
    return Consent::none;
  }
  return entry.consent_expires.empty() || day <= entry.consent_expires ? Consent::given
                                                                       : Consent::expired;
}

std::string_view to_string(Consent consent) {
  switch (consent) {
    case Consent::none:
      return "none";
    case Consent::given:
      return "given";
    case Consent::expired:
      return "expired";
  }
  return "none";
}

std::string consent_text(const RecipientEntry& entry) {
  if (entry.consent_date.empty()) {
    return {};
  }
  return entry.consent_date +
         (entry.consent_version.empty() ? "" : ", text " + entry.consent_version) +
         (entry.consent_expires.empty() ? "" : ", until " + entry.consent_expires);
}

// The day itself decides: 2026-02-30 reads like a date and is none.
std::string wrong_day(std::string_view text) {
  const bool good =
      text.size() == 10 && parse_rfc3339(std::string(text) + "T00:00:00Z").has_value();
  return good ? "" : "not a date, YYYY-MM-DD";
}

std::string wrong_version(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(),
                                     [](char c) { return c >= ' ' && c < 0x7f && c != ';'; });
  return printable && text.size() <= kLongestVersion
             ? ""
             : "at most " + std::to_string(kLongestVersion) +
                   " printable ASCII characters, without semicolon";
}

std::string wrong_consent(const RecipientEntry& entry) {
  if (entry.consent_date.empty() &&
      !(entry.consent_version.empty() && entry.consent_expires.empty())) {
    return "consent_date is missing, while consent_version or consent_expires is there";
  }
  if (!entry.consent_expires.empty() && entry.consent_expires < entry.consent_date) {
    return "consent_expires lies before consent_date";
  }
  return {};
}

}  // namespace phimilter::escrow
