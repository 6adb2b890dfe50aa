// SPDX-License-Identifier: Apache-2.0
#include "extract/extractor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/encoding.h"
#include "base/limits.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

constexpr const char* kProgram = PHIMILTER_BIN_DIR "/phimilter-extract";

mail::CapturedMessage message_of(const std::string& bytes) {
  auto message = mail::parse_message(bytes, testing::TempDir());
  EXPECT_TRUE(message.has_value());
  return std::move(*message);
}

std::unique_ptr<Extractor> start(const char* program, std::size_t workers = 2,
                                 std::int64_t timeout_ms = 0) {
  auto extractor = start_extractor({program, workers, timeout_ms});
  EXPECT_TRUE(extractor.has_value()) << (extractor ? "" : extractor.error().describe());
  return extractor ? std::move(*extractor) : nullptr;
}

std::string body_of(Extractor& extractor, const std::string& bytes) {
  const auto text = extractor.extract(message_of(bytes));
  if (!text) {
    return text.error().describe();
  }
  const auto* part = part_at(*text, "1");
  return part == nullptr ? "(no part)" : part->text;
}

std::optional<Opaque> reason_of(Extractor& extractor, const std::string& bytes) {
  const auto text = extractor.extract(message_of(bytes));
  return text && text->parts.size() == 1 ? text->parts[0].opaque : std::nullopt;
}

TEST(Extractor, ReadsInTheJail) {
  const auto extractor = start(kProgram);
  ASSERT_TRUE(extractor);
  const auto text = extractor->extract(message_of(test_file("nested.eml")));
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(part_at(*text, "1.1")->text, "Text: potassium 6.1\n");
  EXPECT_EQ(part_at(*text, "4/1")->text, "Inner text about Olga\n");
  for (const char* file : {"pgp-mime.eml", "smime-cbc.eml", "smime-gcm.eml"}) {
    const auto sealed = extractor->extract(message_of(test_file(file)));
    ASSERT_TRUE(sealed.has_value()) << file;
    EXPECT_TRUE(sealed->already_encrypted) << file;
  }
}

TEST(Extractor, EveryCharsetWorksInTheJail) {
  const auto extractor = start(kProgram, 1);
  ASSERT_TRUE(extractor);
  std::istringstream lines(test_file("charsets.tsv"));
  for (std::string line; std::getline(lines, line);) {
    const auto fields = split(line, '\t');
    const auto bytes = unhex(fields[1]);
    const std::string message =
        "Subject: =?" + std::string(fields[0]) + "?Q?x?=\r\nX: y; n*=" + std::string(fields[0]) +
        "''x\r\nFrom: =?" + std::string(fields[0]) +
        "?B?eA==?= <a@b.example>\r\nContent-Type: text/plain; charset=" + std::string(fields[0]) +
        "; x*=koi8-r''%C1\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(*bytes) + "\r\n";
    EXPECT_EQ(body_of(*extractor, message), fields[2]) << fields[0];
  }
}

TEST(Extractor, AProgramThatIsNotThere) {
  for (const char* program : {"/nonexistent/phimilter-extract", "/bin/true", "/etc/passwd"}) {
    const auto extractor = start_extractor({program, 1, 0});
    ASSERT_FALSE(extractor.has_value()) << program;
    EXPECT_EQ(extractor.error().kind, FaultKind::configuration) << program;
    EXPECT_NE(extractor.error().describe().find(program), std::string::npos);
  }
}

TEST(Extractor, PoisonCostsOneMessageAndNothingElse) {
  const auto extractor = start(PHIMILTER_POISONED_WORKER, 1, 2'000);
  ASSERT_TRUE(extractor);
  for (const char* poison : {"abort", "open", "socket", "throw", "lie", "silence", "garbage",
                             "endless", "count", "refuse"}) {
    const std::string message = std::string("Subject: x\r\n\r\npoison: ") + poison + "\r\n";
    EXPECT_EQ(reason_of(*extractor, message), Opaque::failed) << poison;
    EXPECT_EQ(body_of(*extractor, "Subject: x\r\n\r\nhealthy\r\n"), "healthy\n") << poison;
  }
}

// A taken-over worker has an answer ready for the next message: it does not get one.
TEST(Extractor, WhoReadMoreThanTextReadsNothingElse) {
  const auto extractor = start(PHIMILTER_POISONED_WORKER, 1, 2'000);
  ASSERT_TRUE(extractor);
  EXPECT_EQ(body_of(*extractor, "Subject: x\r\nContent-Type: text/html\r\n\r\npoison: twice\r\n"),
            "poison: twice");
  EXPECT_EQ(body_of(*extractor, "Subject: x\r\n\r\nhealthy\r\n"), "healthy\n");
}

TEST(Extractor, AHangingWorkerIsKilledAtTheDeadline) {
  const auto extractor = start(PHIMILTER_POISONED_WORKER, 1, 300);
  ASSERT_TRUE(extractor);
  EXPECT_EQ(reason_of(*extractor, "Subject: x\r\n\r\npoison: hang\r\n"), Opaque::failed);
}

TEST(Extractor, LargeMessages) {
  const auto extractor = start(kProgram, 1);
  ASSERT_TRUE(extractor);
  // 60 MB of base64 in lines, in a spooled body: 44 MB of file.
  const std::string line = std::string(76, 'A') + "\r\n";
  std::string bytes =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOlga\r\n--b\r\nContent-Type: "
      "application/octet-stream; name=scan.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (bytes.size() < 60'000'000) {
    bytes += line;
  }
  bytes += "--b--\r\n";
  const auto text = extractor->extract(message_of(bytes));
  ASSERT_TRUE(text.has_value());
  ASSERT_NE(part_at(*text, "1"), nullptr);
  EXPECT_EQ(part_at(*text, "1")->text, "Olga");
  EXPECT_EQ(part_at(*text, "2")->opaque, Opaque::unknown);
  // And the same worker goes on.
  EXPECT_EQ(body_of(*extractor, "Subject: x\r\n\r\nsmall\r\n"), "small\n");
}

TEST(Extractor, PastTheMessageLimitIsOpaque) {
  const auto extractor = start(kProgram, 1);
  ASSERT_TRUE(extractor);
  const std::string bytes =
      "Subject: x\r\n\r\n" + std::string(limits::kMessageBytes + limits::kHeaderBytes, 'a');
  EXPECT_EQ(reason_of(*extractor, bytes), Opaque::limit);
}

TEST(Extractor, ManySessionsShareAFewWorkersThatAreReplaced) {
  const auto extractor = start(kProgram, 2);
  ASSERT_TRUE(extractor);
  std::atomic<int> wrong{0};
  std::vector<std::thread> sessions;
  constexpr int kSessions = 8;
  constexpr int kEach = static_cast<int>(limits::kWorkerMessages) * 3 / kSessions;
  for (int session = 0; session < kSessions; ++session) {
    sessions.emplace_back([&extractor, &wrong, session] {
      for (int i = 0; i < kEach; ++i) {
        const std::string word = std::to_string(session) + "-" + std::to_string(i);
        wrong += body_of(*extractor, "Subject: x\r\n\r\n" + word) == word ? 0 : 1;
      }
    });
  }
  for (auto& session : sessions) {
    session.join();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace phimilter::extract
