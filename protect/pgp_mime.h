// SPDX-License-Identifier: Apache-2.0
//
// PGP/MIME (RFC 3156) through phimilter-gpg, the small broker program that alone touches GNUPGHOME.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "protect/key_source.h"
#include "protect/protected_message.h"

namespace phimilter::protect {

struct KeyDescription {  // for `phictl keys list`
  FingerprintId fingerprint;
  std::vector<std::string> addresses;
  policy::KeyState state = policy::KeyState::none;
  Timestamp expires{};  // 0: never
  std::string algorithm;
  std::string reason{};  // why it is not used, where the state alone does not tell
};

struct InspectedKey {
  KeyDescription key;
  std::string bytes;  // binary, with the one user id
};

class Pgp : public KeySource {
 public:
  // Encrypts to exactly these keys (trust was decided by us: the fingerprints are the decision),
  // signed inside when there is a key for that; one ciphertext for all of them; the key ids of
  // `keys` stand in it, so a Bcc recipient needs a call of its own. Transient fault: gpg hung or
  // died (broker replaced), a key has become unusable since find(), or it cannot be signed.
  virtual Result<ProtectedMessage> encrypt(const mail::CapturedMessage& message,
                                           std::span<const FingerprintId> keys,
                                           const std::string& spool_folder) = 0;
  virtual Result<std::vector<KeyDescription>> list() = 0;
  // Whether the key can sign without anybody being asked. Transient fault "pgp.sign": no.
  virtual Status try_signing(const FingerprintId& /*key*/) {
    return fail(transient_fault("pgp.sign", "there is no way to sign"));
  }
  // Public keys, armored or binary. Returns what was imported. Permanent fault: no key in it.
  virtual Result<std::vector<KeyDescription>> import(std::string_view bytes) = 0;
  // Looks at keys from outside, binary or armored, without keeping them: the one that can be used
  // for the address, with no other user id. Permanent fault: there is none.
  virtual Result<InspectedKey> inspect(std::string_view /*bytes*/,
                                       const mail::Address& /*address*/) {
    return fail(permanent_fault("pgp.no_key", "there is no way to look at a key"));
  }
};

struct PgpOptions {
  std::string program;  // absolute path of phimilter-gpg
  std::string home;     // GNUPGHOME, at most 80 bytes (the agent's socket must fit), mode 0700
  std::string sign_key = {};  // fingerprint; empty: nothing is signed
  std::size_t brokers = 3;
  std::int64_t timeout_ms =
      limits::kGpgMs;  // of one operation; past it the broker is killed and replaced
};

// Starts the brokers (before anything large is loaded: fork cost follows memory). Configuration
// fault: home missing, open to others, its gpg.conf cannot be written, or sign_key cannot sign.
Result<std::unique_ptr<Pgp>> start_pgp(const PgpOptions& options);

}  // namespace phimilter::protect
