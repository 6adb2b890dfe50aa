// SPDX-License-Identifier: Apache-2.0
//
// A mail address, parsed once. Compared by key(): local part and domain in lower case, without
// quoting and without a source route, since MTAs treat those spellings as the same mailbox.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::mail {

class Address {
 public:
  // An envelope path or an addr-spec: "<a@b>", "a@b", "<@relay:a@b>", "\"odd local\"@b", UTF-8 (RFC
  // 6531). Permanent fault when it is none of these. "<>" is not an address: see
  // Envelope::reverse_path.
  static Result<Address> parse(std::string_view text);

  const std::string& spelled() const {
    return spelled_;
  }  // addr-spec as given, without <> and source route
  const std::string& local() const { return local_; }    // unquoted, as given
  const std::string& domain() const { return domain_; }  // lower case
  const std::string& key() const { return key_; }
  bool operator==(const Address& other) const { return key_ == other.key_; }
  auto operator<=>(const Address& other) const { return key_ <=> other.key_; }

 private:
  Address() = default;
  std::string spelled_, local_, domain_, key_;
};

struct Mailbox {
  std::string display_name;  // decoded (RFC 2047), UTF-8; may be empty
  Address address;
};

// RFC 2047 encoded-words in the charsets that display names come in; others stay as they are, and
// their "=?" shows it. Full decoding is the extract room's, in the jail.
std::string with_words_decoded(std::string_view text);

// All mailboxes of an address header value (RFC 5322 3.4): groups opened, comments dropped,
// tolerant of what MUAs write. What cannot be read as an address is left out.
std::vector<Mailbox> mailboxes(std::string_view header_value);

// Whether `domain` is one of `domains` or below one that is written ".example.org".
bool domain_listed(std::string_view domain, const std::vector<std::string>& domains);

}  // namespace phimilter::mail
