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

TEST_F(Vault, MarkersNeedAnEntry) {
  const auto noticed = writer_->mark_noticed(entry_id('e'));
  ASSERT_FALSE(noticed.has_value());
  EXPECT_EQ(noticed.error().id, "escrow.no_entry");
  EXPECT_FALSE(writer_->retract(entry_id('e'), "x", test::at("2026-11-22T10:00:00Z")).has_value());
  EXPECT_THAT(names(), ::testing::IsEmpty());
}

TEST_F(Vault, ListsWithoutAKeyAndRemovesEveryFile) {
  for (const char digit : {'2', '1', '3'}) {
    ASSERT_EQ(fault_of(writer_->seal(facts_for(digit), Proof{"q", Secret(std::string_view("a"))},
                                     message(kMessage))),
              "");
    ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id(digit))), "");
  }
  const auto now = test::at("2026-11-22T10:00:00Z");
  ASSERT_EQ(fault_of(writer_->retract(entry_id('3'), "x", now)), "");
  const auto listed = writer_->list(now);
  ASSERT_EQ(fault_of(listed), "");
  ASSERT_EQ(listed->size(), 3u);
  EXPECT_EQ((*listed)[0].id, entry_id('1'));
  EXPECT_EQ((*listed)[0].created, facts_for('1').created);
  EXPECT_EQ((*listed)[0].expires, facts_for('1').expires);
  EXPECT_EQ((*listed)[0].size, std::filesystem::file_size(file('1', ".sealed")));
  EXPECT_EQ((*listed)[2].state, EntryState::retracted);
  for (const char digit : {'1', '2', '3'}) {
    EXPECT_EQ(fault_of(reader_->remove(entry_id(digit))), "");
  }
  EXPECT_THAT(names(), ::testing::IsEmpty());
  EXPECT_EQ(read('1'), "escrow.no_entry");
  EXPECT_EQ(fault_of(reader_->remove(entry_id('1'))), "");
}

// A name that sorts between an entry's files, markers of an entry that is gone, and marks whose
// entry has them all.
TEST_F(Vault, AListSaysWhatEachEntryAloneSays) {
  const auto now = test::at("2026-11-22T10:00:00Z");
  for (const char digit : {'1', '2', '3', '4'}) {
    ASSERT_EQ(fault_of(writer_->seal(facts_for(digit), Proof{"q", Secret(std::string_view("a"))},
                                     message(kMessage))),
              "");
  }
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('2'))), "");
  ASSERT_EQ(fault_of(writer_->retract(entry_id('3'), "lee", now)), "");
  ASSERT_EQ(fault_of(writer_->mark_released(entry_id('4'))), "");
  ASSERT_EQ(fault_of(reader_->remove_proof(entry_id('2'))), "");
  ASSERT_EQ(fault_of(writer_->seal(facts_for('5'), std::nullopt, message(kMessage))), "");
  folder_.write(std::string(32, '1') + "-x", "");
  folder_.write(std::string(32, 'f') + ".notice", "");
  const auto listed = reader_->list(now);
  ASSERT_EQ(fault_of(listed), "");
  ASSERT_EQ(listed->size(), 5U);
  for (const EntryStatus& each : *listed) {
    const auto alone = reader_->status(each.id, now);
    ASSERT_TRUE(alone && *alone);
    EXPECT_EQ(each.state, (*alone)->state);
    EXPECT_EQ(each.retraction.has_value(), (*alone)->retraction.has_value());
    EXPECT_EQ(each.waits_for_portal, each.id != entry_id('2') && each.id != entry_id('5'))
        << each.id.str();
  }
}

TEST_F(Vault, SealingAgainReplacesMessageAndProofAndKeepsTheNotice) {
  ASSERT_EQ(fault_of(writer_->seal(facts_for('4'), Proof{"q", Secret(std::string_view("a"))},
                                   message("first"))),
            "");
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('4'))), "");
  seal('4', "second");
  EXPECT_EQ(read('4'), "second");
  EXPECT_FALSE(reader_->take_proof(entry_id('4'))->has_value());
  EXPECT_EQ(state('4', "2026-11-22T10:00:00Z"), EntryState::open);
}

TEST_F(Vault, FilesHaveTheirModeWhateverTheUmask) {
  const mode_t before = umask(077);
  ASSERT_EQ(fault_of(writer_->seal(facts_for('5'), Proof{"q", Secret(std::string_view("a"))},
                                   message(kMessage))),
            "");
  ASSERT_EQ(fault_of(writer_->mark_noticed(entry_id('5'))), "");
  umask(before);
  for (const char* suffix : {".sealed", ".proof", ".notice"}) {
    struct stat info {};
    ASSERT_EQ(stat(file('5', suffix).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0660u) << suffix;
  }
}

TEST_F(Vault, AFaultOfTheMessageLeavesTheOldEntryAndNothingElse) {
  seal('6', "the old one");
  const auto sealed =
      writer_->seal(facts_for('6'), std::nullopt, [](mail::ByteSink& out) -> Status {
        if (auto written = out.write(std::string(300'000, 'x')); !written) {
          return written;
        }
        return fail(transient_fault("test.spool", "the spool broke"));
      });
  EXPECT_EQ(sealed.error().id, "test.spool");
  EXPECT_EQ(read('6'), "the old one");
  EXPECT_EQ(names().size(), 1u);
}

// EFBIG comes for root too, which a folder's mode does not stop.
TEST_F(Vault, AFullDiskIsATransientFaultAndLeavesNothing) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto sealed =
      writer_->seal(facts_for('7'), std::nullopt, message(std::string(1'000'000, 'x')));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(sealed.has_value());
  EXPECT_EQ(sealed.error().kind, FaultKind::transient);
  EXPECT_EQ(sealed.error().id, "escrow.write");
  EXPECT_THAT(names(), ::testing::IsEmpty());
}

TEST_F(Vault, AFolderThatIsGoneIsATransientFaultWhileRunning) {
  const phimilter::test::TempFolder other;
  const std::string path = other.path("vault");
  ASSERT_EQ(fault_of(make_folder(path, 02770)), "");
  auto writer = open_vault_writer(path, keys_.public_file);
  ASSERT_EQ(fault_of(writer), "");
  std::filesystem::remove(path);
  other.write("vault", "a file where the folder was");
  const auto sealed = (*writer)->seal(facts_for('8'), std::nullopt, message(kMessage));
  ASSERT_FALSE(sealed.has_value());
  EXPECT_EQ(sealed.error().kind, FaultKind::transient);
  EXPECT_EQ((*writer)->list(test::at("2026-11-22T10:00:00Z")).error().kind, FaultKind::transient);
}

TEST_F(Vault, DoesNotOpenWhereItCannotWork) {
  const std::string below_a_file = keys_.public_file + "/vault";
  const std::string folder = folder_.path();
  const struct {
    const char* what;
    FaultKind kind;
  } cases[] = {
      {"writer below a file", open_vault_writer(below_a_file, keys_.public_file).error().kind},
      {"writer without folder", open_vault_writer(folder + "/no", keys_.public_file).error().kind},
      {"writer without key", open_vault_writer(folder, folder + "/no.pub").error().kind},
      {"reader without folder", open_vault_reader(folder + "/no", keys_.private_file).error().kind},
      {"reader with a public key", open_vault_reader(folder, keys_.public_file).error().kind},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(test.kind, FaultKind::configuration) << test.what;
  }
}

TEST_F(Vault, SweepsWhatACrashLeftAndNotWhatIsBeingWritten) {
  folder_.write("crashed.sealing", "half a message");
  folder_.write("writing.sealing", "half a message");
  const UniqueFd writing(open(folder_.path("writing.sealing").c_str(), O_WRONLY));
  ASSERT_EQ(flock(writing.get(), LOCK_EX | LOCK_NB), 0);
  EXPECT_THAT(*writer_->list(test::at("2026-11-22T10:00:00Z")), ::testing::IsEmpty());
  ASSERT_EQ(fault_of(open_vault_writer(folder_.path(), keys_.public_file)), "");
  EXPECT_THAT(names(), ::testing::ElementsAre("writing.sealing"));
}

TEST_F(Vault, SweepsOldRestsOfEntriesAndNotNewOnes) {
  seal('9');
  for (const char* suffix : {".notice", ".proof"}) {
    folder_.write(std::string(32, '0') + suffix, "");
    folder_.write(std::string(32, '9') + suffix, "");
    folder_.write(std::string(32, 'f') + suffix, "");
  }
  ASSERT_EQ(
      run_program("touch -d '3 days ago' " + folder_.path("0*") + " " + folder_.path("9*")).status,
      0);
  ASSERT_EQ(fault_of(open_vault_reader(folder_.path(), keys_.private_file)), "");
  EXPECT_EQ(names().size(), 5u);
  EXPECT_FALSE(std::filesystem::exists(folder_.path(std::string(32, '0') + ".notice")));
}

TEST_F(Vault, ADamagedOrMovedEntryIsNotReadAndDoesNotHideTheOthers) {
  seal('1');
  seal('2');
  seal('3');
  std::string damaged = folder_.read(std::string(32, '1') + ".sealed");
  damaged.resize(40);
  folder_.write(std::string(32, '1') + ".sealed", damaged);
  std::filesystem::rename(file('2', ".sealed"), file('4', ".sealed"));
  folder_.write("README.sealed", "not ours");
  std::filesystem::create_symlink(file('3', ".sealed"), file('0', ".sealed"));
  EXPECT_EQ(read('1'), "escrow.damaged");
  EXPECT_EQ(read('4'), "escrow.damaged");
  EXPECT_EQ(reader_->facts(entry_id('4')).error().kind, FaultKind::permanent);
  const auto listed = reader_->list(test::at("2026-11-22T10:00:00Z"));
  ASSERT_EQ(fault_of(listed), "");
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().id, entry_id('3'));
}

TEST_F(Vault, AProofOfAnotherEntryIsRefused) {
  ASSERT_EQ(fault_of(writer_->seal(facts_for('1'), Proof{"q", Secret(std::string_view("a"))},
                                   message(kMessage))),
            "");
  seal('2');
  std::filesystem::rename(file('1', ".proof"), file('2', ".proof"));
  EXPECT_EQ(reader_->take_proof(entry_id('2')).error().id, "escrow.damaged");
}

class DigestSink final : public mail::ByteSink {
 public:
  Status write(std::string_view bytes) override {
    largest = std::max(largest, bytes.size());
    digest.add(as_bytes(bytes));
    return {};
  }
  Sha256Stream digest;
  std::size_t largest = 0;
};

TEST_F(Vault, FiftyMegabytesGoThroughInChunks) {
  std::string block(1'000'003, '\0');
  Sha256Stream expected;
  ASSERT_EQ(fault_of(writer_->seal(facts_for('5'), std::nullopt,
                                   [&](mail::ByteSink& out) -> Status {
                                     for (int i = 0; i < 50; ++i) {
                                       std::fill(block.begin(), block.end(), static_cast<char>(i));
                                       expected.add(as_bytes(block));
                                       if (auto written = out.write(block); !written) {
                                         return written;
                                       }
                                     }
                                     return {};
                                   })),
            "");
  DigestSink sink;
  ASSERT_EQ(fault_of(reader_->read_message(entry_id('5'), sink)), "");
  EXPECT_EQ(hex(sink.digest.finish()), hex(expected.finish()));
  EXPECT_LE(sink.largest, 65536u);
}

// The portal must not take the start of a message for the whole of it.
TEST_F(Vault, AMessageCutAtAChunkBorderEndsInAFault) {
  seal('6', std::string(500'000, 'x'));
  std::filesystem::resize_file(file('6', ".sealed"), 152 + 3 * (65536 + 16));
  EXPECT_EQ(read('6'), "escrow.damaged");
}

}  // namespace
}  // namespace phimilter::escrow
