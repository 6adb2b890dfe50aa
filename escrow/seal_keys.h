// SPDX-License-Identifier: Apache-2.0
//
// The vault's keys as files: X25519 in PEM (RFC 8410), as `openssl genpkey -algorithm X25519` makes
// them too. While the portal's key is being changed, its file holds the new key and then the old
// ones, one PEM block after the other.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "escrow/seal_crypto.h"

namespace phimilter::escrow {

// The first is the one that new entries are sealed to.
using KeyRing = std::vector<KeyPair>;

// Configuration fault: not there, not an X25519 key, or (private) readable by others.
Result<PublicKey> read_public_key(const std::string& path);
Result<Secret> read_private_key(const std::string& path);  // the first of the file
Result<KeyRing> read_private_keys(const std::string& path);

// The PEM blocks of a ring, for the file of it.
Result<Secret> private_keys_text(const KeyRing& ring);
Result<std::string> public_key_text(const PublicKey& key);

// What a key file holds now: it is looked at again when it has changed on the disk. A file that is
// gone or broken meanwhile says so in the log, and the key that was read last stays. Thread-safe.
class PublicKeyFile {
 public:
  static Result<std::unique_ptr<PublicKeyFile>> open(const std::string& path);
  PublicKey now();

 private:
  PublicKeyFile(std::string path, PublicKey key);
  std::string path_, mark_;
  std::mutex mutex_;
  PublicKey key_;
};

class PrivateKeyFile {
 public:
  static Result<std::unique_ptr<PrivateKeyFile>> open(const std::string& path);
  std::shared_ptr<const KeyRing> now();

 private:
  PrivateKeyFile(std::string path, KeyRing ring);
  std::string path_, mark_;
  std::mutex mutex_;
  std::shared_ptr<const KeyRing> ring_;
};

}  // namespace phimilter::escrow
