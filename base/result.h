// SPDX-License-Identifier: Apache-2.0
//
// How everything in phimilter says that it went wrong. A function that can fail returns Result<T>;
// the fault says whose problem it is, and that decides what the MTA is told (base/smtp_reply.h).
// Exceptions never cross a room.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace phimilter {

// Whose problem a fault is. The kinds are the SMTP kinds (RFC 5321 4.2.1, RFC 3463).
enum class FaultKind {
  transient,      // try again later: 4xx
  permanent,      // this message can never go: 5xx
  configuration,  // the admin must act: refuse to start, or 4xx while running
  bug,            // an assumption of ours is broken: 4xx, and an error in the log
};

std::string_view to_string(FaultKind kind);

// A fault carries no PHI: no header value, no body text, no answer. Addresses go in as
// base::redact()ed text only.
struct Fault {
  FaultKind kind = FaultKind::bug;
  std::string id;    // stable name, "room.what": "escrow.write"
  std::string text;  // one sentence for the admin: what, where, what to do
  std::vector<std::pair<std::string, std::string>> fields;

  // "cannot write the sealed message (escrow.write path=/var/lib/... error=No space left on
  // device)"
  std::string describe() const;
  Fault& with(std::string key, std::string value) &;
  Fault with(std::string key, std::string value) &&;
};

Fault transient_fault(std::string id, std::string text);
Fault permanent_fault(std::string id, std::string text);
Fault configuration_fault(std::string id, std::string text);
Fault bug_fault(std::string id, std::string text);
// A transient fault with the text of errno in field "error". Call it before anything else can
// change errno.
Fault errno_fault(std::string id, std::string text);

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Fault> {
 public:
  using tl::expected<T, Fault>::expected;
};

using Status = Result<void>;

// `return fail(std::move(fault));` or `return fail(result);` to hand a fault on.
inline tl::unexpected<Fault> fail(Fault fault) {
  return tl::unexpected<Fault>(std::move(fault));
}
template <typename T>
tl::unexpected<Fault> fail(Result<T>& result) {
  return tl::unexpected<Fault>(std::move(result.error()));
}
template <typename T>
tl::unexpected<Fault> fail(Result<T>&& result) {
  return tl::unexpected<Fault>(std::move(result.error()));
}

// An assumption of ours; stays on in release builds and ends the program, since going on could send
// clear text.
void require(bool condition, const char* what);

}  // namespace phimilter
