// SPDX-License-Identifier: Apache-2.0
#include "escrow/sealed_bytes.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>

#include "base/limits.h"
#include "escrow/seal_keys.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using test::fault_of;
constexpr std::size_t kChunk = limits::kSealChunk;
constexpr std::size_t kSealedChunk = kChunk + kTagBytes;

std::string some_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string out(size, '\0');
  for (char& c : out) {
    c = static_cast<char>(random());
  }
  return out;
}

class SealedBytesTest : public ::testing::Test {
 protected:
  SealedBytesTest() : keys_(folder_) {
    public_key_ = *read_public_key(keys_.public_file);
    private_key_ = std::move(*read_private_keys(keys_.private_file));
  }
  std::string seal(std::string_view plain) { return *seal_bytes({}, public_key_, plain); }
  Result<std::unique_ptr<SealedBytes>> open(const std::string& sealed) {
    const std::string path = folder_.write("sealed", sealed);
    return SealedBytes::open(UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), path,
                             private_key_);
  }
  static Result<std::string> read(SealedBytes& bytes, std::uint64_t offset, std::size_t size) {
    std::string out(size, '?');
    auto got =
        bytes.read_at(offset, std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size()));
    if (!got) {
      return fail(got.error());
    }
    return out.substr(0, *got);
  }

  phimilter::test::TempFolder folder_;
  test::OpensslKeys keys_;
  PublicKey public_key_{};
  KeyRing private_key_;
};

TEST_F(SealedBytesTest, GivesWhatStandsAnywhere) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1,
                                 2 * kChunk, 3 * kChunk + 7}) {
    const std::string plain = some_bytes(size);
    auto bytes = open(seal(plain));
    ASSERT_EQ(fault_of(bytes), "") << size;
    EXPECT_EQ((*bytes)->size(), size);
    EXPECT_TRUE(read(**bytes, 0, size + 10).value_or("-") == plain) << size;
    std::mt19937 random(1);
    for (int i = 0; i < 50; ++i) {
      const std::size_t at = random() % (size + 20);
      const std::size_t many = random() % (2 * kChunk);
      EXPECT_TRUE(read(**bytes, at, many).value_or("-") ==
                  (at < size ? plain.substr(at, many) : ""))
          << size << " at " << at << ", " << many;
    }
  }
}

// Cut or extended anywhere: said at the opening, before anybody gets a byte.
TEST_F(SealedBytesTest, OpensOnlyWhatIsWhole) {
  const std::string sealed = seal(some_bytes(3 * kChunk));
  ASSERT_EQ(fault_of(open(sealed)), "");
  for (const std::size_t size :
       {std::size_t{0}, kSealHeaderBytes, kSealHeaderBytes + kTagBytes,
        kSealHeaderBytes + kSealedChunk, kSealHeaderBytes + 2 * kSealedChunk,
        kSealHeaderBytes + 2 * kSealedChunk + 3, sealed.size() - kTagBytes, sealed.size() - 1}) {
    auto cut = open(sealed.substr(0, size));
    EXPECT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().kind, FaultKind::permanent) << size;
  }
  for (const std::string& more : {std::string("x"), std::string(kTagBytes, 'x'),
                                  sealed.substr(kSealHeaderBytes, kSealedChunk)}) {
    EXPECT_FALSE(open(sealed + more));
  }
}

TEST_F(SealedBytesTest, AChangedChunkIsAFaultAndTheOthersAreRead) {
  const std::string plain = some_bytes(3 * kChunk + 5);
  std::string sealed = seal(plain);
  sealed[kSealHeaderBytes + kSealedChunk + 100] ^= 1;
  auto bytes = open(sealed);
  ASSERT_EQ(fault_of(bytes), "");
  EXPECT_EQ(read(**bytes, kChunk + 200, 10).error().id, "escrow.damaged");
  EXPECT_EQ(read(**bytes, kChunk - 5, 10).error().id, "escrow.damaged");
  EXPECT_TRUE(read(**bytes, 0, 10).value_or("") == plain.substr(0, 10));
  EXPECT_TRUE(read(**bytes, 2 * kChunk, 10).value_or("") == plain.substr(2 * kChunk, 10));
  // Two chunks that changed places.
  sealed = seal(plain);
  std::string swapped = sealed;
  swapped.replace(kSealHeaderBytes, kSealedChunk, sealed, kSealHeaderBytes + kSealedChunk,
                  kSealedChunk);
  swapped.replace(kSealHeaderBytes + kSealedChunk, kSealedChunk, sealed, kSealHeaderBytes,
                  kSealedChunk);
  bytes = open(swapped);
  ASSERT_EQ(fault_of(bytes), "");
  EXPECT_FALSE(read(**bytes, 0, 10));
}

TEST_F(SealedBytesTest, AnotherKeyIsAMatterOfConfiguration) {
  const std::string sealed = seal("x");
  private_key_.clear();
  private_key_.push_back(*make_key_pair());
  EXPECT_EQ(open(sealed).error().kind, FaultKind::configuration);
}

}  // namespace
}  // namespace phimilter::escrow
