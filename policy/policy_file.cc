// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_file.h"

#include <algorithm>

#include "base/files.h"
#include "base/limits.h"
#include "extract/message_text.h"
#include "policy/detection.h"
#include "policy/in_file_tests.h"
#include "policy/roster.h"

namespace phimilter::policy {
namespace {

constexpr std::size_t kLongestFile = 32 * limits::kMiB;
constexpr std::size_t kLongestRoster = 512 * limits::kMiB;
constexpr std::size_t kVersionDigits = 16;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

template <typename T>
bool erase_id(std::vector<T>& items, const std::string& id) {
  return std::erase_if(items, [&](const T& item) { return item.id == id; }) > 0;
}

std::vector<std::string> all_ids(const Model& model) {
  std::vector<std::string> out;
  const auto add = [&](const auto& items) {
    for (const auto& item : items) {
      out.push_back(item.id);
    }
  };
  add(model.detectors);
  add(model.rules);
  add(model.routes);
  add(model.exemptions);
  add(model.roles);
  add(model.marks);
  return out;
}

void read_disable(TomlTable& root, Model& model) {
  for (const std::string& id : optional_texts(root, "disable")) {
    if (id == kUnreadableRule) {
      root.refuse("disable",
                  "what could not be read never passes: '" + id + "' cannot be disabled");
      return;
    }
    const auto near = nearest_name(id, all_ids(model));
    const bool found = erase_id(model.detectors, id) | erase_id(model.rules, id) |
                       erase_id(model.routes, id) | erase_id(model.exemptions, id) |
                       erase_id(model.roles, id) | erase_id(model.marks, id);
    if (!found) {
      root.refuse("disable", "there is no '" + id + "' in an earlier file" +
                                 (near ? "; did you mean '" + *near + "'?" : ""));
    }
  }
}

// A class that no detector gives would make a rule that never matches: a leak that nobody sees.
Status check_classes(const Model& model) {
  std::vector<std::string> known{std::string(kRecipientClass), std::string(kAddresseeClass)};
  for (const Detector& detector : model.detectors) {
    known.insert(known.end(), detector.classes.begin(), detector.classes.end());
  }
  const auto check = [&](const std::vector<std::string>& globs,
                         const std::string& where) -> Status {
    for (const std::string& glob : globs) {
      const bool given = glob.starts_with(kOpaquePrefix) ||
                         std::any_of(known.begin(), known.end(),
                                     [&](const auto& name) { return class_fits(name, {glob}); });
      if (!given) {
        const auto near = nearest_name(glob, known);
        return fail(configuration_fault("policy.class",
                                        where + ": no detector gives the class '" + glob + "'" +
                                            (near ? "; did you mean '" + *near + "'?" : "")));
      }
    }
    return {};
  };
  for (const Rule& rule : model.rules) {
    for (const std::vector<Need>& needs : {rule.needs, rule.unless}) {
      for (const Need& need : needs) {
        if (auto good = check(need.classes, rule.where); !good) {
          return good;
        }
      }
    }
  }
  for (const Route& route : model.routes) {
    if (auto good = check(route.classes, route.where); !good) {
      return good;
    }
  }
  return {};
}

Status check_rule_names(const Model& model, const std::vector<InFileTest>& tests) {
  std::vector<std::string> known;
  for (const Rule& rule : model.rules) {
    known.push_back(rule.id);
  }
  const auto check = [&](const std::vector<std::string>& ids, const std::string& where) -> Status {
    for (const std::string& id : ids) {
      if (std::find(known.begin(), known.end(), id) == known.end()) {
        const auto near = nearest_name(id, known);
        return fail(configuration_fault("policy.rule",
                                        where + ": there is no rule '" + id + "'" +
                                            (near ? "; did you mean '" + *near + "'?" : "")));
      }
    }
    return {};
  };
  for (const Route& route : model.routes) {
    if (auto good = check(route.rules, route.where); !good) {
      return good;
    }
  }
  for (const Exemption& exemption : model.exemptions) {
    if (auto good = check(exemption.rules, exemption.where); !good) {
      return good;
    }
  }
  for (const InFileTest& test : tests) {
    for (const auto* ids : {&test.rules, &test.no_rules}) {
      if (auto good = check(*ids, test.where); !good) {
        return good;
      }
    }
  }
  return {};
}

bool is_sensitive(const Detector& detector) {
  return std::any_of(detector.classes.begin(), detector.classes.end(),
                     [](const auto& name) { return is_sensitive_class(name); });
}

Status check_exempt_detectors(const Model& model) {
  std::vector<std::string> known;
  for (const Detector& detector : model.detectors) {
    known.push_back(detector.id);
  }
  for (const Exemption& exemption : model.exemptions) {
    for (const std::string& id : exemption.detectors) {
      const auto at = std::find(known.begin(), known.end(), id);
      if (at == known.end()) {
        const auto near = nearest_name(id, known);
        return fail(configuration_fault("policy.exempt",
                                        exemption.where + ": there is no detector '" + id + "'" +
                                            (near ? "; did you mean '" + *near + "'?" : "")));
      }
      if (is_sensitive(model.detectors[static_cast<std::size_t>(at - known.begin())])) {
        return fail(configuration_fault(
            "policy.exempt",
            exemption.where + ": what '" + id + "' finds is sensitive and is never exempt"));
      }
    }
  }
  return {};
}

}  // namespace

Result<std::string> PolicySources::read(const std::string& path) {
  auto content = read_file(path, kLongestFile);
  if (!content) {
    return fail(configuration_fault("policy.file", path + ": " + content.error().describe()));
  }
  digest_.add_field(*content);
  return content;
}

Result<const std::vector<LexiconLine>*> PolicySources::lexicon(const std::string& policy_file,
                                                               const std::string& name) {
  const std::string path = name.starts_with('/') ? name : folder_of(policy_file) + name;
  if (const auto known = lexicons_.find(path); known != lexicons_.end()) {
    return &known->second;
  }
  auto content = read(path);
  if (!content) {
    return fail(content);
  }
  auto lines = parse_lexicon(*content, path);
  if (!lines) {
    return fail(lines);
  }
  return &lexicons_.emplace(path, std::move(*lines)).first->second;
}

Result<std::shared_ptr<const LexiconImage>> PolicySources::image(const std::string& policy_file,
                                                                 const std::string& name) {
  const std::string path = name.starts_with('/') ? name : folder_of(policy_file) + name;
  if (const auto known = images_.find(path); known != images_.end()) {
    return known->second;
  }
  auto opened = LexiconImage::open(path);
  if (opened) {
    digest_.add_field((*opened)->digest());
    images_.emplace(path, *opened);
  }
  return opened;
}

Result<std::shared_ptr<const Roster>> PolicySources::roster(const std::string& policy_file,
                                                            const std::string& name,
                                                            const std::string& key) {
  const auto located = [&](const std::string& file) {
    return file.starts_with('/') ? file : folder_of(policy_file) + file;
  };
  const std::string path = located(name);
  auto secret = read_secret_file(located(key), Roster::kKeyBytes);
  if (!secret) {
    return fail(secret.error());
  }
  auto content = read_file(path, kLongestRoster);
  if (!content) {
    return fail(content.error());
  }
  digest_.add_field(*content);
  auto roster = Roster::read(std::move(*content), std::move(*secret));
  if (!roster) {
    return fail(std::move(roster.error()).with("path", path));
  }
  return roster;
}

Result<std::vector<Weight>> PolicySources::weights(const std::string& policy_file,
                                                   const std::string& name) {
  const std::string path = name.starts_with('/') ? name : folder_of(policy_file) + name;
  auto content = read(path);
  if (!content) {
    return fail(content);
  }
  return parse_weights(*content, path);
}

std::string PolicySources::version() {
  return hex(digest_.finish()).substr(0, kVersionDigits);
}

Model empty_model() {
  Model out;
  Rule unreadable;
  unreadable.id = kUnreadableRule;
  unreadable.where = "the built-in rules";
  unreadable.needs = {{{"opaque.*"}, 1, 1, 1, 1}};
  unreadable.join = Join::message;
  out.rules.push_back(std::move(unreadable));
  return out;
}

Result<std::vector<InFileTest>> add_layer(const std::string& path, PolicySources& sources,
                                          Model& model) {
  const auto content = sources.read(path);
  if (!content) {
    return fail(content.error());
  }
  auto document = TomlDocument::parse(*content, path);
  if (!document) {
    return fail(document);
  }
  TomlTable root = document->root();
  if (root.integer("format").value_or(0) != 1) {
    root.refuse("format", "'format' must be 1");
  }
  root.text("name");
  read_disable(root, model);
  for (const auto read_terms : {read_detectors, read_words}) {
    if (auto read = read_terms(root, path, sources, model); !read) {
      const auto first = document->status();
      return fail(first ? read.error() : first.error());
    }
  }
  read_rules(root, model);
  read_marks(root, model);
  read_exemptions(root, model);
  std::vector<InFileTest> tests;
  for (TomlTable& table : root.tables("test")) {
    tests.push_back(read_test(table));
  }
  root.finish();
  for (const Status& status :
       {document->status(), check_classes(model), check_rule_names(model, tests),
        check_exempt_detectors(model), check_mark_names(model)}) {
    if (!status) {
      return fail(status.error());
    }
  }
  return tests;
}

}  // namespace phimilter::policy
