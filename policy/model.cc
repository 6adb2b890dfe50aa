// SPDX-License-Identifier: Apache-2.0
#include "policy/model.h"

#include <algorithm>

#include "base/encoding.h"
#include "mail/address.h"

namespace phimilter::policy {

std::string_view to_string(Join join) {
  switch (join) {
    case Join::window:
      return "window";
    case Join::line:
      return "line";
    case Join::record:
      return "record";
    case Join::part:
      return "part";
    case Join::document:
      return "document";
    case Join::message:
      return "message";
  }
  return "?";
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::pass:
      return "pass";
    case Action::protect:
      return "protect";
    case Action::hold:
      return "hold";
    case Action::reject:
      return "reject";
  }
  return "?";
}

bool class_fits(std::string_view finding_class, const std::vector<std::string>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view glob) {
    if (glob == "*" || glob == finding_class) {
      return true;
    }
    if (!glob.ends_with(".*")) {
      return false;
    }
    const std::string_view stem = glob.substr(0, glob.size() - 2);
    return finding_class.starts_with(stem) &&
           (finding_class.size() == stem.size() || finding_class[stem.size()] == '.');
  });
}

bool is_sensitive_class(std::string_view finding_class) {
  constexpr std::string_view kTop = "sensitive";
  return finding_class.starts_with(kTop) &&
         (finding_class.size() == kTop.size() || finding_class[kTop.size()] == '.');
}

bool sender_fits(const When& when, std::string_view sender, std::string_view sender_domain,
                 std::string_view login, std::size_t size) {
  const auto listed = [](const std::vector<std::string>& list, std::string_view value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return listed(when.senders, ascii_lower(sender)) && listed(when.logins, login) &&
         (when.sender_domains.empty() || mail::domain_listed(sender_domain, when.sender_domains)) &&
         (when.larger_than == 0 || size > when.larger_than);
}

}  // namespace phimilter::policy
