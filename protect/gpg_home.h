// SPDX-License-Identifier: Apache-2.0
//
// GNUPGHOME as phimilter wants it. Used by phimilter-gpg only.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace phimilter::protect {

// Checks that `home` is a folder of ours (mode 0700, at most 80 bytes of path) and writes its
// gpg.conf, unless it is there and the same already. Configuration fault else.
Status prepare_gpg_home(const std::string& home);

// A home of one broker's own, below `home`, with a copy of its keyring. What is imported meanwhile
// never changes what gpg reads in the middle of an operation, nor is there a moment without a
// keyring (gpg moves the old one away before the new one comes); and since nobody else is there, no
// lock is taken, which would be a queue where many run at once.
class BrokerHome {
 public:
  // Removes what brokers left that were killed. Transient fault: it cannot be made.
  static Result<std::unique_ptr<BrokerHome>> make(const std::string& home);
  ~BrokerHome();
  BrokerHome(const BrokerHome&) = delete;
  BrokerHome& operator=(const BrokerHome&) = delete;

  const std::string& path() const { return path_; }
  // To be called between two operations. true: the keyring is another one than before. Transient
  // fault: it cannot be copied.
  Result<bool> refresh();

 private:
  BrokerHome(std::string home, std::string path) : home_(std::move(home)), path_(std::move(path)) {}

  const std::string home_, path_;
  std::string stamp_;  // of the keyring that was copied; empty: there is none
};

// A fresh home below `home` in which an import keeps only the user id with this very address.
// Permanent fault: an address that cannot be written down in gpg's configuration.
Result<std::string> make_inspection_home(const std::string& home, const std::string& address);

}  // namespace phimilter::protect
