// SPDX-License-Identifier: Apache-2.0
#include "protect/key_book.h"

#include <gtest/gtest.h>

#include <thread>

#include "protect/key_rules.h"
#include "support.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

FingerprintId key(char digit) {
  return *FingerprintId::parse(std::string(40, digit));
}

class KeyBookTest : public ::testing::Test {
 protected:
  std::unique_ptr<KeyBook> open() {
    auto book = KeyBook::open(folder_.file("keys"));
    EXPECT_TRUE(book.has_value());
    return std::move(*book);
  }
  testing::TestFolder folder_;
};

TEST_F(KeyBookTest, KeepsWhatWasChangedForOthersToRead) {
  const auto book = open();
  EXPECT_EQ(book->read(KeyKind::pgp, "a/../b@example.org")->candidates.size(), 0U);
  ASSERT_TRUE(book->change(KeyKind::pgp, "a/../b@example.org", [](KeyRecord& record) {
    offer(record, {.fingerprint = key('a'), .source = "wkd", .bytes = "x"}, false, Timestamp{});
  }));
  const auto other = open();
  EXPECT_EQ(other->read(KeyKind::pgp, "a/../b@example.org")->candidates.size(), 1U);
  EXPECT_EQ(other->read(KeyKind::smime, "a/../b@example.org")->candidates.size(), 0U);
  EXPECT_EQ(other->all()->size(), 1U);
  EXPECT_EQ(must_run("stat -c %a " + folder_.file("keys") + " " + folder_.file("keys") + "/*.keys"),
            "700\n600\n");
}

// Files as a book holds them whose owners are named as their mail spelled them.
TEST_F(KeyBookTest, AnOwnersOlderSpellingIsFound) {
  const std::string spelled =
      "ana@b\xc3\xbc"
      "cher.example";
  const std::string owner = "ana@xn--bcher-kva.example";
  const auto put = [&](const KeyRecord& record) {
    const std::string name = must_run("printf 'smime " + record.owner + "' | sha256sum");
    testing::write_file(folder_.file("keys") + "/" + name.substr(0, 64) + ".keys",
                        key_record_text(record));
  };
  KeyRecord old{.kind = KeyKind::smime, .owner = spelled, .pin = {}, .candidates = {}};
  refuse(old, {.fingerprint = key('a'), .source = "learned", .bytes = "x"}, "root", Timestamp{});
  trust(old, {.fingerprint = key('b'), .source = "learned", .bytes = "y"}, "root", Timestamp{});
  KeyRecord other{.kind = KeyKind::smime, .owner = owner, .pin = {}, .candidates = {}};
  trust(other, {.fingerprint = key('a'), .source = "learned", .bytes = "x"}, "root", Timestamp{});
  must_run("mkdir " + folder_.file("keys"));
  put(old);
  put(other);

  const auto book = open();
  const auto record = book->read(KeyKind::smime, owner);
  ASSERT_TRUE(record.has_value());
  ASSERT_EQ(record->candidates.size(), 2U);
  EXPECT_EQ(record->find(key('a'))->trust, KeyTrust::refused) << "in either";
  EXPECT_EQ(record->find(key('b'))->trust, KeyTrust::trusted);
  ASSERT_TRUE(record->pin.has_value()) << "that of the other spelling was refused";
  EXPECT_EQ(record->pin->fingerprint, key('b'));
  EXPECT_EQ(book->all()->size(), 1U);
  EXPECT_EQ(open()->all()->size(), 1U);
}

TEST_F(KeyBookTest, ARecordThatCouldNotBeReadIsRenamedTheNextTime) {
  const std::string spelled =
      "ana@b\xc3\xbc"
      "cher.example";
  const std::string name = must_run("printf 'smime " + spelled + "' | sha256sum").substr(0, 64);
  const std::string file = folder_.file("keys") + "/" + name + ".keys";
  must_run("mkdir -p " + file);  // no bytes are to be had of it, not even by root
  testing::write_file(folder_.file("keys") + "/none.keys", "no record");
  open();
  EXPECT_EQ(must_run("find " + folder_.file("keys") + " -name .owners-2"), "");
  must_run("rmdir " + file);
  KeyRecord old{.kind = KeyKind::smime, .owner = spelled, .pin = {}, .candidates = {}};
  refuse(old, {.fingerprint = key('a'), .source = "learned", .bytes = "x"}, "root", Timestamp{});
  testing::write_file(file, key_record_text(old));
  const auto record = open()->read(KeyKind::smime, "ana@xn--bcher-kva.example");
  ASSERT_TRUE(record.has_value());
  ASSERT_NE(record->find(key('a')), nullptr);
  EXPECT_EQ(record->find(key('a'))->trust, KeyTrust::refused);
  EXPECT_NE(must_run("find " + folder_.file("keys") + " -name .owners-2"), "");
}

TEST_F(KeyBookTest, TheFirstUseIsThePin) {
  const auto book = open();
  ASSERT_TRUE(book->note_use(KeyKind::smime, "a@b.example", key('a'), Timestamp{}));
  ASSERT_TRUE(book->note_use(KeyKind::smime, "a@b.example", key('b'), Timestamp{}));
  EXPECT_EQ(book->read(KeyKind::smime, "a@b.example")->pin->fingerprint, key('a'));
  EXPECT_EQ(book->read(KeyKind::smime, "a@b.example")->pin->by, "use");
}

TEST_F(KeyBookTest, WhatStrangersSentAndNobodySawAgainIsForgotten) {
  const auto book = open();
  const auto day = [](int days) { return Timestamp(std::chrono::days(days)); };
  const auto offered = [&](const char* owner, const char* source, int days) {
    ASSERT_TRUE(book->change(KeyKind::pgp, owner, [&](KeyRecord& record) {
      offer(record, {.fingerprint = key('a'), .source = source, .bytes = "12345"}, false,
            day(days));
    }));
  };
  offered("old@b.example", "autocrypt", 1);
  offered("new@b.example", "learned", 20);
  offered("asked@b.example", "wkd", 1);
  const auto kept = book->tidy(day(10), day(20));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->keys, 1U);
  EXPECT_EQ(kept->bytes, 5U);
  EXPECT_EQ(must_run("ls " + folder_.file("keys") + "/*.keys | wc -l"), "2\n");
  EXPECT_EQ(book->read(KeyKind::pgp, "old@b.example")->candidates.size(), 0U);
}

TEST_F(KeyBookTest, APersonsWordFindsRoomInAFullRecord) {
  const auto book = open();
  ASSERT_TRUE(book->change(KeyKind::pgp, "a@b.example", [](KeyRecord& record) {
    for (int i = 0; i < 8; ++i) {
      refuse(record, {.fingerprint = key("01234567"[i]), .source = "autocrypt", .bytes = {}},
             "root", Timestamp{});
    }
  }));
  ASSERT_TRUE(book->vouch(KeyKind::pgp, "a@b.example", key('a'), "root", Timestamp{}));
  const auto record = book->read(KeyKind::pgp, "a@b.example");
  ASSERT_TRUE(record.has_value());
  ASSERT_TRUE(record->pin.has_value());
  EXPECT_EQ(record->pin->fingerprint, key('a'));
}

TEST_F(KeyBookTest, AFullBookHasRoomAgainWhenRecordsGo) {
  constexpr std::size_t kMost = 300;
  const auto book = KeyBook::open(folder_.file("keys"), kMost);
  ASSERT_TRUE(book.has_value());
  const auto use = [&](std::size_t number) {
    return (*book)->note_use(KeyKind::pgp, "p" + std::to_string(number) + "@b.example", key('a'),
                             Timestamp{});
  };
  std::size_t tried = 0;
  while (use(tried)) {
    ASSERT_LT(++tried, 2 * kMost) << "never full";
  }
  EXPECT_EQ(tried, kMost);
  must_run("ls " + folder_.file("keys") + "/*.keys | head -50 | xargs rm");
  const std::size_t full = tried;
  while (!use(tried)) {
    ASSERT_LT(++tried, full + kMost) << "full for ever";
  }
}

TEST_F(KeyBookTest, ManyWritersLoseNothing) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this, writer] {
      const auto book = open();  // as another process would
      for (int i = 0; i < 2; ++i) {
        const auto changed = book->change(KeyKind::pgp, "a@b.example", [&](KeyRecord& record) {
          offer(record,
                {.fingerprint = key("01234567"[writer * 2 + i]), .source = "wkd", .bytes = "x"},
                false, Timestamp{});
        });
        EXPECT_TRUE(changed.has_value());
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(open()->read(KeyKind::pgp, "a@b.example")->candidates.size(), 8U);
}

TEST_F(KeyBookTest, AFileThatCannotBeUnderstoodIsAFaultAndStopsNobodyElse) {
  const auto book = open();
  for (const char* owner : {"a@b.example", "c@d.example"}) {
    ASSERT_TRUE(book->note_use(KeyKind::pgp, owner, key('a'), Timestamp{}));
  }
  must_run("f=$(grep -l a@b.example " + folder_.file("keys") + "/*.keys); echo x >> $f");
  const auto broken = book->read(KeyKind::pgp, "a@b.example");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().kind, FaultKind::transient);
  EXPECT_EQ(book->all()->size(), 1U);
  must_run("cp $(grep -l c@d.example " + folder_.file("keys") + "/*.keys) " +
           "$(grep -l a@b.example " + folder_.file("keys") + "/*.keys)");
  EXPECT_FALSE(book->read(KeyKind::pgp, "a@b.example").has_value());
}

TEST_F(KeyBookTest, AFolderThatCannotBeUsedIsAConfigurationFault) {
  const auto book = KeyBook::open(folder_.file("nowhere") + "/keys");
  ASSERT_FALSE(book.has_value());
  EXPECT_EQ(book.error().kind, FaultKind::configuration);
}

TEST(KeyRules, SayWhomASourceIsTrustedFor) {
  const std::string fpr(40, 'A');
  const auto rules = KeyRules::parse({"wkd", "learned:hospital.example", "ldap:.hospital.example"},
                                     {"gate.example:" + fpr, ".hospital.example:" + fpr});
  ASSERT_TRUE(rules.has_value());
  struct Case {
    const char* source;
    const char* owner;
    bool trusted;
  };
  const Case cases[] = {
      {"wkd", "a@any.example", true},
      {"learned", "a@hospital.example", true},
      {"learned", "a@b.hospital.example", false},
      {"ldap", "a@b.hospital.example", true},
      {"ldap", "a@hospital.example", false},
      {"autocrypt", "a@hospital.example", false},
      {"learned", "a@xhospital.example", false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(rules->trusts(each.source, *mail::Address::parse(each.owner)), each.trusted)
        << each.source << " " << each.owner;
  }
  EXPECT_EQ(rules->partner_keys(*mail::Address::parse("x@gate.example")).size(), 1U);
  EXPECT_EQ(rules->partner_keys(*mail::Address::parse("x@gate.example"))[0].str(),
            std::string(40, 'a'));
  EXPECT_TRUE(rules->partner_keys(*mail::Address::parse("x@gate2.example")).empty());
}

TEST(KeyRules, RefusesWhatItDoesNotUnderstand) {
  for (const char* trust : {"", "net", "WKD", "wkd:", "wkd:a@b", "import", "wkd:."}) {
    EXPECT_FALSE(KeyRules::parse({trust}, {}).has_value()) << trust;
  }
  for (const char* partner : {"", "gate.example", "gate.example:12", ":aa", "gate.example:"}) {
    EXPECT_FALSE(KeyRules::parse({}, {partner}).has_value()) << partner;
  }
}

}  // namespace
}  // namespace phimilter::protect
