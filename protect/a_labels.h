// SPDX-License-Identifier: Apache-2.0
//
// Internationalised domain names in their ASCII form (RFC 5890), for comparing.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::protect {

// Each label that is not ASCII as "xn--" and its Punycode (RFC 3492), ASCII in lower case. Letters
// beyond ASCII are not folded: a domain that is spelled in another way is another one. A domain
// that is not UTF-8 comes back as it is.
std::string a_labels(std::string_view domain);

}  // namespace phimilter::protect
