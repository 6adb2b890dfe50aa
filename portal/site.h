// SPDX-License-Identifier: Apache-2.0
//
// The portal's URLs: which part answers which path. GET and HEAD change nothing and record nothing,
// so that link scanners and previews open nothing; all that counts is a POST.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "portal/account_pages.h"
#include "portal/entry_pages.h"
#include "portal/http.h"
#include "portal/sent_pages.h"
#include "portal/visit_reply.h"

namespace phimilter::portal {

class Site {
 public:
  explicit Site(SiteParts parts);
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  Response handle(const Request& request);  // any thread

 private:
  struct Route {
    std::string prefix;  // "/m/": every path that begins so
    std::function<Response(const Request&, std::string_view rest)> answer;
  };

  Response link(const Request& request, std::string_view rest);

  SiteParts parts_;
  EntryPages entries_;
  AccountPages account_;
  std::optional<SentPages> sent_;
  std::vector<Route> routes_;
};

}  // namespace phimilter::portal
