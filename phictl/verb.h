// SPDX-License-Identifier: Apache-2.0
//
// What phictl can be asked to do: one class a verb, each in a file of its own, with the text of its
// help. A verb names its arguments as values; the command line parser is known to command_line.cc
// alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "phictl/console.h"

namespace phimilter::phictl {

struct VerbText {
  std::string_view path;     // "check", "audit export"
  std::string_view purpose;  // one line
  std::string_view detail;   // what it does, what it needs, what it answers
  std::string_view example;  // one command line
};

// An option ("--json") or a positional argument ("FILE"). The place lives in the verb.
struct Argument {
  using Place = std::variant<bool*, std::string*, std::vector<std::string>*>;

  std::string_view name;
  Place place;
  std::string_view help;
  std::string_view value;  // what an option's value is called in the help
  bool required = false;
  std::vector<std::string> choices;  // empty: any text
};

class Verb {
 public:
  virtual ~Verb() = default;
  virtual const VerbText& text() const = 0;
  virtual std::vector<Argument> arguments() { return {}; }
  virtual Outcome run(const Invocation& invocation) = 0;
};

// In the order of the help. All words of a path but the last name groups.
std::vector<std::unique_ptr<Verb>> all_verbs();

std::unique_ptr<Verb> check_verb();
std::unique_ptr<Verb> doctor_verb();
std::unique_ptr<Verb> settings_verb();
std::unique_ptr<Verb> explain_verb();
std::unique_ptr<Verb> evaluate_verb();
std::unique_ptr<Verb> certs_import_verb();
std::unique_ptr<Verb> certs_list_verb();
std::unique_ptr<Verb> certs_remove_verb();
std::unique_ptr<Verb> keys_import_verb();
std::unique_ptr<Verb> keys_list_verb();
std::unique_ptr<Verb> keys_trust_verb();
std::unique_ptr<Verb> keys_refuse_verb();
std::unique_ptr<Verb> keys_find_verb();
std::unique_ptr<Verb> recipients_import_verb();
std::unique_ptr<Verb> recipients_list_verb();
std::unique_ptr<Verb> recipients_show_verb();
std::unique_ptr<Verb> recipients_set_verb();
std::unique_ptr<Verb> recipients_alias_add_verb();
std::unique_ptr<Verb> recipients_alias_remove_verb();
std::unique_ptr<Verb> recipients_alias_list_verb();
std::unique_ptr<Verb> api_token_create_verb();
std::unique_ptr<Verb> api_token_list_verb();
std::unique_ptr<Verb> api_token_revoke_verb();
std::unique_ptr<Verb> messages_list_verb();
std::unique_ptr<Verb> messages_certificate_verb();
std::unique_ptr<Verb> messages_show_verb();
std::unique_ptr<Verb> messages_retract_verb();
std::unique_ptr<Verb> messages_extend_verb();
std::unique_ptr<Verb> messages_resend_verb();
std::unique_ptr<Verb> messages_unlock_verb();
std::unique_ptr<Verb> held_list_verb();
std::unique_ptr<Verb> held_show_verb();
std::unique_ptr<Verb> held_release_verb();
std::unique_ptr<Verb> held_refuse_verb();
std::unique_ptr<Verb> audit_export_verb();
std::unique_ptr<Verb> audit_verify_verb();
std::unique_ptr<Verb> policy_test_verb();
std::unique_ptr<Verb> roster_build_verb();
std::unique_ptr<Verb> lexicon_import_verb();
std::unique_ptr<Verb> setup_keys_verb();
std::unique_ptr<Verb> setup_rotate_verb();
std::unique_ptr<Verb> setup_recovery_verb();

}  // namespace phimilter::phictl
