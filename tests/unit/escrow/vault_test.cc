// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/encoding.h"
#include "escrow/links.h"
#include "escrow/rewrap.h"
#include "escrow/vault_fixture.h"

namespace phimilter::escrow {
namespace {

using phimilter::test::run_program;

TEST_F(Vault, WhatTheFilterSealsThePortalReads) {
  const Proof proof{"¿Fecha de nacimiento?", Secret(std::string_view("7/3/1961 \"x\""))};
  const EntryFacts given = facts_for('a');
  ASSERT_EQ(fault_of(writer_->seal(given, Proof{proof.question, proof.answer.duplicate()},
                                   message(kMessage))),
            "");
  const auto facts = reader_->facts(given.id);
  ASSERT_EQ(fault_of(facts), "");
  EXPECT_EQ(facts->token, given.token);
  EXPECT_EQ(facts->queue_id, given.queue_id);
  EXPECT_EQ(facts->sender, given.sender);
  EXPECT_EQ(facts->recipient, given.recipient);
  EXPECT_EQ(facts->subject, given.subject);
  EXPECT_EQ(facts->language, given.language);
  EXPECT_TRUE(facts->sensitive);
  EXPECT_EQ(facts->created, given.created);
  EXPECT_EQ(facts->expires, given.expires);
  EXPECT_EQ(facts->link_secret, given.link_secret);
  EXPECT_EQ(read('a'), kMessage);

  const auto taken = reader_->take_proof(given.id);
  ASSERT_EQ(fault_of(taken), "");
  ASSERT_TRUE(taken->has_value());
  EXPECT_EQ((*taken)->question, proof.question);
  EXPECT_EQ((*taken)->answer.view(), proof.answer.view());
  EXPECT_EQ(fault_of(reader_->remove_proof(given.id)), "");
  EXPECT_FALSE(reader_->take_proof(given.id)->has_value());
}

TEST_F(Vault, AMessageIsReadInAnyOrder) {
  seal('a');
  auto bytes = reader_->open_message(entry_id('a'));
  ASSERT_EQ(fault_of(bytes), "");
  const std::string expected = kMessage;
  ASSERT_EQ((*bytes)->size(), expected.size());
  // Shredded meanwhile: what is open stays readable.
  ASSERT_EQ(fault_of(reader_->remove(entry_id('a'))), "");
  for (std::size_t at = expected.size() + 1; at-- > 0;) {
    std::array<std::uint8_t, 7> out{};
    const auto got = (*bytes)->read_at(at, out);
    ASSERT_EQ(fault_of(got), "");
    EXPECT_EQ(as_text(ByteView(out).first(*got)), expected.substr(at, out.size()));
  }
  EXPECT_EQ(reader_->open_message(entry_id('a')).error().id, "escrow.no_entry");
}

TEST_F(Vault, ThatAProofWasThereStaysKnown) {
  ASSERT_EQ(fault_of(writer_->seal(facts_for('7'), Proof{"q", Secret(std::string_view("a"))},
                                   message(kMessage))),
            "");
  seal('8');
  EXPECT_FALSE(*reader_->proof_removed(entry_id('7')));
  ASSERT_EQ(fault_of(reader_->remove_proof(entry_id('7'))), "");
  ASSERT_EQ(fault_of(reader_->remove_proof(entry_id('8'))), "");
  EXPECT_TRUE(*reader_->proof_removed(entry_id('7')));
  EXPECT_FALSE(*reader_->proof_removed(entry_id('8'))) << "none came with it";
  EXPECT_EQ(std::filesystem::file_size(file('7', ".proof")), 0u);
  ASSERT_EQ(fault_of(reader_->remove(entry_id('7'))), "");
  EXPECT_FALSE(*reader_->proof_removed(entry_id('7')));
}

TEST_F(Vault, AnEntryIsOpenedByPythonFromTheDescriptionAlone) {
  seal('b');
  const auto read =
      run_program("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/escrow/read_sealed.py --entry " +
                  keys_.private_file + " " + file('b', ".sealed"));
  EXPECT_EQ(read.status, 0) << read.output;
  EXPECT_THAT(read.output, ::testing::HasSubstr("\"recipient\": \"pat@example.org\""));
  EXPECT_THAT(read.output, ::testing::EndsWith(std::string("\n") + kMessage));
}

class BoundVault : public Vault {
 protected:
  BoundVault() : recovery_(recovery_folder_) {
    auto writer = open_vault_writer(folder_.path(), keys_.public_file, recovery_.public_file);
    EXPECT_EQ(fault_of(writer), "");
    writer_ = std::move(*writer);
    BoundLinks links;
    const TokenId token = *TokenId::parse(std::string(64, 'b'));
    link_.emplace(links.link_for(token));
    EntryFacts facts = facts_for('b');
    facts.id = link_->id;
    facts.link_secret = link_->secret;
    facts.bound = true;
    EXPECT_EQ(fault_of(writer_->seal(facts, std::nullopt, message(kMessage))), "");
    path_ = vault_path(folder_.path(), link_->id, kSealedSuffix);
  }
  phimilter::test::ProgramResult python(const std::string& arguments) {
    return run_program("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/escrow/read_sealed.py " +
                       arguments + " 2>&1");
  }

  phimilter::test::TempFolder recovery_folder_;
  test::OpensslKeys recovery_;
  std::optional<Link> link_;
  std::string path_;
};

TEST_F(BoundVault, OpensWithKeyAndLinkAndWithNeitherAlone) {
  mail::StringSink out;
  EXPECT_EQ(fault_of(reader_->read_message(link_->id, link_->secret, out)), "");
  EXPECT_EQ(out.text, kMessage);
  auto opened = reader_->open_message(link_->id, link_->secret);
  ASSERT_EQ(fault_of(opened), "");
  EXPECT_EQ((*opened)->size(), std::string_view(kMessage).size());
  EXPECT_EQ(reader_->read_message(link_->id, out).error().id, "escrow.link_needed");
  EXPECT_EQ(reader_->open_message(link_->id).error().id, "escrow.link_needed");
  std::string other = link_->secret;
  other[5] = other[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(reader_->read_message(link_->id, other, out).error().id, "escrow.damaged");
  const auto facts = reader_->facts(link_->id);
  ASSERT_EQ(fault_of(facts), "");
  EXPECT_TRUE(facts->bound);
  EXPECT_EQ(facts->recipient, "pat@example.org") << "reminders need no link";
  EXPECT_EQ(facts->link_secret + facts->subject, "");
}

TEST_F(BoundVault, PythonNeedsBothHalvesToo) {
  const auto both = python("--entry " + keys_.private_file + " " + path_ + " " + link_->secret);
  EXPECT_EQ(both.status, 0) << both.output;
  EXPECT_THAT(both.output, ::testing::EndsWith(std::string("\n") + kMessage));
  const auto key_alone = python("--entry " + keys_.private_file + " " + path_);
  EXPECT_NE(key_alone.status, 0);
  EXPECT_THAT(key_alone.output, ::testing::HasSubstr("InvalidTag"));
  EXPECT_EQ(key_alone.output.find("culture"), std::string::npos);
  const auto link_alone =
      python("--entry " + recovery_.private_file + " " + path_ + " " + link_->secret);
  EXPECT_THAT(link_alone.output, ::testing::HasSubstr("no slot for this key"));
  const auto facts = python("--facts " + keys_.private_file + " " + path_);
  EXPECT_EQ(facts.status, 0) << facts.output;
  EXPECT_EQ(facts.output.find(link_->secret), std::string::npos);
  EXPECT_EQ(facts.output.find("sultat"), std::string::npos) << "the subject";
}

TEST_F(BoundVault, TheRecoveryKeyGivesTheLinkAndNotTheMessage) {
  const auto recovered = python("--recover " + recovery_.private_file + " " + path_);
  EXPECT_EQ(recovered.output, link_->secret + "\n");
  const auto ring = read_private_keys(recovery_.private_file);
  ASSERT_EQ(fault_of(ring), "");
  EXPECT_EQ(reader_->recover_link(link_->id, ring->front()).value_or(""), link_->secret);
  EXPECT_EQ(reader_->recover_link(link_->id, *make_key_pair()).error().id,
            "escrow.other_recovery_key");
}

TEST_F(BoundVault, AKeyIsChangedWithoutTheLink) {
  const phimilter::test::TempFolder next_folder;
  const test::OpensslKeys next(next_folder);
  KeyRing ring = std::move(*read_private_keys(next.private_file));
  ring.push_back(std::move(read_private_keys(keys_.private_file)->front()));
  ASSERT_EQ(fault_of(rewrap_file(path_, ring, ring.front().public_key)), "");
  const auto old = python("--facts " + keys_.private_file + " " + path_);
  EXPECT_THAT(old.output, ::testing::HasSubstr("no slot for this key"));
  const auto both = python("--entry " + next.private_file + " " + path_ + " " + link_->secret);
  EXPECT_THAT(both.output, ::testing::EndsWith(std::string("\n") + kMessage));
  EXPECT_EQ(python("--recover " + recovery_.private_file + " " + path_).output,
            link_->secret + "\n");
}

TEST_F(Vault, OnePortalSweepsAndAnotherTakesOver) {
  auto other = open_vault_reader(folder_.path(), keys_.private_file);
  auto claim = reader_->claim_round(Round::sweep);
  ASSERT_EQ(fault_of(claim), "");
  ASSERT_NE(*claim, nullptr);
  EXPECT_EQ(*(*other)->claim_round(Round::sweep), nullptr);
  claim->reset();
  EXPECT_NE(*(*other)->claim_round(Round::sweep), nullptr);
}

// Every state that a kill can leave behind opens with the ring, and is finished by the next try.
TEST_F(Vault, AChangeOfKeysStoppedAnywhereIsFinishedLater) {
  const phimilter::test::TempFolder next_folder;
  const test::OpensslKeys next(next_folder);
  KeyRing ring = std::move(*read_private_keys(next.private_file));
  ring.push_back(std::move(read_private_keys(keys_.private_file)->front()));
  seal('b');
  const std::string before = folder_.read(std::string(32, 'b') + ".sealed");
  const auto rewrap = rewrap_head(as_bytes(before), ring, ring.front().public_key);
  ASSERT_EQ(fault_of(rewrap), "");
  const std::string body = before.substr(kSealHeaderBytes);
  std::vector<std::string> states;
  for (std::size_t cut = 0; cut <= kSealHeaderBytes; cut += 8) {
    states.push_back(std::string(as_text(rewrap->added)).substr(0, cut) + before.substr(cut));
    states.push_back(std::string(as_text(rewrap->cleaned)).substr(0, cut) +
                     std::string(as_text(rewrap->added)).substr(cut) + body);
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string path = folder_.write(std::string(32, 'b') + ".sealed", states[i]);
    ASSERT_EQ(fault_of(open_head(as_bytes(states[i]), ring)), "") << i;
    ASSERT_EQ(fault_of(rewrap_file(path, ring, ring.front().public_key)), "") << i;
    const std::string after = folder_.read(std::string(32, 'b') + ".sealed");
    EXPECT_TRUE(sealed_to_alone(as_bytes(after), ring.front().public_key)) << i;
    EXPECT_EQ(after.substr(kSealHeaderBytes), body) << "the body is not touched";
  }
  const auto read =
      run_program("python3 " PHIMILTER_SOURCE_DIR "/tests/unit/escrow/read_sealed.py --entry " +
                  next.private_file + " " + file('b', ".sealed"));
  EXPECT_THAT(read.output, ::testing::EndsWith(std::string("\n") + kMessage));
}

// A change of keys that had the file open, and writes to it after the portal destroyed its key.
TEST_F(Vault, AChangeOfKeysGivesNoDestroyedEntryItsKeyBack) {
  seal('b');
  const std::string before = folder_.read(std::string(32, 'b') + ".sealed").substr(0, 512);
  SealHead head{};
  std::copy(before.begin(), before.end(), head.begin());
  const UniqueFd fd(open(file('b', ".sealed").c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(put_head(fd, head, file('b', ".sealed")).value_or(false));
  ASSERT_EQ(reader_->shred(entry_id('b')).value_or(Removal::gone), Removal::overwritten);
  EXPECT_FALSE(put_head(fd, head, file('b', ".sealed")).value_or(true));
  EXPECT_EQ(folder_.read(std::string(32, 'b') + ".doomed").substr(0, 512), std::string(512, '\0'));
}

TEST_F(Vault, NothingOfAnEntryStandsInTheClear) {
  ASSERT_EQ(fault_of(writer_->seal(facts_for('c'), Proof{"Pet?", Secret(std::string_view("Rex"))},
                                   message(kMessage))),
            "");
  for (const std::string& name : names()) {
    for (const char* text : {"culture", "pat@example", "lab@clinic", "Pet?", "Rex", "sultat"}) {
      EXPECT_EQ(folder_.read(name).find(text), std::string::npos) << name << " " << text;
    }
  }
}

TEST_F(Vault, StatesFollowTimeAndMarkers) {
  EXPECT_EQ(state('d', "2026-11-21T09:00:00Z"), std::nullopt);
  seal('d');
  EXPECT_EQ(state('d', "2026-11-21T09:00:00Z"), EntryState::waiting_for_notice);
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('d'))), "");
  EXPECT_EQ(state('d', "2026-12-21T07:59:59.999999Z"), EntryState::open);
  EXPECT_EQ(state('d', "2026-12-21T08:00:00Z"), EntryState::expired);
  ASSERT_EQ(
      fault_of(writer_->retract(entry_id('d'), "officer \"x\"", test::at("2026-11-22T10:00:00Z"))),
      "");
  EXPECT_EQ(state('d', "2026-11-22T10:00:00Z"), EntryState::retracted);
  EXPECT_EQ(state('d', "2027-11-22T10:00:00Z"), EntryState::retracted);
  EXPECT_EQ(run_program("python3 -c 'import json,sys; print(json.load(sys.stdin))' <" +
                        file('d', ".retracted"))
                .output,
            "{'by': 'officer \"x\"', 'time': '2026-11-22T10:00:00.000000Z'}\n");
}

struct ExtendCase {
  const char* what;
  const char* expires;
  const char* fault;
};

TEST_F(Vault, AnExtensionOnlyLengthensWithinTenYears) {
  const Secret key = act_key(Secret(std::string_view("a pepper of thirty-two bytes....")));
  const Act act{"officer \"x\" \xE9", test::at("2026-12-24T10:00:00Z")};
  const ExtendCase cases[] = {
      {"shorter", "2026-12-20T08:00:00Z", "escrow.not_longer"},
      {"past", "2026-12-24T09:00:00Z", "escrow.not_longer"},
      {"longer than any", "2036-11-22T08:00:01Z", "escrow.too_long"},
      {"after it expired", "2026-12-31T08:00:00Z", ""},
      {"shorter than the last", "2026-12-30T08:00:00Z", "escrow.not_longer"},
      {"ten years, leap days and all", "2036-11-21T08:00:00Z", ""},
  };
  seal('d');
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('d'))), "");
  auto reader = open_vault_reader(folder_.path(), keys_.private_file, key.duplicate());
  for (const ExtendCase& each : cases) {
    const Status extended = writer_->extend(entry_id('d'), {act, test::at(each.expires)}, key);
    EXPECT_EQ(extended ? "" : extended.error().id, each.fault) << each.what;
    if (extended) {
      EXPECT_EQ((*reader)->facts(entry_id('d'))->expires, test::at(each.expires));
      const auto status = (*reader)->status(entry_id('d'), test::at("2026-12-24T10:00:00Z"));
      ASSERT_EQ(fault_of(status), "");
      EXPECT_EQ((*status)->state, EntryState::open) << each.what;
      EXPECT_EQ((*status)->extension->act.time, act.time);
    }
  }
  ASSERT_EQ(fault_of(writer_->retract(entry_id('d'), "x", act.time)), "");
  EXPECT_EQ(writer_->extend(entry_id('d'), {act, test::at("2036-11-21T09:00:00Z")}, key).error().id,
            "escrow.ended");
  EXPECT_EQ(writer_->extend(entry_id('e'), {act, test::at("2036-11-21T09:00:00Z")}, key).error().id,
            "escrow.no_entry");
  EXPECT_EQ((*(*reader)->status(entry_id('d'), act.time))->retraction->by, "x");
  ASSERT_EQ(fault_of((*reader)->remove(entry_id('d'))), "");
  EXPECT_THAT(names(), ::testing::IsEmpty());
}

TEST_F(Vault, WhoHasNoPepperExtendsAndUnlocksNothing) {
  const Secret right = act_key(Secret(std::string_view("a pepper of thirty-two bytes....")));
  const Secret wrong = act_key(Secret(std::string_view("another pepper of 32 bytes......")));
  const Act act{"filter", test::at("2026-12-24T10:00:00Z")};
  const auto after = test::at("2026-12-24T10:00:00Z");
  seal('d');
  seal('e');
  auto reader = open_vault_reader(folder_.path(), keys_.private_file, right.duplicate());
  ASSERT_EQ(
      fault_of(writer_->extend(entry_id('d'), {act, test::at("2027-01-31T08:00:00Z")}, wrong)), "");
  ASSERT_EQ(fault_of(writer_->ask_unlock(entry_id('d'), act, wrong)), "");
  EXPECT_EQ((*(*reader)->status(entry_id('d'), after))->state, EntryState::expired);
  EXPECT_FALSE((*reader)->unlock_asked(entry_id('d'))->has_value());
  ASSERT_EQ(
      fault_of(writer_->extend(entry_id('d'), {act, test::at("2027-01-31T08:00:00Z")}, right)), "");
  ASSERT_EQ(fault_of(writer_->ask_unlock(entry_id('d'), act, right)), "");
  EXPECT_NE((*(*reader)->status(entry_id('d'), after))->state, EntryState::expired);
  EXPECT_EQ((*(*reader)->unlock_asked(entry_id('d')))->by, "filter");
  EXPECT_NE(state('d', "2026-12-24T10:00:00Z"), EntryState::open) << "a reader without the key";
  // An act of one entry says nothing about another, whatever it is called.
  std::filesystem::copy(file('d', ".extended"), file('e', ".extended"));
  std::filesystem::copy(file('d', ".unlock"), file('e', ".unlock"));
  EXPECT_EQ((*(*reader)->status(entry_id('e'), after))->state, EntryState::expired);
  EXPECT_FALSE((*reader)->unlock_asked(entry_id('e'))->has_value());
  ASSERT_EQ(fault_of((*reader)->forget_unlock(entry_id('d'))), "");
  EXPECT_FALSE((*reader)->unlock_asked(entry_id('d'))->has_value());
}

TEST_F(Vault, TheCodeOfAnActIsAsDescribed) {
  const Secret pepper(std::string_view("a pepper of thirty-two bytes...."));
  seal('d');
  ASSERT_EQ(fault_of(writer_->extend(
                entry_id('d'),
                {{"officer", test::at("2026-12-01T10:00:00Z")}, test::at("2027-01-31T08:00:00Z")},
                act_key(pepper))),
            "");
  const auto said = run_program(
      "python3 -c '\n"
      "import hashlib, hmac, json, sys\n"
      "prk = hmac.new(bytes(32), b\"a pepper of thirty-two bytes....\", hashlib.sha256).digest()\n"
      "key = hmac.new(prk, b\"phimilter acts 1\" + bytes([1]), hashlib.sha256).digest()\n"
      "act = json.load(open(sys.argv[1]))\n"
      "text = \"\\n\".join([\"phimilter act 1\", \"extend\", \"d\" * 32, act[\"time\"], "
      "act[\"expires\"], act[\"by\"]])\n"
      "print(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == act[\"mac\"])' " +
      file('d', ".extended"));
  EXPECT_EQ(said.output, "True\n");
}

}  // namespace
}  // namespace phimilter::escrow
