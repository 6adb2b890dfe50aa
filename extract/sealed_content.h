// SPDX-License-Identifier: Apache-2.0
//
// Is it really encrypted? A message that its sender has encrypted is exempt from protection, so a
// type name or an armour line is not enough: the bytes must parse, to the last one, as CMS (RFC
// 5652, 5083) or as an OpenPGP message (RFC 9580 10.3) of session keys and encrypted data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

void warm_up_sealed_content();

enum class CmsKind { enveloped, signed_data, other };

struct Cms {
  CmsKind kind = CmsKind::other;
  std::string content;  // of signed data: what is signed, if it is inside
};

std::optional<Cms> parse_cms(std::string_view bytes);  // DER or BER; none: it is not CMS

bool is_encrypted_openpgp(std::string_view binary);

struct ArmouredBlock {
  std::size_t start = 0;   // of the first dash
  std::size_t length = 0;  // to the end of the last line
  bool encrypted = false;  // its bytes are a real encrypted message
};

// The first "PGP MESSAGE" block in the text (RFC 9580 6.2).
std::optional<ArmouredBlock> find_armoured_message(std::string_view text);

}  // namespace phimilter::extract
