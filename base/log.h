// SPDX-License-Identifier: Apache-2.0
//
// One line an event: `<queue id or -> <event> key=value ...`, to the journal or standard error. No
// PHI: values are counts, ids, rule names, methods, domains, fault texts. An address passes through
// redact() first.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/result.h"

namespace phimilter::log {

// By consequence for the service, as syslog names them.
enum class Level {
  debug,    // for us
  info,     // a message's outcome, start, stop
  warning,  // the service goes on, the admin should look
  error,    // a message was deferred, or a feature is away
  fatal,    // the program ends
};

enum class Target { standard_error, journald };

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

// Call once, at start. `level`: debug, info, warning or error.
Status open(std::string_view program, Target target, std::string_view level);

void event(Level level, std::string_view queue_id, std::string_view event, Fields fields = {});
void event(Level level, const QueueId& queue_id, std::string_view event, Fields fields = {});
// A fault as a line: its id is the event, its text and fields follow.
void fault(Level level, std::string_view queue_id, const Fault& fault);

}  // namespace phimilter::log

namespace phimilter {

// An address as it may stand in a log line: "j***@example.org". Text that is no address: "***".
std::string redact_address(std::string_view address);

}  // namespace phimilter
