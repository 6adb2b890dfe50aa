// SPDX-License-Identifier: Apache-2.0
//
// Policy files (TOML) read into a model, one layer after the other.
//
//   format = 1                       every file
//   name = "hipaa"
//   disable = ["id", ...]            detectors, rules, routes and exemptions of earlier files
//   [scope]      default, [[scope.sender]] address|domain|login, scope
//   [sensitive]  never = ["tls"]     methods that sensitive messages do not take
//   [[detector]] id, class, pattern | files | terms, validator, case, confidence, flags, column,
//   cue, deny_before,
//                deny_after, override
//                a finder instead: type = "names" | "labels" (with files or terms: the labels)
//                | "roster" (file, key) | "weights" (file)
//   [[words]]    class, files, kind, words     see word_class.h; lists of all files add up
//   [[rule]]     id, need, unless, join, window, action, sensitive, shadow, expiry, remind_after,
//   receipt, reply_all, forward, sender, sender_domain, login, larger_than, override
//   [[route]]    id, recipient, recipient_domain, rule, class, sensitive, sender, sender_domain,
//   login, larger_than, mark, consent = "given",
//                methods, expiry, remind_after, receipt, reply_all, forward, override
//   [[role]]     id, login, override
//   [[mark]]     id, subject | header and value, action = "raise" (methods) | "opt_out" (login,
//   role), keep, override
//   [[exempt]]   id, reason, expires, rules | detectors and values, sender, sender_domain, login,
//                larger_than, recipient, recipient_domain, override
//   [[test]]     name, subject, text, to, from, login, headers, consent = "given", readable,
//   opaque; expect = "clear" | rules, no_rules, classes, no_classes, method,
//                terms
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/result.h"
#include "base/toml_reader.h"
#include "policy/lexicon_image.h"
#include "policy/model.h"

namespace phimilter::policy {

// Protects whatever could not be read. In every model; may be overridden, never disabled or made to
// pass.
inline constexpr std::string_view kUnreadableRule = "unreadable";

// Files as they were read, each once, and a digest over all their bytes.
class PolicySources {
 public:
  Result<std::string> read(const std::string& path);
  // Term lists are named relative to the folder of the policy file that names them.
  Result<const std::vector<LexiconLine>*> lexicon(const std::string& policy_file,
                                                  const std::string& name);
  // A compiled one (policy/lexicon_image.h), named in the same way.
  Result<std::shared_ptr<const LexiconImage>> image(const std::string& policy_file,
                                                    const std::string& name);
  // The clinic's patients; the key is no part of the version.
  Result<std::shared_ptr<const Roster>> roster(const std::string& policy_file,
                                               const std::string& name, const std::string& key);
  Result<std::vector<Weight>> weights(const std::string& policy_file, const std::string& name);
  std::string version();  // first 16 hex digits of SHA-256; once

 private:
  Sha256Stream digest_;
  std::map<std::string, std::vector<LexiconLine>> lexicons_;
  std::map<std::string, std::shared_ptr<const LexiconImage>> images_;
};

Model empty_model();

// Adds the layer to the model. Configuration fault with file and line; the model is then of no use.
Result<std::vector<InFileTest>> add_layer(const std::string& path, PolicySources& sources,
                                          Model& model);

// [[detector]] tables, in detector_reader.cc. A fault that only the sources know comes back; all
// others stay in the document.
Status read_detectors(TomlTable& root, const std::string& path, PolicySources& sources,
                      Model& model);

// The [[cue]] tables of a detector, in cue_reader.cc; like read_detectors.
Status read_cues(TomlTable& detector, const std::string& path, PolicySources& sources,
                 std::vector<Cue>& out);
// Refuses an expression that does not compile.
std::optional<Pattern> read_pattern(TomlTable& table, std::string_view key, const std::string& text,
                                    LetterCase letter_case);

// [[words]] tables, in word_reader.cc; like read_detectors.
Status read_words(TomlTable& root, const std::string& path, PolicySources& sources, Model& model);

// [[exempt]] tables, in exemption_reader.cc. Faults stay in the document.
void read_exemptions(TomlTable& root, Model& model);
// "site.toml:12: the exemption 'x' expired on 2026-01-31 and has no effect", for each whose day was
// before `today`.
std::vector<std::string> expired_exemptions(const Model& model, const std::string& today);

// [[role]] and [[mark]] tables, in mark_reader.cc. Faults stay in the document.
void read_marks(TomlTable& root, Model& model);
// Every role and mark that is named is there.
Status check_mark_names(const Model& model);

// [[rule]], [[route]], [scope] and [sensitive], in rule_reader.cc. Faults stay in the document.
void read_rules(TomlTable& root, Model& model);

// Replaces, appends or refuses, by id.
template <typename T>
void merge(std::vector<T>& known, T item, TomlTable& table) {
  const bool replaces = table.boolean("override").value_or(false);
  for (T& other : known) {
    if (other.id != item.id) {
      continue;
    }
    if (replaces) {
      other = std::move(item);
    } else {
      table.refuse("id", "'" + item.id + "' stands in " + other.where +
                             " already; override = true replaces that one");
    }
    return;
  }
  if (replaces) {
    table.refuse("override", "there is no '" + item.id + "' in an earlier file");
  }
  known.push_back(std::move(item));
}

// An id of letters, digits, '.', '_' and '-'; refuses the table otherwise.
std::string read_id(TomlTable& table);
// A whole number of low..high; refuses the value otherwise.
std::int64_t read_number(TomlTable& table, std::string_view key, std::int64_t otherwise,
                         std::int64_t low, std::int64_t high);
std::vector<std::string> optional_texts(TomlTable& table, std::string_view key);
// sender, sender_domain, login, larger_than.
When read_when(TomlTable& table);
std::vector<std::string> read_addresses(TomlTable& table, std::string_view key);  // their keys
std::vector<std::string> read_domains(TomlTable& table, std::string_view key);
// Refuses a key that is absent or empty.
std::vector<std::string> read_texts(TomlTable& table, std::string_view key);
// Methods by name; refuses others, and `pass` unless it is allowed.
std::vector<Method> read_methods(TomlTable& table, std::string_view key, bool pass_allowed = false);

}  // namespace phimilter::policy
