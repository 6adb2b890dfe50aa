// SPDX-License-Identifier: Apache-2.0
#include "policy/terms.h"

#include <algorithm>
#include <charconv>

namespace phimilter::policy {
namespace {

constexpr std::string_view kExpiry = "expiry ", kRemind = "remind after ", kReceipt = "receipt";
constexpr std::string_view kReplyAll = "reply to all", kForward = "forward", kNot = "no ";
constexpr std::string_view kBetween = ", ";

std::optional<int> shorter(std::optional<int> one, std::optional<int> other) {
  return one && other ? std::min(one, other) : one ? one : other;
}

std::optional<bool> both_allow(std::optional<bool> one, std::optional<bool> other) {
  return one && other ? *one && *other : one ? one : other;
}

bool read_term(std::string_view text, Terms& terms) {
  if (text == kReceipt) {
    terms.receipt = true;
    return true;
  }
  const bool allowed = !text.starts_with(kNot);
  const std::string_view way = allowed ? text : text.substr(kNot.size());
  if (way == kReplyAll || way == kForward) {
    (way == kReplyAll ? terms.reply_all : terms.forward) = allowed;
    return true;
  }
  if (text.starts_with(kExpiry)) {
    terms.expiry_days = days_from_text(text.substr(kExpiry.size()), kLongestExpiryDays);
    return terms.expiry_days.has_value();
  }
  if (text.starts_with(kRemind)) {
    terms.remind_days = days_from_text(text.substr(kRemind.size()), kLongestReminderDays);
    return terms.remind_days.has_value();
  }
  return false;
}

}  // namespace

void tighten(Terms& terms, const Terms& other) {
  terms.expiry_days = shorter(terms.expiry_days, other.expiry_days);
  terms.remind_days = shorter(terms.remind_days, other.remind_days);
  terms.receipt = terms.receipt || other.receipt;
  terms.reply_all = both_allow(terms.reply_all, other.reply_all);
  terms.forward = both_allow(terms.forward, other.forward);
}

std::string to_text(const Terms& terms) {
  std::string text;
  const auto add = [&text](const std::string& one) {
    text += (text.empty() ? "" : std::string(kBetween)) + one;
  };
  if (terms.expiry_days) {
    add(std::string(kExpiry) + std::to_string(*terms.expiry_days) + "d");
  }
  if (terms.remind_days) {
    add(std::string(kRemind) + std::to_string(*terms.remind_days) + "d");
  }
  if (terms.receipt) {
    add(std::string(kReceipt));
  }
  const auto add_way = [&add](std::optional<bool> allowed, std::string_view way) {
    if (allowed) {
      add(std::string(*allowed ? "" : kNot) + std::string(way));
    }
  };
  add_way(terms.reply_all, kReplyAll);
  add_way(terms.forward, kForward);
  return text;
}

std::optional<Terms> terms_from_text(std::string_view text) {
  Terms terms;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kBetween), text.size());
    if (!read_term(text.substr(0, end), terms)) {
      return std::nullopt;
    }
    text.remove_prefix(std::min(end + kBetween.size(), text.size()));
  }
  return terms;
}

std::optional<int> days_from_text(std::string_view text, int longest) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const int days = unit == "d" ? 1 : unit == "w" ? 7 : unit == "y" ? 365 : 0;
  if (error != std::errc() || days == 0 || count < 1 || count > longest / days) {
    return std::nullopt;
  }
  return count * days;
}

}  // namespace phimilter::policy
