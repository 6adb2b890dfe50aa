// SPDX-License-Identifier: Apache-2.0
//
// gpg.conf of each home of phimilter-gpg. Private to that program.
#pragma once

#include <string_view>

namespace phimilter::protect {

// no-random-seed-file: its lock makes gpg processes that run at the same time sleep for up to
// seconds. The keyring holds what the admin or a rule trusts, so the web of trust is not asked.
// Nothing goes to the network, nothing is compressed (time, and length as a side channel), and
// encryption needs no agent.
inline constexpr std::string_view kGpgConfiguration =
    "# Written by phimilter at each start; changes made here are lost.\n"
    "no-random-seed-file\n"
    "trust-model always\n"
    "no-auto-check-trustdb\n"
    "no-auto-key-locate\n"
    "no-auto-key-retrieve\n"
    "disable-dirmngr\n"
    "no-autostart\n"
    "compress-algo none\n"
    "compress-level 0\n"
    "no-encrypt-to\n"
    "no-emit-version\n"
    "no-comments\n"
    "personal-cipher-preferences AES256 AES192 AES\n"
    "batch\n"
    "no-tty\n"
    "no-greeting\n"
    "utf8-strings\n";

}  // namespace phimilter::protect
