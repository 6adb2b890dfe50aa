// SPDX-License-Identifier: Apache-2.0
#include "policy/exemptions.h"

#include <algorithm>

#include "policy/validators.h"

namespace phimilter::policy {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// ISO dates are in the order of their letters. A message without a day is exempt from nothing.
bool holds(const Exemption& exemption, const MessageContext& context) {
  return !context.today.empty() && context.today <= exemption.expires &&
         sender_fits(exemption.when, context.sender, context.sender_domain, context.login,
                     context.size);
}

bool names_recipients(const Exemption& exemption) {
  return !exemption.recipients.empty() || !exemption.recipient_domains.empty();
}

bool names(const Exemption& exemption, const mail::Address& recipient) {
  return contains(exemption.recipients, recipient.key()) ||
         (!exemption.recipient_domains.empty() &&
          mail::domain_listed(recipient.domain(), exemption.recipient_domains));
}

}  // namespace

std::string exempt_value(std::string_view normalised) {
  std::string out;
  for (const char c : normalised) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
        static_cast<unsigned char>(c) >= 0x80) {
      out.push_back(capital ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  return out;
}

const Exemption* exemption_of_value(const std::vector<Exemption>& exemptions,
                                    std::string_view detector, std::string_view value,
                                    const MessageContext& context) {
  for (const Exemption& exemption : exemptions) {
    if (contains(exemption.detectors, detector) && holds(exemption, context) &&
        contains(exemption.values, exempt_value(value))) {
      return &exemption;
    }
  }
  return nullptr;
}

const Exemption* exemption_of_rule(const std::vector<Exemption>& exemptions, const RuleHit& hit,
                                   const MessageContext& context, const mail::Address* recipient) {
  if (hit.sensitive) {
    return nullptr;
  }
  for (const Exemption& exemption : exemptions) {
    const bool for_this =
        recipient == nullptr ? !names_recipients(exemption) : names(exemption, *recipient);
    if (for_this && contains(exemption.rules, hit.rule) && holds(exemption, context)) {
      return &exemption;
    }
  }
  return nullptr;
}

bool is_day(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         text.find_first_not_of("0123456789-") == std::string_view::npos &&
         std::count(text.begin(), text.end(), '-') == 2 && valid_date(text);
}

}  // namespace phimilter::policy
