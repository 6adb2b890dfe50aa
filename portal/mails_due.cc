// SPDX-License-Identifier: Apache-2.0
#include "portal/mails_due.h"

#include <algorithm>

namespace phimilter::portal {
namespace {

using delivery::MessageRow;
using delivery::MessageState;

// Who switches receipts on does not hear of everything that was ever read.
constexpr std::chrono::hours kReceiptStillNews(48);

bool unread(const MessageRow& row) {
  return row.entry && row.state() == MessageState::unread;
}

// Never in the first half of a short life: who gets a message for three days needs no word on the
// first one that three days are left.
bool ends_soon(const MessageRow& row, std::chrono::days window, Timestamp now) {
  const auto half = (row.entry->expires - row.entry->created) / 2;
  return window.count() > 0 &&
         now >= std::max(row.entry->expires - window, row.entry->created + half);
}

bool waited(const MessageRow& row, std::chrono::days wait, Timestamp now) {
  return wait.count() > 0 && now >= row.entry->created + wait;
}

}  // namespace

MailRules mail_rules(const Settings& settings) {
  const std::string& receipts = settings.tracking_receipts;
  return {receipts == "each"    ? Receipts::each
          : receipts == "daily" ? Receipts::daily
                                : Receipts::off,
          std::chrono::days(settings.tracking_remind_days),
          std::chrono::days(settings.tracking_tell_days),
          std::chrono::days(settings.tracking_expiry_days), true};
}

std::string_view to_string(Topic topic) {
  switch (topic) {
    case Topic::shown:
      return "shown";
    case Topic::unread:
      return "unread";
    case Topic::expiring:
      return "expiring";
  }
  return "unknown";
}

std::string topic_name(Topic topic, const MessageRow& row) {
  return topic == Topic::expiring && row.entry
             ? std::string(to_string(topic)) + " " + rfc3339(row.entry->expires)
             : std::string(to_string(topic));
}

std::optional<Topic> due_reminder(const MessageRow& row, const MailRules& rules, Timestamp now) {
  if (!unread(row)) {
    return std::nullopt;
  }
  if (ends_soon(row, rules.expiry, now)) {
    return Topic::expiring;
  }
  const std::chrono::days wait =
      row.remind_days ? std::chrono::days(*row.remind_days) : rules.remind;
  return waited(row, wait, now) ? std::optional(Topic::unread) : std::nullopt;
}

std::optional<Topic> due_word(const MessageRow& row, const MailRules& rules, Timestamp now) {
  if (!rules.words) {
    return std::nullopt;
  }
  const auto shown = row.first(audit::Event::shown);
  if (shown) {
    return (rules.receipts != Receipts::off || row.receipt) && now - *shown < kReceiptStillNews
               ? std::optional(Topic::shown)
               : std::nullopt;
  }
  if (!unread(row)) {
    return std::nullopt;
  }
  if (ends_soon(row, rules.expiry, now)) {
    return Topic::expiring;
  }
  return waited(row, rules.tell, now) ? std::optional(Topic::unread) : std::nullopt;
}

}  // namespace phimilter::portal
