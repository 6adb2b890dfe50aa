// SPDX-License-Identifier: Apache-2.0
//
// The pages of a recipient's own account, from values to markup. `notice` is the key of a sentence,
// or empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portal/page_frame.h"
#include "portal/passphrase_rules.h"

namespace phimilter::portal {

struct AccountNotice {
  std::string_view key;  // of a sentence; empty: none
  TextArguments arguments{};
};

// Why a passphrase is refused; PassphraseFault::none: it is not theirs.
AccountNotice refused_notice(PassphraseFault fault, std::size_t shortest);

struct ListedMessage {
  std::string path;  // "/a/<id>"
  std::string from, date, reference;
  bool link_needed = false;  // opens by the link in its notice alone
};

struct AccountSettings {
  std::string address;
  bool authenticator = false;
  std::size_t recovery_left = 0;
  std::size_t shortest = 0;  // passphrase
};

std::string sign_in_page(const PageFrame& frame, const AccountNotice& notice);
std::string message_list_page(const PageFrame& frame, const std::string& token,
                              const std::vector<ListedMessage>& messages);
std::string settings_page(const PageFrame& frame, const std::string& token,
                          const AccountSettings& settings, const AccountNotice& notice);
// `uri` stands in the QR code, `secret` beside it, for who types it in.
std::string authenticator_page(const PageFrame& frame, const std::string& token,
                               std::string_view uri, std::string_view secret,
                               const AccountNotice& notice);
std::string recovery_page(const PageFrame& frame, const std::vector<std::string>& codes);
// After a proof; `link_path` is the message's.
std::string new_account_page(const PageFrame& frame, const std::string& token,
                             const std::string& link_path, const AccountSettings& settings,
                             const AccountNotice& notice);
std::string forgotten_page(const PageFrame& frame);
std::string reset_page(const PageFrame& frame, std::string_view address, std::size_t shortest,
                       const AccountNotice& notice);
// Nothing waits in the account's address; also a page with one sentence and a link to the account.
std::string account_word_page(const PageFrame& frame, const AccountNotice& title,
                              const AccountNotice& text);

}  // namespace phimilter::portal
