// SPDX-License-Identifier: Apache-2.0
//
// Which mails about a message are due: to its recipient, and words to its sender. Values only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.h"
#include "delivery/message_rows.h"

namespace phimilter::portal {

enum class Receipts { off, each, daily };

struct MailRules {  // 0 days: never
  Receipts receipts = Receipts::off;
  std::chrono::days remind{0}, tell{0}, expiry{0};
  bool words = true;  // senders can be mailed
};
MailRules mail_rules(const Settings& settings);

// Each is sent once; about the end of a message once more when it was extended, since the topic
// then has another name.
enum class Topic { shown, unread, expiring };
std::string_view to_string(Topic topic);
// "unread", "expiring 2026-12-21T10:00:00Z": what was sent is remembered by this.
std::string topic_name(Topic topic, const delivery::MessageRow& row);

// To the recipient: at most one of unread and expiring.
std::optional<Topic> due_reminder(const delivery::MessageRow& row, const MailRules& rules,
                                  Timestamp now);
// To the sender.
std::optional<Topic> due_word(const delivery::MessageRow& row, const MailRules& rules,
                              Timestamp now);

}  // namespace phimilter::portal
