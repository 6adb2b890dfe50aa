// SPDX-License-Identifier: Apache-2.0
#include "mail/address.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::mail {
namespace {

// RFC 5321 4.1.2 source route: "@relay,@other:" in front of the mailbox.
std::string_view without_source_route(std::string_view text) {
  if (!text.starts_with('@')) {
    return text;
  }
  const auto colon = text.find(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

// The position of the '@' that ends the local part: behind the closing quote when it is quoted.
std::size_t end_of_local(std::string_view text) {
  if (!text.starts_with('"')) {
    return text.rfind('@');
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1 < text.size() && text[i + 1] == '@' ? i + 1 : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

std::string unquoted(std::string_view local) {
  const bool quoted = local.size() >= 2 && local.front() == '"' && local.back() == '"';
  if (quoted) {
    local = local.substr(1, local.size() - 2);
  }
  std::string out;
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '\\' && i + 1 < local.size()) {
      ++i;
    }
    out += local[i];
  }
  return out;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool good_local(std::string_view local) {
  if (local.empty() || has_control(local)) {
    return false;
  }
  return local.front() == '"' || local.find_first_of(" \t<>()[],;:\"@") == std::string_view::npos;
}

bool good_domain(std::string_view domain) {
  if (domain.empty() || has_control(domain)) {
    return false;
  }
  if (domain.front() == '[') {
    return domain.size() > 2 && domain.back() == ']';
  }
  return domain.find_first_of(" \t<>()[],;:\"@\\") == std::string_view::npos &&
         domain.front() != '.' && domain.find("..") == std::string_view::npos;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  text = trim(text);
  if (text.starts_with('<') && text.ends_with('>')) {
    text = text.substr(1, text.size() - 2);
  }
  text = without_source_route(text);
  const Fault wrong = permanent_fault("mail.address", "not a mail address");
  const auto at = end_of_local(text);
  if (at == std::string_view::npos || text.size() > limits::kAddressBytes) {
    return fail(wrong);
  }
  const std::string_view local = text.substr(0, at);
  std::string_view domain = text.substr(at + 1);
  if (!good_local(local) || !good_domain(domain)) {
    return fail(wrong);
  }
  // A final dot names the same domain (RFC 1034 3.1).
  if (domain.ends_with('.')) {
    domain.remove_suffix(1);
  }
  Address address;
  address.spelled_ = text;
  address.local_ = unquoted(local);
  address.domain_ = ascii_lower(domain);
  address.key_ = ascii_lower(address.local_) + "@" + address.domain_;
  return address;
}

bool domain_listed(std::string_view domain, const std::vector<std::string>& domains) {
  const std::string lower = ascii_lower(domain);
  return std::any_of(domains.begin(), domains.end(), [&lower](const std::string& entry) {
    const std::string wanted = ascii_lower(entry);
    return wanted.starts_with('.') ? lower.ends_with(wanted) : lower == wanted;
  });
}

}  // namespace phimilter::mail
