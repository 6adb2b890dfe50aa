// SPDX-License-Identifier: Apache-2.0
//
// The examinations of `phictl doctor`. Each looks at one thing, changes nothing, and writes down
// what it saw.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/settings.h"
#include "phictl/examination.h"
#include "phictl/postfix_config.h"

namespace phimilter::phictl {

// The listeners with and without the filter, what happens when it is away, who comes behind it.
void examine_postfix(const PostfixConfig& main, const Settings& settings, Examination& seen);
// The instance behind reentry.secure_listener; `instances` are all that were read.
void examine_secure_postfix(const std::vector<PostfixConfig>& instances, const Settings& settings,
                            Examination& seen);
// Maps and files that send mail for an own address to the outside, behind the filter's back.
void examine_postfix_aliases(const PostfixConfig& main, const Settings& settings,
                             const std::string& postmap, Examination& seen);
// `homes`: folders in which a .forward may stand.
void examine_forward_files(const std::vector<std::string>& homes, const Settings& settings,
                           Examination& seen);

// The same of a sendmail.cf, by its text.
void examine_sendmail(const std::string& file, const std::string& text, const Settings& settings,
                      Examination& seen);

void examine_sockets(const Settings& settings, Examination& seen);
void examine_disk(const Settings& settings, Examination& seen);
void examine_clock(Examination& seen);
// Whether a journal was ever found without its head.
void examine_journals(const Settings& settings, Examination& seen);
void examine_redis(const Settings& settings, Examination& seen);
// Keys and certificates that expire within `days`; `key_list` is what `phictl keys list --json`
// says.
void examine_expiry(const Settings& settings, const std::string& key_list, Timestamp now, int days,
                    Examination& seen);
// Sends a made-up patient's mail through the filtered listener to `address`, and reads in the
// journal whether it left as `method`.
void examine_canary(const Settings& settings, const std::string& method, const std::string& address,
                    Examination& seen);

}  // namespace phimilter::phictl
