// SPDX-License-Identifier: Apache-2.0
//
// Internationalised domain names in their ASCII form (RFC 5890), for comparing.
#pragma once

#include <string>
#include <string_view>

#include "mail/address.h"

namespace phimilter::protect {

// Each label that is not ASCII as "xn--" and its Punycode (RFC 3492), ASCII in lower case. Letters
// beyond ASCII are not folded: a domain that is spelled in another way is another one. A domain
// that is not UTF-8 comes back as it is.
std::string a_labels(std::string_view domain);

// Whose key it is: one for all spellings of a mailbox, the local part in lower case and the domain
// as A-labels. The key book, the keyring and the certificate folder all go by it; what was said
// about one spelling would not hold for the other else.
std::string owner_key(const mail::Address& address);

}  // namespace phimilter::protect
