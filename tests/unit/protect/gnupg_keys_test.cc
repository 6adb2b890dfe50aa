// SPDX-License-Identifier: Apache-2.0
#include "protect/gnupg_keys.h"

#include <gtest/gtest.h>

#include <chrono>

namespace phimilter::protect {
namespace {

using policy::KeyState;

const std::string kFingerprint(40, 'a');
const std::string kOther(40, 'b');
constexpr std::int64_t kNow = 1'000'000;

Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

policy::KeyFact find(const std::string& lines, const std::string& address) {
  auto keys = parse_key_lines(lines);
  EXPECT_TRUE(keys.has_value()) << lines;
  return GnupgKeys(std::move(*keys)).find(*mail::Address::parse(address), at(kNow));
}

std::string key(const std::string& fingerprint, const std::string& rest) {
  return "key\t" + fingerprint + "\t" + rest;
}

TEST(GnupgKeys, StatesOfOneKey) {
  struct Case {
    std::string_view name;
    std::string lines;
    KeyState state;
  };
  const std::string uid = "uid\t-\tann@example.org\n";
  const Case cases[] = {
      {"valid", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\tcv25519\n", KeyState::valid},
      {"valid for one more second",
       key(kFingerprint, "-\t5\t1000001\n") + uid + "sub\t-\t5\t0\tx\n", KeyState::valid},
      {"expires now", key(kFingerprint, "-\t5\t1000000\n") + uid + "sub\t-\t5\t0\tx\n",
       KeyState::expired},
      {"subkey expired", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t9\tx\n",
       KeyState::expired},
      {"one subkey expired, one not",
       key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t9\tx\nsub\t-\t6\t0\tx\n",
       KeyState::valid},
      {"revoked", key(kFingerprint, "r\t5\t0\n") + uid + "sub\t-\t5\t0\tx\n", KeyState::revoked},
      {"subkey revoked", key(kFingerprint, "-\t5\t0\n") + uid + "sub\tr\t5\t0\tx\n",
       KeyState::revoked},
      {"revoked, and so all its user ids",
       key(kFingerprint, "r\t5\t0\n") + "uid\tr\tann@example.org\nsub\tr\t5\t0\tx\n",
       KeyState::revoked},
      {"disabled", key(kFingerprint, "d\t5\t0\n") + uid + "sub\t-\t5\t0\tx\n", KeyState::unusable},
      {"invalid subkey", key(kFingerprint, "-\t5\t0\n") + uid + "sub\ti\t5\t0\tx\n",
       KeyState::unusable},
      {"cannot encrypt", key(kFingerprint, "-\t5\t0\n") + uid, KeyState::unusable},
      {"short", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa1024\n",
       KeyState::unusable},
      {"one bit short", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa2047\n",
       KeyState::unusable},
      {"long enough", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa2048\n",
       KeyState::valid},
      {"Elgamal, short", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\telg1536\n",
       KeyState::unusable},
      {"no number", key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa\n",
       KeyState::unusable},
      {"the newer one is short, and gpg takes it",
       key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa4096\nsub\t-\t6\t0\trsa1024\n",
       KeyState::unusable},
      {"the older one is short",
       key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa1024\nsub\t-\t6\t0\tcv25519\n",
       KeyState::valid},
      {"the short one has expired",
       key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\tcv25519\nsub\t-\t6\t9\trsa1024\n",
       KeyState::valid},
      {"the short one alone has not expired",
       key(kFingerprint, "-\t5\t0\n") + uid + "sub\t-\t5\t0\trsa1024\nsub\t-\t6\t9\tcv25519\n",
       KeyState::unusable},
      {"made tomorrow", key(kFingerprint, "-\t1000001\t0\n") + uid + "sub\t-\t5\t0\tx\n",
       KeyState::unusable},
      {"user id revoked",
       key(kFingerprint, "-\t5\t0\n") + "uid\tr\tann@example.org\nsub\t-\t5\t0\tx\n",
       KeyState::none},
      {"another's", key(kFingerprint, "-\t5\t0\n") + "uid\t-\tjoann@example.org\nsub\t-\t5\t0\tx\n",
       KeyState::none},
      {"same address, other spelling",
       key(kFingerprint, "-\t5\t0\n") + "uid\t-\tANN@Example.ORG\nsub\t-\t5\t0\tx\n",
       KeyState::valid},
      {"empty keyring", "", KeyState::none},
  };
  for (const auto& each : cases) {
    const auto fact = find(each.lines, "ann@example.org");
    EXPECT_EQ(fact.state, each.state) << each.name;
    EXPECT_EQ(fact.fingerprint.has_value(),
              each.state == KeyState::valid || each.state == KeyState::expired)
        << each.name;
  }
}

TEST(GnupgKeys, TheNewestValidOneWins) {
  const std::string uid = "uid\t-\tann@example.org\nsub\t-\t5\t0\tx\n";
  const auto both = find(key(kFingerprint, "-\t5\t0\n") + uid + key(kOther, "-\t6\t0\n") + uid,
                         "ann@example.org");
  EXPECT_EQ(both.fingerprint->str(), kOther);
  const auto newer_revoked = find(
      key(kFingerprint, "-\t5\t0\n") + uid + key(kOther, "r\t6\t0\n") + uid, "ann@example.org");
  EXPECT_EQ(newer_revoked.state, KeyState::valid);
  EXPECT_EQ(newer_revoked.fingerprint->str(), kFingerprint);
}

TEST(GnupgKeys, LinesThatAreNotOursAreAFault) {
  const std::string invalid[] = {
      "sub\t-\t5\t0\tx\n",                             // no key before
      key(kFingerprint, "-\t5\t0"),                    // no line end
      key(kFingerprint, "-\t5\n"),                     // a word is missing
      key(kFingerprint, "x\t5\t0\n"),                  // unknown flag
      key(kFingerprint, "-\t-5\t0\n"),                 // before 1970
      key("AAAA", "-\t5\t0\n"),                        // no fingerprint
      key(kFingerprint, "-\t5\t0\n") + "pub\t-\t5\n",  // unknown line
      "\n",
  };
  for (const auto& lines : invalid) {
    const auto keys = parse_key_lines(lines);
    ASSERT_FALSE(keys.has_value()) << lines;
    EXPECT_EQ(keys.error().kind, FaultKind::transient);
  }
}

}  // namespace
}  // namespace phimilter::protect
