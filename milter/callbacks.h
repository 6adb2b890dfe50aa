// SPDX-License-Identifier: Apache-2.0
//
// phimilter as libmilter sees it.
#pragma once

#include <string>

#include "base/result.h"
#include "milter/progress.h"
#include "milter/session.h"

namespace phimilter::milter {

struct Callbacks {
  SessionContext* sessions = nullptr;
  ProgressClock* progress = nullptr;
};

// Once a process: libmilter knows one filter. What is borrowed must live until serve() has returned
// and no session is left.
Status register_callbacks(const Callbacks& callbacks);

// `socket`: "unix:/path" or "inet:address:port". A unix socket gets mode 0660 and, when `group` is
// not empty, that group. Configuration fault: cannot listen there.
Status listen(const std::string& socket, const std::string& group);

// Until SIGTERM or SIGINT.
Status serve();

}  // namespace phimilter::milter
