// SPDX-License-Identifier: Apache-2.0
//
// Time-based one-time passwords (RFC 6238, RFC 4226) as authenticator apps make them: SHA-1, six
// digits, steps of 30 seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/secret.h"

namespace phimilter::portal {

inline constexpr std::size_t kTotpSecretBytes = 20;  // RFC 4226 4: as long as the hash
inline constexpr int kTotpSkewSteps = 1;             // a clock may be half a minute off

std::int64_t totp_step(Timestamp now);
std::string totp_code(const Secret& secret, std::int64_t step);
// The step whose code this is, of the one now and those beside it, if it is later than `last_step`
// (RFC 6238 5.2: none is taken twice); nullopt: wrong. All are computed and compared, whichever is
// right.
std::optional<std::int64_t> matching_step(const Secret& secret, std::string_view code,
                                          Timestamp now, std::int64_t last_step);

std::string base32(ByteView bytes);  // RFC 4648 6, not padded
// otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=..., as apps read it from a QR code.
Secret totp_uri(const Secret& secret, std::string_view issuer, std::string_view account);

}  // namespace phimilter::portal
