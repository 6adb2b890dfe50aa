// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a declared charset as UTF-8, by ICU only: iconv opens files, which the jail kills for.
#pragma once

#include <string>
#include <string_view>

namespace phimilter::extract {

struct Decoded {
  std::string text;
  bool certain = true;  // false: the charset is not known, or many bytes are none of its characters
};

// Binds ICU to its built-in data and loads the alias tables. Once, before the jail.
void warm_up_charsets();

// `charset` as in the Content-Type field; empty: a guess (byte order mark, UTF-8, UTF-16 by its
// zero bytes, else windows-1252). Mislabelled bytes are read as mail readers read them: single
// bytes that are not UTF-8 in text that says it is become windows-1252, ISO-8859-1 is windows-1252,
// GB2312 is GB18030. A byte order mark goes.
Decoded decode_charset(std::string_view bytes, std::string_view charset);

}  // namespace phimilter::extract
