// SPDX-License-Identifier: Apache-2.0
//
// One Postfix instance as its own postconf(1) tells it: main.cf with every $name put in, master.cf
// with the -o lines of each service.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::phictl {

struct PostfixService {
  std::string name;     // "127.0.0.1:10025", "submission", "pickup"
  std::string type;     // "inet", "unix"
  std::string program;  // "smtpd"
  std::map<std::string, std::string> overrides;

  bool is_smtpd() const { return program == "smtpd" && (type == "inet" || type == "pass"); }
};

struct MilterOfService {
  std::string socket;                          // "unix:/run/phimilter/milter.sock"
  std::map<std::string, std::string> options;  // of the form with braces: default_action, ...
};

class PostfixConfig {
 public:
  // `folder` has main.cf and master.cf; `postconf` is the program. Configuration fault: it cannot
  // be run or refuses the folder.
  static Result<PostfixConfig> read(const std::string& folder, const std::string& postconf);
  // From what `postconf -x`, `postconf -M` and `postconf -Px` print.
  static PostfixConfig parse(std::string folder, std::string_view parameters,
                             std::string_view services, std::string_view overrides);

  const std::string& folder() const { return folder_; }
  const std::vector<PostfixService>& services() const { return services_; }
  // Empty: not set, or not known to this version.
  std::string parameter(const std::string& name) const;
  std::string parameter(const PostfixService& service, const std::string& name) const;
  bool knows(const std::string& name) const { return parameters_.count(name) != 0; }
  // The smtpd that listens where `socket` ("inet:127.0.0.1:10026") says; null: none.
  const PostfixService* listener(std::string_view socket) const;
  // Bound to loopback, by its own name or by inet_interfaces.
  bool loopback_only(const PostfixService& service) const;

 private:
  std::string folder_;
  std::map<std::string, std::string> parameters_;
  std::vector<PostfixService> services_;
};

// The value of smtpd_milters: words between commas and blanks, or "{ socket, name=value, ... }".
std::vector<MilterOfService> milters_in(std::string_view value);

// Words between commas and blanks.
std::vector<std::string> words_in(std::string_view value);

}  // namespace phimilter::phictl
