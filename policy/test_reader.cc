// SPDX-License-Identifier: Apache-2.0
#include "policy/in_file_tests.h"
#include "policy/policy_file.h"

namespace phimilter::policy {
namespace {

void read_message(TomlTable& table, InFileTest& out) {
  out.subject = table.text("subject").value_or("");
  out.body = table.text("text").value_or("");
  out.sender = table.text("from").value_or("");
  out.to = optional_texts(table, "to");
  out.login = table.text("login").value_or("");
  out.headers = optional_texts(table, "headers");
  out.opaque = optional_texts(table, "opaque");
  for (const std::string& reason : out.opaque) {
    if (!extract::opaque_from(reason)) {
      table.refuse("opaque", "'" + reason + "' is no reason why a part is opaque");
    }
  }
  for (const std::string& line : out.headers) {
    if (line.find(':') == std::string::npos) {
      table.refuse("headers", "'headers' must be lines like \"X-Phi-Protect: yes\"");
    }
  }
}

void read_recipient(TomlTable& table, InFileTest& out) {
  const auto consent = table.text("consent");
  out.consent = consent == "given";
  if (consent && !out.consent) {
    table.refuse("consent", "'consent' must be \"given\"");
  }
  out.readable = optional_texts(table, "readable");
  for (const std::string& name : out.readable) {
    const auto method = method_from(name);
    if (!method || *method == Method::pass || *method == Method::hold ||
        *method == Method::reject) {
      table.refuse("readable", "'" + name + "' is none of: smime, pgp, tls, portal");
    }
  }
  if (const auto name = table.text("method")) {
    out.method = method_from(*name);
    if (!out.method) {
      table.refuse("method", "'" + *name + "' is no method");
    }
  }
  if (const auto text = table.text("terms")) {
    out.terms = terms_from_text(*text);
    if (!out.terms) {
      table.refuse("terms",
                   "'terms' must be like \"expiry 7d, remind after 3d, receipt, reply to all, no "
                   "forward\", or empty");
    }
  }
}

void read_expected(TomlTable& table, InFileTest& out) {
  const auto expect = table.text("expect");
  out.clear = expect == "clear";
  out.rules = optional_texts(table, "rules");
  out.no_rules = optional_texts(table, "no_rules");
  out.classes = optional_texts(table, "classes");
  out.no_classes = optional_texts(table, "no_classes");
  if (expect && !out.clear) {
    table.refuse("expect", "'expect' must be \"clear\"");
  }
  if (!out.clear && !out.method && !out.terms && out.rules.empty() && out.no_rules.empty() &&
      out.classes.empty() && out.no_classes.empty()) {
    table.refuse("",
                 "a test must expect something: expect = \"clear\", method, terms, rules, "
                 "no_rules, classes or no_classes");
  }
}

}  // namespace

InFileTest read_test(TomlTable& table) {
  InFileTest out;
  out.where = table.where();
  out.name = table.text("name").value_or("");
  if (out.name.empty()) {
    table.refuse("name", "a test must have a name");
  }
  read_message(table, out);
  read_recipient(table, out);
  read_expected(table, out);
  table.finish();
  return out;
}

}  // namespace phimilter::policy
