// SPDX-License-Identifier: Apache-2.0
//
// Which passphrases an account may have: long ones that nobody would try first. No rule about
// capitals or digits (NIST SP 800-63B 5.1.1.2).
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace phimilter::portal {

inline constexpr std::size_t kLongestPassphrase = 128;  // characters

enum class PassphraseFault { none, too_short, too_long, common, about_you };

class PassphraseRules {
 public:
  // `breached_file` as portal.breached_passphrases; empty: none. Configuration fault: it cannot be
  // read, or its hashes are not sorted.
  static Result<PassphraseRules> open(std::size_t shortest, const std::string& breached_file);

  // `normalised`: escrow::normalise_passphrase. `address` and `organisation` are what anybody would
  // try. Transient fault: the file cannot be read just now.
  Result<PassphraseFault> judge(const Secret& normalised, std::string_view address,
                                std::string_view organisation) const;
  std::size_t shortest() const { return shortest_; }

 private:
  PassphraseRules(std::size_t shortest, std::string file, bool hashes)
      : shortest_(shortest), file_(std::move(file)), hashes_(hashes) {}
  std::size_t shortest_;
  std::string file_;
  bool hashes_;
};

}  // namespace phimilter::portal
