// SPDX-License-Identifier: Apache-2.0
#include "protect/key_record.h"

#include <gtest/gtest.h>

namespace phimilter::protect {
namespace {

using policy::KeyFact;
using policy::KeyState;

FingerprintId key(char digit) {
  return *FingerprintId::parse(std::string(40, digit));
}
Timestamp at(int second) {
  return Timestamp(std::chrono::seconds(second));
}
OfferedKey found(char digit, const std::string& source = "wkd", const std::string& bytes = "k") {
  return {.fingerprint = key(digit), .source = source, .bytes = bytes};
}
KeyFact held(char digit, KeyState state) {
  return {.state = state, .fingerprint = key(digit), .source = "gnupg"};
}
KeyRecord record() {
  return {.kind = KeyKind::pgp, .owner = "ann@example.org", .pin = {}, .candidates = {}};
}

TEST(KeyRecord, WhatIsFoundIsPendingUntilARuleOrAPersonTrustsIt) {
  KeyRecord ann = record();
  EXPECT_EQ(offer(ann, found('a'), false, at(1)), Offered::pending);
  EXPECT_EQ(choose_key(ann, {}).state, KeyState::pending);
  EXPECT_EQ(choose_key(ann, {}).fingerprint, key('a'));
  EXPECT_EQ(choose_key(ann, {}).source, "wkd");
  EXPECT_EQ(offer(ann, found('a'), false, at(5)), Offered::pending);
  EXPECT_EQ(ann.candidates.size(), 1U);
  EXPECT_EQ(ann.candidates[0].first_seen, at(1));
  EXPECT_EQ(ann.candidates[0].last_seen, at(5));
  trust(ann, found('a'), "root", at(9));
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid)}).state, KeyState::valid);
  EXPECT_EQ(offer(ann, found('a'), false, at(10)), Offered::known);

  KeyRecord ben = record();
  EXPECT_EQ(offer(ben, found('a'), true, at(1)), Offered::trusted);
  EXPECT_EQ(ben.pin->by, "rule wkd");
}

TEST(KeyRecord, AChangedKeyWaitsAndThePinnedOneGoesOn) {
  KeyRecord ann = record();
  ann.pin = Pin{key('a'), "use", at(1)};
  const std::vector<KeyFact> both = {held('b', KeyState::valid), held('a', KeyState::valid)};
  EXPECT_EQ(choose_key(ann, both).fingerprint, key('a'));
  EXPECT_EQ(choose_key(ann, both).state, KeyState::valid);
  for (const KeyState dead : {KeyState::expired, KeyState::revoked, KeyState::unusable}) {
    const KeyFact fact = choose_key(ann, {held('b', KeyState::valid), held('a', dead)});
    EXPECT_EQ(fact.state, KeyState::pending);
    EXPECT_EQ(fact.fingerprint, key('b'));
  }
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::expired)}).state, KeyState::expired);
  EXPECT_EQ(offer(ann, found('b'), false, at(2)), Offered::pending);
  trust(ann, found('b'), "root", at(3));
  EXPECT_EQ(choose_key(ann, both).fingerprint, key('b'));
}

TEST(KeyRecord, ARuleTakesOnlyThePlaceOfItsOwnKeys) {
  struct Case {
    std::string pinned_by, source;
    Offered outcome;
  };
  const Case cases[] = {
      {"rule wkd", "wkd", Offered::trusted},     {"rule wkd", "autocrypt", Offered::pending},
      {"person root", "wkd", Offered::pending},  {"use", "wkd", Offered::pending},
      {"rule learned", "wkd", Offered::pending},
  };
  for (const Case& each : cases) {
    KeyRecord ann = record();
    ann.pin = Pin{key('a'), each.pinned_by, at(1)};
    EXPECT_EQ(offer(ann, found('b', each.source), true, at(2)), each.outcome) << each.pinned_by;
  }
}

TEST(KeyRecord, ARefusedKeyIsNeverUsedAgain) {
  KeyRecord ann = record();
  offer(ann, found('a'), true, at(1));
  refuse(ann, found('a'), "root", at(2));
  EXPECT_FALSE(ann.pin.has_value());
  EXPECT_EQ(offer(ann, found('a'), true, at(3)), Offered::refused);
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid)}).state, KeyState::none);
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid), held('b', KeyState::valid)}).fingerprint,
            key('b'));
}

TEST(KeyRecord, WhatCannotBeAskedIsUnknownWhateverTheBookSays) {
  KeyRecord ann = record();
  offer(ann, found('a'), false, at(1));
  EXPECT_EQ(
      choose_key(ann, {{.state = KeyState::unknown, .fingerprint = {}, .source = "gnupg"}}).state,
      KeyState::unknown);
}

TEST(KeyRecord, TheSameKeyWithALongerLifeIsRenewed) {
  KeyRecord ann = record();
  offer(ann, found('a'), true, at(1));
  EXPECT_EQ(offer(ann, found('a', "wkd", "longer"), false, at(2)), Offered::renewed);
  EXPECT_EQ(ann.candidates[0].bytes, "longer");
}

TEST(KeyRecord, AKeyOfTheStoreNeedsNobodysTrust) {
  KeyRecord ann = record();
  OfferedKey known = found('a');
  known.held = true;
  EXPECT_EQ(offer(ann, known, false, at(1)), Offered::known);
  EXPECT_EQ(ann.candidates[0].trust, KeyTrust::trusted);
  ann.pin = Pin{key('b'), "use", at(2)};
  OfferedKey other = found('c');
  other.held = true;
  EXPECT_EQ(offer(ann, other, false, at(3)), Offered::pending);
}

TEST(KeyRecord, ManyPendingKeysMakeRoomAndDecidedOnesStay) {
  KeyRecord ann = record();
  offer(ann, found('0'), false, at(1));
  trust(ann, found('0'), "root", at(1));
  for (int i = 1; i < 16; ++i) {
    EXPECT_EQ(offer(ann, found("0123456789abcdef"[i]), false, at(10 + i)), Offered::pending);
  }
  EXPECT_EQ(ann.candidates.size(), kMostCandidates);
  EXPECT_NE(ann.find(key('0')), nullptr);
  EXPECT_NE(ann.find(key('f')), nullptr);
  EXPECT_EQ(ann.find(key('1')), nullptr);
  for (Candidate& each : ann.candidates) {
    each.trust = KeyTrust::trusted;
  }
  EXPECT_TRUE(is_full(ann));
  EXPECT_EQ(offer(ann, found('1', "learned"), false, at(99)), Offered::dropped);
  EXPECT_FALSE(why_dropped(Offered::dropped).empty());
  EXPECT_EQ(offer(ann, found('2', "learned"), true, at(99)), Offered::pending) << "a rule's";
  EXPECT_EQ(offer(ann, found('3'), false, at(99)), Offered::pending) << "somebody was asked";
  EXPECT_NE(ann.find(key('0')), nullptr) << "the pin";
}

TEST(KeyRecord, RefusalsTakeNobodysPlace) {
  KeyRecord ann = record();
  for (int i = 0; i < 8; ++i) {
    refuse(ann, found("01234567"[i], "import"), "root", at(i));
  }
  EXPECT_FALSE(is_full(ann));
  EXPECT_EQ(offer(ann, found('a', "ldap"), true, at(20)), Offered::trusted);
  EXPECT_EQ(offer(ann, found('b', "learned"), false, at(20)), Offered::pending);
  EXPECT_EQ(offer(ann, found('0', "ldap"), true, at(20)), Offered::refused);
  for (int i = 0; i < 5; ++i) {
    refuse(ann, found("cdef8"[i], "import"), "root", at(30 + i));
  }
  EXPECT_EQ(ann.find(key('0')), nullptr) << "refused the longest time ago";
  EXPECT_NE(ann.find(key('1')), nullptr);
  const auto again = parse_key_record(key_record_text(ann));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, ann);
}

TEST(KeyRecord, WhatIsRefusedCanBeTrustedAgain) {
  KeyRecord ann = record();
  OfferedKey bare = found('a', "import", "");
  trust(ann, bare, "root", at(1));
  refuse(ann, found('a', "import", "bytes"), "root", at(2));
  EXPECT_EQ(ann.find(key('a'))->bytes, "bytes");
  for (int i = 0; i < 8; ++i) {
    offer(ann, found("01234567"[i]), false, at(3));
  }
  trust(ann, bare, "root", at(4));
  EXPECT_EQ(ann.find(key('a'))->bytes, "bytes");
  EXPECT_EQ(ann.candidates.size(), kMostCandidates);
  EXPECT_EQ(ann.pin->fingerprint, key('a'));
  forget(ann, key('a'));
  EXPECT_EQ(ann.find(key('a')), nullptr);
  EXPECT_FALSE(ann.pin.has_value());
}

TEST(KeyRecord, APersonAlwaysHasRoomAndTheRecordStaysReadable) {
  KeyRecord ann = record();
  for (int i = 0; i < 8; ++i) {
    refuse(ann, found("01234567"[i], "autocrypt"), "root", at(i));
  }
  trust(ann, found('a', "import"), "root", at(20));
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid)}).state, KeyState::valid);
  refuse(ann, found('b', "import"), "root", at(21));
  EXPECT_EQ(choose_key(ann, {held('b', KeyState::valid)}).state, KeyState::none);
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid)}).state, KeyState::valid);
  const auto again = parse_key_record(key_record_text(ann));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, ann);
}

TEST(KeyRecord, AUsedKeyOfARuleIsPinnedAgainstTheNextOneOfThatRule) {
  KeyRecord ann = record();
  EXPECT_EQ(offer(ann, found('a', "learned"), true, at(1)), Offered::trusted);
  note_use(ann, key('a'), at(2));
  EXPECT_EQ(offer(ann, found('b', "learned"), true, at(3)), Offered::pending);
  EXPECT_EQ(choose_key(ann, {held('b', KeyState::valid), held('a', KeyState::valid)}).fingerprint,
            key('a'));
  EXPECT_EQ(choose_key(ann, {held('b', KeyState::valid)}).state, KeyState::pending);
  trust(ann, found('b'), "root", at(4));
  note_use(ann, key('b'), at(5));
  EXPECT_EQ(ann.pin->by, "person root");
}

TEST(KeyRecord, WhatTheStoreHoldsForAnotherAddressWaits) {
  KeyRecord pat = record();
  ASSERT_TRUE(wait_beside(pat, found('a', "learned"), "x@hospital.example", at(1)));
  EXPECT_EQ(choose_key(pat, {held('a', KeyState::valid)}).state, KeyState::pending);
  EXPECT_EQ(choose_key(pat, {held('a', KeyState::valid), held('b', KeyState::valid)}).fingerprint,
            key('b'));
  OfferedKey again = found('a', "learned");
  again.held = true;
  EXPECT_EQ(offer(pat, again, false, at(2)), Offered::pending);
  forget_unasked(pat, at(99));
  EXPECT_EQ(choose_key(pat, {held('a', KeyState::valid)}).state, KeyState::pending);
  for (int i = 0; i < 16; ++i) {
    offer(pat, found("0123456789bcdef"[i % 15], "autocrypt"), false, at(10 + i));
  }
  EXPECT_EQ(choose_key(pat, {held('a', KeyState::valid)}).state, KeyState::pending);
  EXPECT_EQ(offer(pat, again, true, at(40)), Offered::trusted);
  EXPECT_EQ(choose_key(pat, {held('a', KeyState::valid)}).state, KeyState::valid);

  KeyRecord ann = record();
  trust(ann, found('a'), "root", at(1));
  EXPECT_TRUE(wait_beside(ann, found('a'), "x@hospital.example", at(2)));
  EXPECT_EQ(choose_key(ann, {held('a', KeyState::valid)}).state, KeyState::valid);
  KeyRecord full = record();
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(wait_beside(full, found("01234567"[i]), "x@hospital.example", at(i)));
  }
  EXPECT_FALSE(wait_beside(full, found('a'), "x@hospital.example", at(9)));
}

TEST(KeyRecord, OnlyWhatCameUnaskedIsForgotten) {
  KeyRecord ann = record();
  offer(ann, found('a', "autocrypt"), false, at(1));
  offer(ann, found('b', "learned"), false, at(5));
  offer(ann, found('c', "wkd"), false, at(1));
  refuse(ann, found('d', "autocrypt"), "root", at(1));
  trust(ann, found('e', "learned"), "root", at(1));
  forget_unasked(ann, at(5));
  EXPECT_EQ(ann.find(key('a')), nullptr);
  for (const char stays : {'b', 'c', 'd', 'e'}) {
    EXPECT_NE(ann.find(key(stays)), nullptr) << stays;
  }
}

TEST(KeyRecord, CapabilitiesAreThoseOfTheVeryKey) {
  KeyRecord ann = record();
  OfferedKey first = found('a', "learned");
  first.cms = policy::CmsForm{.gcm = true, .oaep = false};
  offer(ann, first, true, at(1));
  EXPECT_TRUE(choose_key(ann, {held('a', KeyState::valid)}).cms.gcm);
  offer(ann, found('a', "ldap"), false, at(2));  // says nothing of it
  EXPECT_TRUE(choose_key(ann, {held('a', KeyState::valid)}).cms.gcm);
  first.cms = policy::CmsForm{};
  offer(ann, first, true, at(3));
  EXPECT_FALSE(choose_key(ann, {held('a', KeyState::valid)}).cms.gcm);
}

TEST(KeyRecord, TheFileSaysTheSame) {
  KeyRecord ann = record();
  offer(ann, found('a', "learned", std::string("\0\xff\n\t", 4)), true, at(1));
  offer(ann, found('b', "autocrypt", ""), false, at(2));
  ann.candidates[0].cms = policy::CmsForm{true, true};
  const auto again = parse_key_record(key_record_text(ann));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, ann);
  const auto empty = parse_key_record(key_record_text(record()));
  ASSERT_TRUE(empty.has_value());
  EXPECT_EQ(*empty, record());
}

TEST(KeyRecord, AnythingElseIsNoRecord) {
  const std::string head = "phimilter-keys 1\nowner\tpgp\tann@example.org\n";
  const std::string fpr(40, 'a');
  const std::string times = "\t1\t2\t3\t";
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"empty", ""},
      {"other version", "phimilter-keys 2\nowner\tpgp\ta@b\n"},
      {"no owner", "phimilter-keys 1\n"},
      {"unknown kind", "phimilter-keys 1\nowner\tssh\ta@b\n"},
      {"no line end", head + "pin\t" + fpr + "\tuse\t1"},
      {"two pins", head + "pin\t" + fpr + "\tuse\t1\npin\t" + fpr + "\tuse\t1\n"},
      {"bad fingerprint", head + "pin\tabc\tuse\t1\n"},
      {"bad time", head + "pin\t" + fpr + "\tuse\t-1\n"},
      {"unknown trust", head + "key\t" + fpr + "\twkd\tmaybe\t-" + times + "-\t-\n"},
      {"bad base64", head + "key\t" + fpr + "\twkd\tpending\t-" + times + "-\t*\n"},
      {"too few words", head + "key\t" + fpr + "\twkd\n"},
      {"same key twice", head + "key\t" + fpr + "\twkd\tpending\t-" + times + "-\t-\nkey\t" + fpr +
                             "\twkd\tpending\t-" + times + "-\t-\n"},
      {"unknown line", head + "note\tx\n"},
  };
  for (const Case& each : cases) {
    EXPECT_FALSE(parse_key_record(each.text).has_value()) << each.name;
  }
}

}  // namespace
}  // namespace phimilter::protect
