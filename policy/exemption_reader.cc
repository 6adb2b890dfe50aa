// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/exemptions.h"
#include "policy/normalise.h"
#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

bool is_blank(const std::string& text) {
  return trim(text).empty();
}

void read_values(TomlTable& table, Exemption& out) {
  for (const std::string& value : optional_texts(table, "values")) {
    out.values.push_back(exempt_value(normalised(value)));
    if (out.values.back().empty()) {
      table.refuse("values", "'values' holds one without a letter or digit");
    }
  }
}

// Rules with senders and recipients, or detectors with values and senders.
void check_shape(TomlTable& table, const Exemption& exemption) {
  const bool of_rules = !exemption.rules.empty();
  if (of_rules == !exemption.detectors.empty() ||
      exemption.detectors.empty() != exemption.values.empty()) {
    table.refuse("", "an exemption has either 'rules' or 'detectors' and 'values'");
  }
  if (!of_rules && !(exemption.recipients.empty() && exemption.recipient_domains.empty())) {
    table.refuse("",
                 "an exemption of values holds for all recipients; name recipients with 'rules'");
  }
  const When& when = exemption.when;
  if (of_rules && exemption.recipients.empty() && exemption.recipient_domains.empty() &&
      when.senders.empty() && when.sender_domains.empty() && when.logins.empty()) {
    table.refuse("",
                 "an exemption of rules says whose mail is exempt: sender, sender_domain, login, "
                 "recipient or recipient_domain; 'disable' switches a rule off for all");
  }
}

void read_exemption(TomlTable& table, Model& model) {
  Exemption out;
  out.where = table.where();
  out.id = read_id(table);
  out.reason = table.text("reason").value_or("");
  out.expires = table.text("expires").value_or("");
  out.rules = optional_texts(table, "rules");
  out.detectors = optional_texts(table, "detectors");
  out.when = read_when(table);
  out.recipients = read_addresses(table, "recipient");
  out.recipient_domains = read_domains(table, "recipient_domain");
  read_values(table, out);
  if (is_blank(out.reason)) {
    table.refuse("reason", "an exemption must have a 'reason'");
  }
  if (!is_day(out.expires)) {
    table.refuse("expires",
                 "'expires' must be the last day on which the exemption holds: "
                 "\"2027-06-30\"");
  }
  if (std::find(out.rules.begin(), out.rules.end(), kUnreadableRule) != out.rules.end()) {
    table.refuse("rules", "what could not be read never passes");
  }
  const Exemption copy = out;
  merge(model.exemptions, std::move(out), table);
  table.finish();
  check_shape(table, copy);
}

}  // namespace

void read_exemptions(TomlTable& root, Model& model) {
  for (TomlTable& table : root.tables("exempt")) {
    read_exemption(table, model);
  }
}

std::vector<std::string> expired_exemptions(const Model& model, const std::string& today) {
  std::vector<std::string> out;
  for (const Exemption& exemption : model.exemptions) {
    if (exemption.expires < today) {
      out.push_back(exemption.where + ": the exemption '" + exemption.id + "' expired on " +
                    exemption.expires + " and has no effect");
    }
  }
  return out;
}

}  // namespace phimilter::policy
