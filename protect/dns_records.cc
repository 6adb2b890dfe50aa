// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "protect/dns.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kPreferenceBytes = 2;

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

// Names in answers are never compressed here. nullopt: cut off, or with bytes that no host has.
std::optional<std::string> name_from(std::string_view wire) {
  std::string out;
  std::size_t at = 0;
  while (at < wire.size()) {
    const auto length = static_cast<unsigned char>(wire[at]);
    if (length == 0) {
      return at + 1 == wire.size() ? std::optional(ascii_lower(out)) : std::nullopt;
    }
    const std::string_view label = wire.substr(at + 1, length);
    if (length > kLongestLabel || label.size() != length || !is_label(label) ||
        out.size() + label.size() > kLongestName) {
      return std::nullopt;
    }
    out += (out.empty() ? "" : ".") + std::string(label);
    at += 1 + length;
  }
  return std::nullopt;
}

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) {
    return false;
  }
  const auto labels = split(name, '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

std::vector<MailHost> mail_hosts(const DnsAnswer& answer) {
  std::vector<MailHost> out;
  for (const std::string& data : answer.data) {
    if (data.size() <= kPreferenceBytes) {
      continue;
    }
    if (auto name = name_from(std::string_view(data).substr(kPreferenceBytes))) {
      const auto high = static_cast<unsigned char>(data[0]);
      const auto low = static_cast<unsigned char>(data[1]);
      out.push_back({static_cast<std::uint16_t>((high << 8) | low), std::move(*name)});
    }
  }
  std::sort(out.begin(), out.end(), [](const MailHost& a, const MailHost& b) {
    return std::pair(a.preference, a.name) < std::pair(b.preference, b.name);
  });
  return out;
}

std::string text_of(std::string_view txt_data) {
  std::string out;
  std::size_t at = 0;
  while (at < txt_data.size()) {
    const auto length = static_cast<unsigned char>(txt_data[at]);
    out += txt_data.substr(at + 1, length);
    at += 1U + length;
  }
  return out;
}

}  // namespace phimilter::protect
