// SPDX-License-Identifier: Apache-2.0
#include "protect/autocrypt.h"

#include <gtest/gtest.h>

#include "support.h"

namespace phimilter::protect {
namespace {

TEST(Autocrypt, TakesTheOneFieldOfTheAuthor) {
  const std::string from = "From: Ann <Ann@example.org>\n";
  const std::string good = "Autocrypt: addr=ann@example.org; keydata=aGVs\n bG8=\n";
  struct Case {
    const char* name;
    std::string headers;
    bool taken;
  };
  const Case cases[] = {
      {"plain", from + good, true},
      {"folded, with preference",
       from + "Autocrypt: addr=ann@example.org; prefer-encrypt=mutual;\n keydata=aGVs\n\tbG8=\n",
       true},
      {"unknown, not critical", from + "Autocrypt: addr=ann@example.org; _x=1; keydata=aGVsbG8=\n",
       true},
      {"unknown, critical", from + "Autocrypt: addr=ann@example.org; x=1; keydata=aGVsbG8=\n",
       false},
      {"another address and one of the author",
       from + "Autocrypt: addr=eve@example.org; keydata=aGVsbG8=\n" + good, true},
      {"another address", from + "Autocrypt: addr=eve@example.org; keydata=aGVsbG8=\n", false},
      {"two of the author", from + good + good, false},
      {"two authors", "From: ann@example.org, ben@example.org\n" + good, false},
      {"two From fields", from + from + good, false},
      {"no author", good, false},
      {"not base64", from + "Autocrypt: addr=ann@example.org; keydata=a*b\n", false},
      {"no key", from + "Autocrypt: addr=ann@example.org\n", false},
      {"empty key", from + "Autocrypt: addr=ann@example.org; keydata=\n", false},
      {"addr twice",
       from + "Autocrypt: addr=ann@example.org; addr=eve@example.org; keydata=aGVsbG8=\n", false},
      {"too long",
       from + "Autocrypt: addr=ann@example.org; keydata=" + std::string(100'000, 'A') + "\n",
       false},
      {"a report", "Content-Type: multipart/report; boundary=x\n" + from + good, false},
      {"none", from, false},
  };
  for (const Case& each : cases) {
    const auto message = testing::message_from(each.headers + "\nbody\n");
    const auto key = autocrypt_key(message.headers);
    ASSERT_EQ(key.has_value(), each.taken) << each.name;
    if (key) {
      EXPECT_EQ(key->key, "hello") << each.name;
      EXPECT_EQ(key->owner.key(), "ann@example.org") << each.name;
    }
  }
}

}  // namespace
}  // namespace phimilter::protect
