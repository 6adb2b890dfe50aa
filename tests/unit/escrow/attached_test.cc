// SPDX-License-Identifier: Apache-2.0
#include "escrow/attached.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "escrow/recipients.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

mail::Address address(const char* text) {
  return *mail::Address::parse(text);
}

struct AttachedTest : ::testing::Test {
  phimilter::test::TempFolder temp;
  test::OpensslKeys keys{temp};
  std::string folder = temp.path() + "/recipients";
  AttachedAddresses attached{folder};
  const mail::Address office = address("office@practice.example");
  const mail::Address anna = address("Anna.Berg@practice.example");
  AttachedTest() { EXPECT_EQ(::mkdir(folder.c_str(), 0700), 0); }
};

TEST_F(AttachedTest, CountsOneWayAndWhateverTheCase) {
  EXPECT_FALSE(*attached.is_attached(office, anna));
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file).has_value());
  EXPECT_TRUE(*attached.is_attached(office, address("anna.berg@Practice.example")));
  EXPECT_FALSE(*attached.is_attached(anna, office)) << "what is Anna's own stays hers";
  EXPECT_TRUE(*attached.detach(office, anna));
  EXPECT_FALSE(*attached.detach(office, anna));
  EXPECT_FALSE(*attached.is_attached(office, anna));
}

TEST_F(AttachedTest, ListNeedsTheKeyAndNoAddressStandsInTheFolder) {
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file).has_value());
  const auto pairs = attached.list(keys.private_file);
  ASSERT_TRUE(pairs.has_value());
  ASSERT_EQ(pairs->size(), 1U);
  EXPECT_EQ(pairs->front().recipient, "office@practice.example");
  EXPECT_EQ(pairs->front().other, "Anna.Berg@practice.example");
  const auto found = phimilter::test::run_program("grep -raiE 'anna|office' " + folder + " ; ls " +
                                                  folder + " | grep -iE 'anna|office'");
  EXPECT_EQ(found.output, "");
  const test::OpensslKeys others(temp, "other");
  EXPECT_EQ(attached.list(others.private_file)->front().recipient, "");
  EXPECT_TRUE(*attached.is_attached(office, anna)) << "counts without any key";
}

TEST_F(AttachedTest, WhatCannotBe) {
  EXPECT_FALSE(attached.attach(office, address("OFFICE@practice.example"), keys.public_file));
  EXPECT_FALSE(attached.attach(office, anna, "/nonexistent"));
  const AttachedAddresses nowhere("/nonexistent");
  EXPECT_FALSE(nowhere.attach(office, anna, keys.public_file));
}

TEST_F(AttachedTest, OnePersonsTwoAddressesShareTheProofThatIsOnFile) {
  const auto home = address("anna@home.example");
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  ASSERT_TRUE(store.has_value());
  RecipientEntry entry;
  entry.language = "es";
  entry.consent_date = "2026-01-31";
  ASSERT_TRUE((*store)->put(anna, entry, Proof{"Pet?", Secret(std::string_view("Rex"))}));
  ASSERT_TRUE(attached.attach(anna, home, keys.public_file, Attachment::same_person));
  EXPECT_TRUE(*attached.is_attached(home, anna));
  ASSERT_TRUE((*store)->proof(home).has_value() && (*store)->proof(home)->has_value());
  EXPECT_EQ((*(*store)->proof(home))->question, "Pet?");
  const auto told = (*store)->for_notice(home);
  ASSERT_TRUE(told.has_value() && told->has_value());
  EXPECT_TRUE((*told)->has_proof);
  EXPECT_EQ((*told)->language, "es");
  EXPECT_EQ((*told)->consent_date, "") << "a consent is for one address";
  EXPECT_EQ(*(*store)->find(home), std::nullopt) << "nothing is on file under it";
  ASSERT_EQ(attached.list(keys.private_file)->size(), 1U);
  EXPECT_EQ(attached.list(keys.private_file)->front().recipient, anna.spelled());
  EXPECT_EQ(attached.list(keys.private_file)->front().kind, Attachment::same_person);
  ASSERT_TRUE((*store)->put(home, {}, Proof{"Street?", Secret(std::string_view("Elm"))}));
  EXPECT_EQ((*(*store)->proof(home))->question, "Street?") << "its own comes first";
  ASSERT_TRUE((*store)->remove(home));
  EXPECT_TRUE(*attached.detach(anna, home));
  EXPECT_EQ(*(*store)->proof(home), std::nullopt);
  EXPECT_FALSE(*attached.is_attached(home, anna));
}

// One person's two, Anna's main address and one at home.
struct OnePersonTest : AttachedTest {
  const mail::Address home = address("anna@home.example");
  const std::string joining = folder + "/" + hex(sha256(home.key())) + ".person";
  const std::string forward = pair_file(anna, home), back = pair_file(home, anna);

  std::string pair_file(const mail::Address& recipient, const mail::Address& other) const {
    return folder + "/" + hex(sha256(recipient.key())) + "-" + hex(sha256(other.key())) +
           ".attached";
  }
  Status join() const {
    return attached.attach(anna, home, keys.public_file, Attachment::same_person);
  }
  std::vector<AttachedPair> listed() const { return attached.list(keys.private_file).value(); }
  bool is_whole() const {
    return *attached.find(anna, home) == Attachment::same_person &&
           *attached.is_attached(anna, home) && *attached.is_attached(home, anna) &&
           main_digest_of(folder, home)->has_value() && listed().size() == 1 &&
           listed().front().kind == Attachment::same_person &&
           listed().front().recipient == anna.spelled();
  }
  bool is_gone() const {
    return std::ranges::all_of(std::filesystem::directory_iterator(folder), [](const auto& file) {
      return file.path().filename() == ".import-lock";
    });
  }
};

TEST_F(OnePersonTest, IsOneFromEitherEnd) {
  ASSERT_TRUE(join());
  EXPECT_EQ(*attached.find(home, anna), Attachment::same_person);
  ASSERT_TRUE(attached.attach(home, anna, keys.public_file, Attachment::same_person));
  EXPECT_TRUE(is_whole()) << "Anna's main address stays that";
  EXPECT_TRUE(*attached.detach(home, anna));
  EXPECT_TRUE(is_gone());
}

TEST_F(OnePersonTest, HasOneMainAddress) {
  ASSERT_TRUE(join());
  EXPECT_TRUE(*attached.is_anothers(office, home));
  EXPECT_FALSE(*attached.is_anothers(anna, home));
  const auto second = attached.attach(office, home, keys.public_file, Attachment::same_person);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().id, "escrow.attached_other");
  EXPECT_EQ(second.error().kind, FaultKind::configuration);
  EXPECT_FALSE(*attached.is_attached(home, office));
  EXPECT_TRUE(is_whole());
}

TEST_F(OnePersonTest, JoinedEitherWayByAnEarlierProgramIsListedOnceAndGoesWhole) {
  ASSERT_TRUE(join());
  std::ofstream(folder + "/" + hex(sha256(anna.key())) + ".person") << hex(sha256(home.key()));
  EXPECT_EQ(listed().size(), 1U);
  EXPECT_TRUE(*attached.detach(anna, home));
  EXPECT_TRUE(is_gone());
}

// Whatever part of the three files a kill leaves: it gives no proof away, what lets anybody read is
// listed, the same again ends it, and so does the opposite.
TEST_F(OnePersonTest, APartOfItIsEndedByEither) {
  const std::vector<std::string> files = {joining, back, forward};
  for (unsigned kept = 0; kept < 8; ++kept) {
    for (const bool again : {true, false}) {
      ASSERT_TRUE(join());
      for (unsigned i = 0; i < files.size(); ++i) {
        (kept >> i & 1U) != 0 || std::filesystem::remove(files[i]);
      }
      SCOPED_TRACE("kept " + std::to_string(kept));
      EXPECT_EQ(main_digest_of(folder, home)->has_value(), (kept & 1U) != 0 && (kept & 4U) != 0);
      EXPECT_EQ(listed().empty(), kept < 2);
      if (again) {
        ASSERT_TRUE(join());
        EXPECT_TRUE(is_whole());
      }
      // Two that share their mail are two to remove.
      EXPECT_TRUE(attached.detach(anna, home).has_value() &&
                  attached.detach(home, anna).has_value());
      EXPECT_TRUE(is_gone());
    }
  }
}

// `write` meets a folder where it wants to put or remove `path`.
template <typename Write>
void stopped_at(const std::string& path, const Write& write) {
  const bool there = std::filesystem::exists(path);
  if (there) {
    std::filesystem::rename(path, path + ".away");
  }
  std::filesystem::create_directory(path);
  EXPECT_FALSE(write().has_value());
  std::filesystem::remove(path);
  if (there) {
    std::filesystem::rename(path + ".away", path);
  }
}

TEST_F(OnePersonTest, BrokenOffWhileItIsAttachedIsUnfinishedUntilItIsSaidAgain) {
  for (const std::string& path : {back, forward}) {
    stopped_at(path, [&] { return join(); });
    EXPECT_EQ(*attached.find(anna, home), Attachment::unfinished);
    EXPECT_FALSE(*attached.is_attached(anna, home)) << "what was sent to Anna is written last";
    EXPECT_FALSE(main_digest_of(folder, home)->has_value());
    EXPECT_TRUE(*attached.detach(home, anna));
    EXPECT_TRUE(is_gone());
  }
}

TEST_F(OnePersonTest, BrokenOffWhileItIsDetachedIsUnfinishedUntilItIsSaidAgain) {
  ASSERT_TRUE(join());
  stopped_at(back, [&] { return attached.detach(anna, home); });
  EXPECT_EQ(*attached.find(anna, home), Attachment::unfinished);
  EXPECT_FALSE(*attached.is_attached(anna, home)) << "what was sent to Anna is closed first";
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed().front().kind, Attachment::unfinished);
  EXPECT_EQ(listed().front().recipient, anna.spelled());
  EXPECT_TRUE(*attached.detach(anna, home));
  EXPECT_TRUE(is_gone());
}

TEST_F(AttachedTest, ASharedMailboxHasNoProofForItsPeople) {
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  ASSERT_TRUE((*store)->put(office, {}, Proof{"Room?", Secret(std::string_view("12"))}));
  ASSERT_TRUE(attached.attach(office, anna, keys.public_file));
  EXPECT_EQ(*(*store)->proof(anna), std::nullopt);
  EXPECT_EQ(attached.list(keys.private_file)->front().kind, Attachment::shared);
}

TEST_F(AttachedTest, AnUnreadableLinkToThePersonIsNoAnswer) {
  auto store = open_recipient_store(folder, keys.public_file, keys.private_file);
  std::ofstream(folder + "/" + hex(sha256(anna.key())) + ".person") << "x";
  EXPECT_EQ((*store)->proof(anna).error().kind, FaultKind::transient);
  EXPECT_FALSE((*store)->for_notice(anna).has_value());
}

}  // namespace
}  // namespace phimilter::escrow
