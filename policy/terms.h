// SPDX-License-Identifier: Apache-2.0
//
// How long a message waits in the portal, who hears of it meanwhile and whom its reader may write
// to, where rules and routes ask for something else than the settings say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phimilter::policy {

inline constexpr int kLongestExpiryDays = 3653;  // ten years
inline constexpr int kLongestReminderDays = 365;

struct Terms {
  std::optional<int> expiry_days;   // readable so long
  std::optional<int> remind_days;   // unread so long: the recipient is reminded
  bool receipt = false;             // the sender is told when it is first shown
  std::optional<bool> reply_all{};  // the recipient may answer to everybody who got it
  std::optional<bool> forward{};    // and send it on
  bool empty() const { return *this == Terms{}; }
  bool operator==(const Terms&) const = default;
};

// Both hold: the shorter expiry, the earlier reminder, a receipt where either asks for one; and
// what one of them forbids stays forbidden.
void tighten(Terms& terms, const Terms& other);

// "expiry 90d, remind after 3d, receipt, reply to all, no forward"; empty: nothing is asked for.
std::string to_text(const Terms& terms);
std::optional<Terms> terms_from_text(std::string_view text);

// "90d", "12w" or "10y" (of 365 days), at least a day and at most `longest` days.
std::optional<int> days_from_text(std::string_view text, int longest);

}  // namespace phimilter::policy
