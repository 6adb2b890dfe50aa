// SPDX-License-Identifier: Apache-2.0
//
// A vault of its own for each test, and what is sealed in it.
#pragma once

#include "escrow/vault.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "escrow/support.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {

using test::fault_of;

inline constexpr const char* kMessage =
    "From: lab@clinic.example\r\n\r\nThe culture grew nothing.\r\n";

inline EscrowId entry_id(char digit) {
  return *EscrowId::parse(std::string(32, digit));
}

inline EntryFacts facts_for(char digit) {
  return EntryFacts{entry_id(digit),
                    *TokenId::parse(std::string(64, digit)),
                    "4Yb1",
                    "lab@clinic.example",
                    "pat@example.org",
                    "Résultat \"7\"",
                    "es",
                    true,
                    test::at("2026-11-21T08:00:00.000001Z"),
                    test::at("2026-12-21T08:00:00Z"),
                    {},
                    {},
                    "",
                    "",
                    "",
                    "the-secret-of-the-link"};
}

inline std::function<Status(mail::ByteSink&)> message(std::string text) {
  return [text = std::move(text)](mail::ByteSink& out) { return out.write(text); };
}

class Vault : public ::testing::Test {
 protected:
  Vault() : keys_(keys_folder_) {
    auto writer = open_vault_writer(folder_.path(), keys_.public_file);
    auto reader = open_vault_reader(folder_.path(), keys_.private_file);
    EXPECT_EQ(fault_of(writer) + fault_of(reader), "");
    writer_ = std::move(*writer);
    reader_ = std::move(*reader);
  }

  void seal(char digit, const std::string& text = kMessage) {
    ASSERT_EQ(fault_of(writer_->seal(facts_for(digit), std::nullopt, message(text))), "");
  }
  std::string read(char digit) {
    mail::StringSink out;
    const auto status = reader_->read_message(entry_id(digit), out);
    return status ? out.text : status.error().id;
  }
  std::optional<EntryState> state(char digit, const char* now) {
    const auto status = reader_->status(entry_id(digit), test::at(now));
    EXPECT_EQ(fault_of(status), "");
    return *status ? std::optional((*status)->state) : std::nullopt;
  }
  std::string file(char digit, const char* suffix) {
    return folder_.path(std::string(32, digit) + suffix);
  }
  std::vector<std::string> names() { return *list_folder(folder_.path()); }

  phimilter::test::TempFolder folder_, keys_folder_;
  test::OpensslKeys keys_;
  std::unique_ptr<VaultWriter> writer_;
  std::unique_ptr<VaultReader> reader_;
};

}  // namespace phimilter::escrow
