// SPDX-License-Identifier: Apache-2.0
//
// What the secure instance of Postfix must demand of a next hop: its smtp_tls_policy_maps ask here
// (socketmap_table(5)), so that what was promised when a message was decided on is what holds when
// it is delivered.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protect/tls_facts.h"

namespace phimilter::milter {

// "name next-hop" -> "OK dane-only", "OK secure match=mx.a.example:.b.example servername=hostname",
// "NOTFOUND " (the instance's own level holds, which is `secure`), or "TEMP why" when it cannot be
// told: the mail then waits. Nothing weaker than `secure` is ever said.
std::string tls_answer(protect::TlsFacts& facts, std::string_view request);

// Netstrings (socketmap_table(5)). nullopt: incomplete so far. Permanent fault: not one, or too
// long. What was read is taken off the buffer.
Result<std::optional<std::string>> take_netstring(std::string& buffer);

class TlsTable {
 public:
  virtual ~TlsTable() = default;  // no answer is given any more, and the socket is gone
};

// `socket`: "unix:/path", mode 0660, for `group`; or "inet:127.0.0.1:port". Configuration fault:
// cannot listen there. `facts` outlives the table.
Result<std::unique_ptr<TlsTable>> serve_tls_table(const std::string& socket,
                                                  const std::string& group,
                                                  protect::TlsFacts& facts);

}  // namespace phimilter::milter
