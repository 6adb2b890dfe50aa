// SPDX-License-Identifier: Apache-2.0
#include "phictl/check_list.h"

#include <algorithm>

#include "base/toml_reader.h"

namespace phimilter::phictl {

Result<CheckList> CheckList::create(const std::string& settings_file, std::ostream& out,
                                    std::ostream& err) {
  auto document = TomlDocument::load(settings_file);
  if (!document) {
    return fail(document);
  }
  CheckList list(settings_file, out, err);
  TomlTable root = document->root();
  for (const std::string& section : root.keys()) {
    const auto table = root.table(section);
    for (const std::string& name : table ? table->keys() : std::vector<std::string>{}) {
      list.places_[section + "." + name] = table->where(name);
    }
  }
  return list;
}

void CheckList::good(const std::string& what) {
  *out_ << "ok  " << what << "\n";
}

void CheckList::problem(const std::string& setting, const std::string& what,
                        const std::string& advice) {
  ++problems_;
  *err_ << where(setting) << ": " << setting << ": " << what << ". " << advice << ".\n";
}

void CheckList::fault(const std::string& setting, const Fault& fault) {
  ++problems_;
  *err_ << where(setting) << ": " << setting << ": " << fault.describe() << "\n";
}

void CheckList::no_user(const std::string& option, const std::string& name) {
  ++problems_;
  *err_ << "phictl: there is no user " << name
        << ", so nobody can say what it may read. Run systemd-sysusers, or name the user with "
        << option << ".\n";
}

std::string CheckList::where(const std::string& setting) const {
  const auto place = places_.find(setting);
  return place != places_.end() ? place->second : settings_file_ + " (default)";
}

}  // namespace phimilter::phictl
