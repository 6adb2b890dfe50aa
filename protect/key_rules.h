// SPDX-License-Identifier: Apache-2.0
//
// What the settings say of keys: which sources are trusted for whom, and which domains have a key
// of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "mail/address.h"

namespace phimilter::protect {

inline constexpr std::string_view kWkd = "wkd";
inline constexpr std::string_view kLdap = "ldap";
inline constexpr std::string_view kLearned = "learned";      // from a signature
inline constexpr std::string_view kAutocrypt = "autocrypt";  // from a header field
inline constexpr std::string_view kImported = "import";

// Anybody who writes a mail brings such keys.
constexpr bool comes_unasked(std::string_view source) {
  return source == kLearned || source == kAutocrypt;
}

class KeyRules {
 public:
  // keys.trust: "wkd", "learned:hospital.example", "ldap:.hospital.example". keys.partners:
  // "hospital.example:FINGERPRINT", ".hospital.example:FINGERPRINT". Configuration fault: not such
  // a text, or a source that is none.
  static Result<KeyRules> parse(const std::vector<std::string>& trust,
                                const std::vector<std::string>& partners);

  bool trusts(std::string_view source, const mail::Address& owner) const;
  // The keys of the gateway that reads for the recipient's domain; more than one: a certificate and
  // an OpenPGP key, which differ in length.
  std::vector<FingerprintId> partner_keys(const mail::Address& recipient) const;

 private:
  std::vector<std::pair<std::string, std::string>> trust_;  // source, domain; empty: every domain
  std::vector<std::pair<std::string, FingerprintId>> partners_;
};

}  // namespace phimilter::protect
