// SPDX-License-Identifier: Apache-2.0
#include "protect/openpgp_armor.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gpg_fixture.h"

namespace phimilter::protect {
namespace {

Result<ArmoredMessage> read(std::string_view armor, std::size_t piece, std::string& out) {
  mail::StringSink sink;
  ArmorReader reader(sink);
  while (!armor.empty()) {
    if (auto written = reader.write(armor.substr(0, piece)); !written) {
      return fail(written);
    }
    armor.remove_prefix(std::min(piece, armor.size()));
  }
  out = sink.text;
  return reader.finish();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

class OpenpgpArmor : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const testing::GpgFixture gpg;
    testing::write_file(gpg.folder().file("text"), std::string(3000, 'x'));
    const std::string encrypt = "--compress-algo none --armor -o - ";
    const std::string text = " " + gpg.folder().file("text");
    both_ = gpg.gpg(encrypt + "-r ann@example.org -r bob@example.org --encrypt" + text);
    hidden_ = gpg.gpg(encrypt + "-R ann@example.org --encrypt" + text);
    key_ids_ = {gpg.encryption_key_id("ann@example.org"), gpg.encryption_key_id("bob@example.org")};
    others_ = {
        {"only signed", gpg.gpg("--armor -o - -u ann@example.org --sign" + text)},
        {"clear signed", gpg.gpg("-o - -u ann@example.org --clearsign" + text)},
        {"with a password", gpg.gpg("--passphrase x " + encrypt + "--symmetric" + text)},
        {"only packed", gpg.gpg("--armor -o - --store" + text)},
        {"a key", gpg.gpg("--armor --export ann@example.org")},
    };
  }
  static std::string both_, hidden_;
  static std::vector<std::string> key_ids_;
  static std::vector<std::pair<std::string, std::string>> others_;
};
std::string OpenpgpArmor::both_, OpenpgpArmor::hidden_;
std::vector<std::string> OpenpgpArmor::key_ids_;
std::vector<std::pair<std::string, std::string>> OpenpgpArmor::others_;

TEST_F(OpenpgpArmor, ReadsWhatGpgEncryptsInAnyPieces) {
  std::string crlf;
  for (const char c : both_) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{63}, std::size_t{100'000}}) {
    for (const auto* armor : {&both_, &crlf}) {
      std::string out;
      const auto message = read(*armor, piece, out);
      ASSERT_TRUE(message.has_value()) << message.error().describe();
      EXPECT_EQ(message->key_ids, key_ids_);
      EXPECT_EQ(out, crlf);
    }
  }
  std::string out;
  EXPECT_EQ(read(hidden_, 100, out)->key_ids, std::vector<std::string>{std::string(16, '0')});
}

TEST_F(OpenpgpArmor, RefusesWhatIsNotOneEncryptedMessage) {
  const std::string end = "-----END PGP MESSAGE-----\n";
  const std::string a_line = both_.substr(both_.find("\n\n") + 2, 65);
  std::vector<std::pair<std::string, std::string>> cases = others_;
  cases.insert(
      cases.end(),
      {
          {"nothing", ""},
          {"text before", "Dear Ann\n" + both_},
          {"text behind", both_ + "Dear Ann\n"},
          {"twice", both_ + both_},
          {"armor header", replaced(both_, "\n\n", "\nComment: Maria\n\n")},
          {"text inside", replaced(both_, a_line, a_line + "Dear Ann, 123-45-6789\n")},
          {"a word that is base64 inside", replaced(both_, a_line, a_line + "Mari\n")},
          {"no end", replaced(both_, end, "")},
          {"end without line end", both_.substr(0, both_.size() - 1)},
          {"no packets", "-----BEGIN PGP MESSAGE-----\n\n=AAAA\n" + end},
          {"first packet cut off", replaced(both_, a_line, "")},
          {"a line without an end", "-----BEGIN PGP MESSAGE-----\n\n" + std::string(5000, 'A')},
      });
  for (const auto& [name, armor] : cases) {
    for (const std::size_t piece : {std::size_t{7}, std::size_t{100'000}}) {
      std::string out;
      const auto message = read(armor, piece, out);
      ASSERT_FALSE(message.has_value()) << name;
      EXPECT_EQ(message.error().id, "pgp.output") << name;
      EXPECT_EQ(message.error().kind, FaultKind::bug) << name;
      EXPECT_EQ(message.error().describe().find("Maria"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace phimilter::protect
