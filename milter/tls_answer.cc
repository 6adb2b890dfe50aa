// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "milter/tls_table.h"

namespace phimilter::milter {

namespace {

using policy::TlsState;

constexpr std::size_t kLongestRequest = 1000;
constexpr std::size_t kLengthDigits = 4;

// Postfix writes everything below a domain as ".domain"; the names of a policy stand for one label.
std::string match_list(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) {
    out += (out.empty() ? "" : ":") + (host.starts_with("*.") ? host.substr(1) : host);
  }
  return out;
}

std::string order_for(const protect::TlsDemand& demand) {
  if (demand.source == "dane") {
    return "OK dane-only";
  }
  if (demand.source == "mta-sts" && !demand.hosts.empty()) {
    return "OK secure match=" + match_list(demand.hosts) + " servername=hostname";
  }
  return "NOTFOUND ";
}

}  // namespace

std::string tls_answer(protect::TlsFacts& facts, std::string_view request) {
  const std::size_t blank = request.find(' ');
  const std::string_view hop =
      blank == std::string_view::npos ? std::string_view() : request.substr(blank + 1);
  // [host], host:port and .parent are no domains that say something about themselves.
  if (hop.empty() || hop.front() == '.' || hop.find_first_of("[]:") != std::string_view::npos) {
    return "NOTFOUND ";
  }
  const protect::TlsDemand demand = facts.demand(ascii_lower(hop));
  switch (demand.state) {
    case TlsState::proved:
      return order_for(demand);
    case TlsState::not_proved:
      return "NOTFOUND ";
    case TlsState::unknown:
      return "TEMP it could not be told what this domain demands";
  }
  return "TEMP ";
}

Result<std::optional<std::string>> take_netstring(std::string& buffer) {
  const Fault wrong = permanent_fault("tls.request", "not a netstring, or too long");
  const std::size_t colon = buffer.find(':');
  if (colon == std::string::npos) {
    return buffer.size() > kLengthDigits ? Result<std::optional<std::string>>(fail(wrong))
                                         : std::nullopt;
  }
  std::size_t length = 0;
  const char* end = buffer.data() + colon;
  const auto parsed = std::from_chars(buffer.data(), end, length);
  if (colon == 0 || colon > kLengthDigits || parsed.ec != std::errc() || parsed.ptr != end ||
      length > kLongestRequest) {
    return fail(wrong);
  }
  if (buffer.size() < colon + length + 2) {
    return std::nullopt;
  }
  if (buffer[colon + 1 + length] != ',') {
    return fail(wrong);
  }
  std::string out = buffer.substr(colon + 1, length);
  buffer.erase(0, colon + length + 2);
  return out;
}

}  // namespace phimilter::milter
