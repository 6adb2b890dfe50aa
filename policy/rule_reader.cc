// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/ids.h"
#include "base/limits.h"
#include "mail/address.h"
#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

constexpr std::int64_t kMostNeeds = 16;
constexpr std::int64_t kMostPoints = 100'000;
constexpr std::int64_t kLongestText = 1'000'000;

Need read_need(TomlTable& table) {
  Need out;
  out.classes = read_texts(table, "classes");
  out.confidence = static_cast<int>(read_number(table, "confidence", 50, 1, 100));
  const auto most = static_cast<std::int64_t>(limits::kFindings);
  out.count = static_cast<std::size_t>(read_number(table, "count", 1, 1, most));
  out.distinct = static_cast<std::size_t>(read_number(table, "distinct", 1, 1, most));
  out.distinct_classes =
      static_cast<std::size_t>(read_number(table, "distinct_classes", 1, 1, most));
  out.points = static_cast<std::size_t>(read_number(table, "points", 0, 0, kMostPoints));
  table.finish();
  return out;
}

std::vector<Need> read_needs(TomlTable& table, std::string_view key) {
  std::vector<Need> out;
  for (TomlTable& need : table.tables(key)) {
    out.push_back(read_need(need));
  }
  if (out.size() > static_cast<std::size_t>(kMostNeeds)) {
    table.refuse(key, "at most " + std::to_string(kMostNeeds) + " needs");
  }
  return out;
}

template <typename T>
T read_choice(TomlTable& table, std::string_view key, T otherwise,
              std::initializer_list<T> choices) {
  const auto text = table.text(key);
  if (!text) {
    return otherwise;
  }
  std::string all;
  for (const T choice : choices) {
    if (*text == to_string(choice)) {
      return choice;
    }
    all += (all.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  table.refuse(key, "'" + std::string(key) + "' must be one of: " + all);
  return otherwise;
}

constexpr auto kActions = {Action::protect, Action::hold, Action::reject, Action::pass};
constexpr auto kJoins = {Join::window, Join::line,     Join::record,
                         Join::part,   Join::document, Join::message};
constexpr auto kScopes = {Scope::phi, Scope::all, Scope::monitor};

std::optional<int> read_days(TomlTable& table, std::string_view key, int longest) {
  const auto text = table.text(key);
  const auto days = text ? days_from_text(*text, longest) : std::nullopt;
  if (text && !days) {
    table.refuse(key, "'" + std::string(key) +
                          "' is a time like \"90d\", \"12w\" or \"1y\", at most " +
                          std::to_string(longest) + " days");
  }
  return days;
}

Terms read_terms(TomlTable& table) {
  Terms out;
  out.expiry_days = read_days(table, "expiry", kLongestExpiryDays);
  out.remind_days = read_days(table, "remind_after", kLongestReminderDays);
  out.receipt = table.boolean("receipt").value_or(false);
  out.reply_all = table.boolean("reply_all");
  out.forward = table.boolean("forward");
  return out;
}

void read_rule(TomlTable& table, Model& model) {
  Rule out;
  out.where = table.where();
  out.id = read_id(table);
  out.when = read_when(table);
  out.needs = read_needs(table, "need");
  out.unless = read_needs(table, "unless");
  out.join = read_choice(table, "join", Join::window, kJoins);
  out.window = static_cast<std::size_t>(read_number(table, "window", kDefaultWindow, 1, 1'000'000));
  if (table.integer("window") && out.join != Join::window) {
    table.refuse("window", "'window' goes with join = \"window\" only");
  }
  out.text_below = static_cast<std::size_t>(read_number(table, "text_below", 0, 0, kLongestText));
  out.action = read_choice(table, "action", Action::protect, kActions);
  out.sensitive = table.boolean("sensitive").value_or(false);
  out.shadow = table.boolean("shadow").value_or(false);
  out.terms = read_terms(table);
  if (!out.terms.empty() && out.action == Action::pass) {
    table.refuse("action", "what passes does not wait in the portal");
  }
  if (out.id == kUnreadableRule && out.shadow) {
    table.refuse("shadow", "what could not be read is never only counted");
  }
  if (out.id == kUnreadableRule && out.action == Action::pass) {
    table.refuse("action", "what could not be read never passes");
  }
  const bool has_when = !out.when.senders.empty() || !out.when.sender_domains.empty() ||
                        !out.when.logins.empty() || out.when.larger_than > 0;
  const bool needs_nothing = out.needs.empty() && !has_when;
  merge(model.rules, std::move(out), table);
  table.finish();
  if (needs_nothing) {
    table.refuse("", "a rule must need something");
  }
}

// Who asked for plain mail gets it: the only way by which what a rule found leaves as it is.
void read_consent(TomlTable& table, Route& out) {
  const auto consent = table.text("consent");
  out.consent = consent == "given";
  if (consent && !out.consent) {
    table.refuse("consent", "'consent' must be \"given\"");
  }
  const bool passes =
      std::find(out.methods.begin(), out.methods.end(), Method::pass) != out.methods.end();
  if (passes && !out.consent) {
    table.refuse("methods", "'pass' needs consent = \"given\" in the same route");
  }
  if (passes && out.sensitive.value_or(false)) {
    table.refuse("methods", "what is sensitive never passes, with consent neither");
  }
}

Route read_route(TomlTable& table) {
  Route out;
  out.where = table.where();
  out.id = read_id(table);
  out.when = read_when(table);
  out.recipients = read_addresses(table, "recipient");
  out.recipient_domains = read_domains(table, "recipient_domain");
  out.rules = optional_texts(table, "rule");
  out.classes = optional_texts(table, "class");
  out.sensitive = table.boolean("sensitive");
  out.marks = optional_texts(table, "mark");
  out.methods = read_methods(table, "methods", true);
  out.terms = read_terms(table);
  read_consent(table, out);
  return out;
}

// The routes of this file in their order, in front of those of earlier files.
void read_routes(TomlTable& root, Model& model) {
  std::vector<Route> fresh;
  for (TomlTable& table : root.tables("route")) {
    Route route = read_route(table);
    const bool known = std::any_of(model.routes.begin(), model.routes.end(),
                                   [&](const Route& other) { return other.id == route.id; });
    merge(known ? model.routes : fresh, std::move(route), table);
    table.finish();
  }
  model.routes.insert(model.routes.begin(), fresh.begin(), fresh.end());
}

SenderScope read_sender_scope(TomlTable& table) {
  SenderScope out;
  const auto address = table.text("address");
  const auto domain = table.text("domain");
  const auto login = table.text("login");
  if (int{address.has_value()} + int{domain.has_value()} + int{login.has_value()} != 1) {
    table.refuse("", "a sender is one of 'address', 'domain' and 'login'");
  }
  if (address) {
    const auto parsed = mail::Address::parse(*address);
    if (!parsed) {
      table.refuse("address", "'address' must be a mail address");
    } else {
      out.when.senders = {parsed->key()};
    }
  }
  if (domain) {
    out.when.sender_domains = {ascii_lower(*domain)};
  }
  if (login) {
    out.when.logins = {*login};
  }
  if (!table.text("scope")) {
    table.refuse("scope", "'scope' is missing");
  }
  out.scope = read_choice(table, "scope", Scope::phi, kScopes);
  table.finish();
  return out;
}

void read_scope(TomlTable& root, Model& model) {
  auto table = root.table("scope");
  if (!table) {
    return;
  }
  model.scope = read_choice(*table, "default", model.scope, kScopes);
  std::vector<SenderScope> fresh;
  for (TomlTable& sender : table->tables("sender")) {
    fresh.push_back(read_sender_scope(sender));
  }
  model.sender_scopes.insert(model.sender_scopes.begin(), fresh.begin(), fresh.end());
  table->finish();
}

void read_sensitive(TomlTable& root, Model& model) {
  if (auto table = root.table("sensitive")) {
    model.never_for_sensitive = read_methods(*table, "never");
    table->finish();
  }
}

}  // namespace

std::vector<std::string> optional_texts(TomlTable& table, std::string_view key) {
  return table.texts(key).value_or(std::vector<std::string>());
}

std::vector<std::string> read_addresses(TomlTable& table, std::string_view key) {
  std::vector<std::string> out;
  for (const std::string& text : optional_texts(table, key)) {
    const auto address = mail::Address::parse(text);
    if (!address) {
      table.refuse(key, "'" + std::string(key) + "' holds what is not a mail address");
      return {};
    }
    out.push_back(address->key());
  }
  return out;
}

std::vector<std::string> read_domains(TomlTable& table, std::string_view key) {
  std::vector<std::string> out;
  for (const std::string& text : optional_texts(table, key)) {
    if (text.empty() || text.find_first_of("@ *") != std::string::npos) {
      table.refuse(key, "'" + std::string(key) +
                            "' must be domains: \"a.example\", or \".a.example\" for all below it");
      return {};
    }
    out.push_back(ascii_lower(text));
  }
  return out;
}

When read_when(TomlTable& table) {
  When out;
  out.senders = read_addresses(table, "sender");
  out.sender_domains = read_domains(table, "sender_domain");
  out.logins = optional_texts(table, "login");
  out.larger_than = static_cast<std::size_t>(
      read_number(table, "larger_than", 0, 0, static_cast<std::int64_t>(limits::kMessageBytes)));
  return out;
}

std::string read_id(TomlTable& table) {
  const std::string text = table.text("id").value_or("");
  if (!RuleId::parse(text)) {
    table.refuse("id", "'id' must be 1 to 80 letters, digits, '.', '_' or '-'");
  }
  return text;
}

std::int64_t read_number(TomlTable& table, std::string_view key, std::int64_t otherwise,
                         std::int64_t low, std::int64_t high) {
  const std::int64_t number = table.integer(key).value_or(otherwise);
  if (number < low || number > high) {
    table.refuse(key, "'" + std::string(key) + "' must be " + std::to_string(low) + " to " +
                          std::to_string(high));
    return otherwise;
  }
  return number;
}

std::vector<std::string> read_texts(TomlTable& table, std::string_view key) {
  auto out = optional_texts(table, key);
  if (out.empty()) {
    table.refuse(key, "'" + std::string(key) + "' is missing or empty");
  }
  return out;
}

std::vector<Method> read_methods(TomlTable& table, std::string_view key, bool pass_allowed) {
  std::vector<Method> out;
  for (const std::string& name : read_texts(table, key)) {
    const auto method = method_from(name);
    if (!method || (*method == Method::pass && !pass_allowed)) {
      table.refuse(key, "'" + name + "' is none of: smime, pgp, tls, portal, hold, reject");
      return {};
    }
    out.push_back(*method);
  }
  return out;
}

void read_rules(TomlTable& root, Model& model) {
  for (TomlTable& table : root.tables("rule")) {
    read_rule(table, model);
  }
  read_routes(root, model);
  read_scope(root, model);
  read_sensitive(root, model);
}

}  // namespace phimilter::policy
