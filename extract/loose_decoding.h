// SPDX-License-Identifier: Apache-2.0
//
// What some readers get out of a leaf whose transfer encoding or charset is doubtful, beside what
// the strict ones get: for other_readings.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// Contents other than the usual decoding. `encoding_field`: the raw value of
// Content-Transfer-Encoding, empty without one. None: all readers decode the same.
std::vector<std::string> other_decodings(std::string_view encoded, std::string_view encoding_field);

// The usual decoding, as far as it goes without the MIME library: base64, quoted-printable, as it
// is.
std::string usual_decoding(std::string_view encoded, std::string_view encoding_field);

// Charsets that a reader may take for bytes labelled otherwise: byte order marks, escape sequences,
// UTF-7 that nobody declared, ASCII under the label of a wide charset.
std::vector<std::string> other_charsets(std::string_view bytes, std::string_view label);
// UTF-8 with overlong forms (C1 9A for Z), which strict decoders refuse; empty: there are none.
std::string overlong_as_ascii(std::string_view bytes);

// Texts and files that stand as base64 lines in text, kBase64Runs and one more at most.
inline constexpr std::size_t kBase64Runs = 50;
std::vector<std::string> base64_in_text(std::string_view text);

}  // namespace phimilter::extract
