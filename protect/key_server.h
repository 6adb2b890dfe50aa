// SPDX-License-Identifier: Apache-2.0
//
// A place on the net that may have a recipient's key. Three answers: found, none, unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"
#include "protect/gpg_broker.h"
#include "protect/key_record.h"

namespace phimilter::protect {

struct NetAnswer {
  enum class Kind {
    found,    // `keys` hold what was sent; nobody has looked at it yet
    none,     // the place says that it has no key for the address
    unknown,  // it could not be asked, or did not say
  };
  Kind kind = Kind::unknown;
  std::vector<std::string> keys;
  std::string why;  // for people: "HTTP 404", "the name does not resolve"
};

class KeyServer {
 public:
  virtual ~KeyServer() = default;
  virtual KeyKind kind() const = 0;
  virtual std::string_view source() const = 0;  // a word of key_rules.h
  // The host that would be asked about the address; nullopt: none, by the settings.
  virtual std::optional<std::string> host(const mail::Address& address) const = 0;
  // Blocks until the deadline at the longest. Thread-safe.
  virtual NetAnswer ask(const mail::Address& address, Deadline deadline) = 0;
};

}  // namespace phimilter::protect
