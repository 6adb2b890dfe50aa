// SPDX-License-Identifier: Apache-2.0
#include "portal/totp.h"

#include <gtest/gtest.h>

#include "portal/fakes.h"
#include "portal/qr_code.h"
#include "portal/run_tool.h"

namespace phimilter::portal {
namespace {

const Secret kRfcSecret{std::string_view("12345678901234567890")};

Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

// RFC 6238, appendix B, SHA-1; of its eight digits the last six.
TEST(Totp, VectorsOfTheRfc) {
  const struct {
    std::int64_t seconds;
    const char* code;
  } cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
               {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& test : cases) {
    EXPECT_EQ(totp_code(kRfcSecret, totp_step(at(test.seconds))), test.code) << test.seconds;
  }
}

// RFC 4226, appendix D.
TEST(Totp, VectorsOfHotp) {
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                         "254676", "287922", "162583", "399871", "520489"};
  for (int count = 0; count < 10; ++count) {
    EXPECT_EQ(totp_code(kRfcSecret, count), codes[count]);
  }
}

TEST(Totp, OathtoolMakesTheSame) {
  const Secret secret = random_secret(kTotpSecretBytes);
  const ToolResult made = run_tool("oathtool --totp=sha1 -b -d 6 -N '2026-11-21 12:00:00 UTC' " +
                                   base32(secret.span()));
  ASSERT_EQ(made.status, 0);
  EXPECT_EQ(made.output, totp_code(secret, totp_step(test_time())) + "\n");
}

TEST(Totp, OneStepOfSkewAndNoneTwice) {
  const std::int64_t now = totp_step(test_time());
  const auto taken = [now](std::int64_t step, std::int64_t last) {
    return matching_step(kRfcSecret, totp_code(kRfcSecret, now + step), test_time(), last);
  };
  EXPECT_EQ(taken(0, 0), now);
  EXPECT_EQ(taken(-1, 0), now - 1);
  EXPECT_EQ(taken(1, 0), now + 1);
  EXPECT_FALSE(taken(-2, 0));
  EXPECT_FALSE(taken(2, 0));
  EXPECT_FALSE(taken(0, now)) << "a replay";
  EXPECT_FALSE(taken(-1, now)) << "older than the last";
  EXPECT_EQ(taken(1, now), now + 1);
  for (const std::string_view wrong : {"", "12345", "abcdef", "0000000"}) {
    EXPECT_FALSE(matching_step(kRfcSecret, wrong, test_time(), 0)) << wrong;
  }
}

TEST(Base32, VectorsOfRfc4648) {
  const struct {
    std::string_view text, encoded;
  } cases[] = {{"", ""},
               {"f", "MY"},
               {"fo", "MZXQ"},
               {"foo", "MZXW6"},
               {"foob", "MZXW6YQ"},
               {"fooba", "MZXW6YTB"},
               {"foobar", "MZXW6YTBOI"}};
  for (const auto& test : cases) {
    EXPECT_EQ(base32(as_bytes(test.text)), test.encoded);
  }
}

// What an app reads: zbarimg takes the part of the camera.
TEST(QrCode, HoldsTheUri) {
  const TempFolder temp;
  const Secret uri = totp_uri(kRfcSecret, "Clínica Ñandú", "pat@example.org");
  const std::string svg = qr_code(uri.view(), "label \"x\"").str();
  EXPECT_NE(svg.find("aria-label=\"label &quot;x&quot;\""), std::string::npos);
  EXPECT_EQ(svg.find("style="), std::string::npos) << "the policy forbids it";
  EXPECT_EQ(uri.view(),
            "otpauth://totp/Cl%c3%adnica%20%c3%91and%c3%ba:pat%40example.org?secret="
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Cl%c3%adnica%20%c3%91and%c3%ba&algorithm=SHA1"
            "&digits=6&period=30");
  EXPECT_TRUE(qr_code(std::string(2000, 'x'), "").empty());
}

}  // namespace
}  // namespace phimilter::portal
