// SPDX-License-Identifier: Apache-2.0
//
// Where the MTA's own tables send a mailbox of the organisation on to. A copy for list@own that is
// expanded behind the filter to somebody outside is a copy for the outside.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"

namespace phimilter::delivery {

class AliasMaps {
 public:
  virtual ~AliasMaps() = default;
  // Whether mail to this address of the organisation can reach somebody outside, or whether that
  // could not be told. What a local delivery does (.forward, programs) is not seen. Thread-safe.
  virtual bool leads_outside(const mail::Address& address) = 0;
};

struct AliasOptions {
  // "hash:/etc/postfix/virtual", as main.cf names them; "sendmail-hash:/etc/mail/aliases".
  std::vector<std::string> maps;
  std::vector<std::string> own_domains;
  std::string postmap = "/usr/sbin/postmap";
  std::string makemap = "/usr/sbin/makemap";
  std::string delimiters = "+";  // each of them may begin an extension of a mailbox
  bool operator==(const AliasOptions&) const = default;
};

// Asks postmap(1) and makemap(8). Tables in files are read whole when they have changed, others are
// asked for each name and the answers kept for a minute.
std::unique_ptr<AliasMaps> mta_alias_maps(AliasOptions options);

// One table, so that tests need none of the MTA's. nullopt: no such name. Transient fault: could
// not tell.
class AliasTable {
 public:
  virtual ~AliasTable() = default;
  virtual Result<std::optional<std::string>> find(const std::string& key) = 0;
};
std::unique_ptr<AliasMaps> alias_maps_of(std::vector<std::unique_ptr<AliasTable>> tables,
                                         std::vector<std::string> own_domains,
                                         std::string delimiters = "+");
inline constexpr std::string_view kSendmail = "sendmail-";
// A table that could not be read is read again after `retry`, also unchanged; one that could not be
// asked for several names is not asked for others before.
inline constexpr std::chrono::milliseconds kTableRetry{10'000};
std::unique_ptr<AliasTable> sendmail_table(std::string map, std::string makemap,
                                           std::chrono::milliseconds retry = kTableRetry);
std::unique_ptr<AliasTable> postfix_table(std::string map, std::string postmap,
                                          std::chrono::milliseconds retry = kTableRetry);

}  // namespace phimilter::delivery
