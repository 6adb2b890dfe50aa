// SPDX-License-Identifier: Apache-2.0
//
// What `phictl check` has found so far: each problem with the line of the setting that it belongs
// to, what is wrong and what to do.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <string_view>

#include "base/settings.h"
#include "phictl/ownership.h"

namespace phimilter::phictl {

class CheckList {
 public:
  // Reads the file a second time, for the lines; it has been found good before.
  static Result<CheckList> create(const std::string& settings_file, std::ostream& out,
                                  std::ostream& err);

  void good(const std::string& what);
  // `setting`: "portal.private_key".
  void problem(const std::string& setting, const std::string& what, const std::string& advice);
  void fault(const std::string& setting, const Fault& fault);
  // `option`: by which it was named, or would be.
  void no_user(const std::string& option, const std::string& name);
  std::size_t problems() const { return problems_; }

 private:
  CheckList(std::string settings_file, std::ostream& out, std::ostream& err)
      : settings_file_(std::move(settings_file)), out_(&out), err_(&err) {}
  std::string where(const std::string& setting) const;

  std::string settings_file_;
  std::map<std::string, std::string> places_;  // setting -> "file:line"
  std::ostream* out_;
  std::ostream* err_;
  std::size_t problems_ = 0;
};

// The users that the services run as.
struct ServiceUsers {
  User filter, portal;
};

void check_programs(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_folders(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_key_files(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_sockets(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_policy(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_certificates(const Settings& settings, const ServiceUsers& users, CheckList& list);
void check_methods(const Settings& settings, CheckList& list);

}  // namespace phimilter::phictl
