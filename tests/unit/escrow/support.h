// SPDX-License-Identifier: Apache-2.0
//
// Keys and small things that the tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "escrow/vault.h"
#include "support/run_program.h"
#include "support/temp_folder.h"

namespace phimilter::escrow::test {

// Keys made by openssl, so that ours are never the only ones we read.
struct OpensslKeys {
  explicit OpensslKeys(const phimilter::test::TempFolder& folder, const std::string& name = "key")
      : private_file(folder.path() + "/" + name + ".key"),
        public_file(folder.path() + "/" + name + ".pub") {
    const auto made = phimilter::test::run_program(
        "umask 077; openssl genpkey -algorithm X25519 -out " + private_file +
        " && openssl pkey -in " + private_file + " -pubout -out " + public_file);
    EXPECT_EQ(made.status, 0) << made.output;
  }
  std::string private_file, public_file;
};

inline Timestamp at(const char* time) {
  auto parsed = parse_rfc3339(time);
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(Timestamp());
}

inline std::string fault_of(const Status& status) {
  return status ? std::string() : status.error().describe();
}
template <typename T>
std::string fault_of(const Result<T>& result) {
  return result ? std::string() : result.error().describe();
}

}  // namespace phimilter::escrow::test
