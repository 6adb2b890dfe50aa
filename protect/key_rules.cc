// SPDX-License-Identifier: Apache-2.0
#include "protect/key_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "protect/a_labels.h"

namespace phimilter::protect {
namespace {

constexpr std::array kSources = {kWkd, kLdap, kLearned, kAutocrypt};

bool good_domain(std::string_view domain) {
  return !domain.empty() && domain != "." && domain.find_first_of(" \t@:/") == std::string::npos;
}

Fault wrong(std::string what, const std::string& value) {
  return configuration_fault("keys.settings", std::move(what)).with("value", value);
}

}  // namespace

Result<KeyRules> KeyRules::parse(const std::vector<std::string>& trust,
                                 const std::vector<std::string>& partners) {
  KeyRules rules;
  for (const std::string& entry : trust) {
    const auto colon = entry.find(':');
    const std::string source = entry.substr(0, colon);
    const std::string domain = colon == std::string::npos ? "" : entry.substr(colon + 1);
    if (std::find(kSources.begin(), kSources.end(), source) == kSources.end() ||
        (colon != std::string::npos && !good_domain(domain))) {
      return fail(
          wrong("keys.trust wants wkd, ldap, learned or autocrypt, or one of them with a "
                "colon and a domain",
                entry));
    }
    rules.trust_.emplace_back(source, a_labels(domain));
  }
  for (const std::string& entry : partners) {
    const auto colon = entry.find(':');
    const std::string domain = entry.substr(0, colon);
    const auto fingerprint = colon == std::string::npos
                                 ? std::nullopt
                                 : FingerprintId::parse(ascii_lower(entry.substr(colon + 1)));
    if (!good_domain(domain) || !fingerprint) {
      return fail(
          wrong("keys.partners wants a domain, a colon and the fingerprint of a key (40 hex "
                "digits) or certificate (64)",
                entry));
    }
    rules.partners_.emplace_back(a_labels(domain), *fingerprint);
  }
  return rules;
}

bool KeyRules::trusts(std::string_view source, const mail::Address& owner) const {
  return std::any_of(trust_.begin(), trust_.end(), [&](const auto& entry) {
    return entry.first == source &&
           (entry.second.empty() || mail::domain_listed(a_labels(owner.domain()), {entry.second}));
  });
}

std::vector<FingerprintId> KeyRules::partner_keys(const mail::Address& recipient) const {
  std::vector<FingerprintId> keys;
  for (const auto& [domain, fingerprint] : partners_) {
    if (mail::domain_listed(a_labels(recipient.domain()), {domain})) {
      keys.push_back(fingerprint);
    }
  }
  return keys;
}

}  // namespace phimilter::protect
