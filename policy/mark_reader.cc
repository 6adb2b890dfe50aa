// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kShortestMark = 3;  // what is shorter stands in subjects by chance
constexpr std::size_t kLongestMark = 64;

bool is_field_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

// The MTA, the reader of the message or a signature needs these: they never leave us without them.
bool is_needed(const std::string& name) {
  static constexpr std::string_view kNeeded[] = {
      "from",          "to",          "cc",           "bcc",
      "sender",        "reply-to",    "date",         "message-id",
      "in-reply-to",   "references",  "subject",      "received",
      "mime-version",  "return-path", "content-type", "content-transfer-encoding",
      "dkim-signature"};
  return std::find(std::begin(kNeeded), std::end(kNeeded), name) != std::end(kNeeded);
}

void read_sign(TomlTable& table, Mark& out) {
  out.subject = table.text("subject").value_or("");
  out.header = ascii_lower(table.text("header").value_or(""));
  out.value = ascii_lower(trim(table.text("value").value_or("")));
  out.keep = table.boolean("keep").value_or(false);
  if (out.subject.empty() == out.header.empty()) {
    table.refuse("", "a mark is either a 'subject' or a 'header'");
    return;
  }
  const bool fits = out.subject.size() >= kShortestMark && out.subject.size() <= kLongestMark &&
                    trim(out.subject) == out.subject &&
                    std::none_of(out.subject.begin(), out.subject.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (out.header.empty() && !fits) {
    table.refuse("subject", "'subject' must be " + std::to_string(kShortestMark) + " to " +
                                std::to_string(kLongestMark) +
                                " bytes on one line, without blanks at its ends");
  }
  if (!out.header.empty() && !is_field_name(out.header)) {
    table.refuse("header", "'header' must be the name of a header field");
  }
  if (!out.keep && is_needed(out.header)) {
    table.refuse("header", "this field is needed, and a mark is taken off: name another field");
  }
  if (out.header.empty() && !out.value.empty()) {
    table.refuse("value", "'value' goes with 'header'");
  }
}

void read_action(TomlTable& table, Mark& out) {
  const std::string action = table.text("action").value_or("");
  if (action != "raise" && action != "opt_out") {
    table.refuse("action", "'action' must be one of: raise, opt_out");
  }
  out.action = action == "opt_out" ? MarkAction::opt_out : MarkAction::raise;
  out.logins = optional_texts(table, "login");
  out.roles = optional_texts(table, "role");
  if (table.texts("methods")) {
    out.methods = read_methods(table, "methods");
  }
  if (out.action == MarkAction::opt_out) {
    if (out.logins.empty() && out.roles.empty()) {
      table.refuse("", "an opt_out says who may: 'login' or 'role'");
    }
    if (!out.methods.empty()) {
      table.refuse("methods", "'methods' goes with action = \"raise\"");
    }
    return;
  }
  if (!out.logins.empty() || !out.roles.empty()) {
    table.refuse(out.logins.empty() ? "role" : "login",
                 "everybody may raise; 'login' and 'role' go with action = \"opt_out\"");
  }
  if (std::find(out.methods.begin(), out.methods.end(), Method::tls) != out.methods.end()) {
    table.refuse("methods",
                 "a mark raises, and tls leaves the message readable at the other end; a [[route]] "
                 "with 'mark' may have it");
  }
}

template <typename T>
bool has_id(const std::vector<T>& items, const std::string& id) {
  return std::any_of(items.begin(), items.end(), [&](const T& item) { return item.id == id; });
}

template <typename T>
Status check_names(const std::vector<T>& items, const std::vector<std::string>& names,
                   const std::string& where, const std::string& kind) {
  for (const std::string& name : names) {
    if (!has_id(items, name)) {
      return fail(configuration_fault("policy." + kind,
                                      where + ": there is no " + kind + " '" + name + "'"));
    }
  }
  return {};
}

}  // namespace

void read_marks(TomlTable& root, Model& model) {
  for (TomlTable& table : root.tables("role")) {
    Role role;
    role.where = table.where();
    role.id = read_id(table);
    role.logins = read_texts(table, "login");
    merge(model.roles, std::move(role), table);
    table.finish();
  }
  for (TomlTable& table : root.tables("mark")) {
    Mark mark;
    mark.where = table.where();
    mark.id = read_id(table);
    read_sign(table, mark);
    read_action(table, mark);
    merge(model.marks, std::move(mark), table);
    table.finish();
  }
}

Status check_mark_names(const Model& model) {
  for (const Mark& mark : model.marks) {
    if (auto good = check_names(model.roles, mark.roles, mark.where, "role"); !good) {
      return good;
    }
  }
  for (const Route& route : model.routes) {
    if (auto good = check_names(model.marks, route.marks, route.where, "mark"); !good) {
      return good;
    }
  }
  return {};
}

}  // namespace phimilter::policy
