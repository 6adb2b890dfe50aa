// SPDX-License-Identifier: Apache-2.0
#include "phictl/verb.h"

namespace phimilter::phictl {

std::vector<std::unique_ptr<Verb>> all_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(check_verb());
  verbs.push_back(doctor_verb());
  verbs.push_back(settings_verb());
  verbs.push_back(explain_verb());
  verbs.push_back(evaluate_verb());
  verbs.push_back(certs_import_verb());
  verbs.push_back(certs_list_verb());
  verbs.push_back(certs_remove_verb());
  verbs.push_back(keys_import_verb());
  verbs.push_back(keys_list_verb());
  verbs.push_back(keys_trust_verb());
  verbs.push_back(keys_refuse_verb());
  verbs.push_back(keys_find_verb());
  verbs.push_back(recipients_import_verb());
  verbs.push_back(recipients_list_verb());
  verbs.push_back(recipients_show_verb());
  verbs.push_back(recipients_set_verb());
  verbs.push_back(recipients_alias_add_verb());
  verbs.push_back(recipients_alias_remove_verb());
  verbs.push_back(recipients_alias_list_verb());
  verbs.push_back(api_token_create_verb());
  verbs.push_back(api_token_list_verb());
  verbs.push_back(api_token_revoke_verb());
  verbs.push_back(messages_list_verb());
  verbs.push_back(messages_show_verb());
  verbs.push_back(messages_retract_verb());
  verbs.push_back(messages_extend_verb());
  verbs.push_back(messages_resend_verb());
  verbs.push_back(messages_unlock_verb());
  verbs.push_back(messages_certificate_verb());
  verbs.push_back(held_list_verb());
  verbs.push_back(held_show_verb());
  verbs.push_back(held_release_verb());
  verbs.push_back(held_refuse_verb());
  verbs.push_back(audit_export_verb());
  verbs.push_back(audit_verify_verb());
  verbs.push_back(policy_test_verb());
  verbs.push_back(roster_build_verb());
  verbs.push_back(lexicon_import_verb());
  verbs.push_back(setup_keys_verb());
  verbs.push_back(setup_rotate_verb());
  verbs.push_back(setup_recovery_verb());
  return verbs;
}

}  // namespace phimilter::phictl
