// SPDX-License-Identifier: Apache-2.0
#include "escrow/sealed_file.h"

#include <gtest/gtest.h>

#include <random>

#include "base/limits.h"
#include "escrow/seal_keys.h"
#include "escrow/support.h"

namespace phimilter::escrow {
namespace {

using test::fault_of;
constexpr std::size_t kSealedChunk = limits::kSealChunk + kTagBytes;

class StringSource final : public ByteSource {
 public:
  // Gives at most `step` bytes at a time, as a pipe would.
  StringSource(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    const std::size_t size = std::min({out.size(), bytes_.size(), step_});
    std::copy_n(bytes_.begin(), size, out.begin());
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

// Plain bytes that differ everywhere, so that a chunk in a wrong place shows.
std::string some_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::string out(size, '\0');
  for (char& c : out) {
    c = static_cast<char>(random());
  }
  return out;
}

class SealedFile : public ::testing::Test {
 protected:
  SealedFile() : keys_(folder_) {
    auto public_key = read_public_key(keys_.public_file);
    auto private_key = read_private_keys(keys_.private_file);
    EXPECT_EQ(fault_of(public_key), "");
    EXPECT_EQ(fault_of(private_key), "");
    public_key_ = *public_key;
    private_key_ = std::move(*private_key);
    header_.id.fill(0x5A);
    header_.created = test::at("2026-11-21T08:00:00Z");
    header_.expires = test::at("2026-12-21T08:00:00Z");
  }

  std::string seal(std::string_view plain) {
    auto sealed = seal_bytes(header_, public_key_, plain);
    EXPECT_EQ(fault_of(sealed), "");
    return sealed.value_or("");
  }

  Result<std::string> open(std::string_view sealed, std::size_t step = std::string::npos) {
    StringSource source(sealed, step);
    auto reader = SealReader::open(source, private_key_);
    if (!reader) {
      return fail(reader);
    }
    std::string out;
    for (;;) {
      const auto chunk = (*reader)->next();
      if (!chunk) {
        return fail(chunk.error());
      }
      if (!*chunk) {
        return out;
      }
      out += **chunk;
    }
  }

  phimilter::test::TempFolder folder_;
  test::OpensslKeys keys_;
  PublicKey public_key_{};
  KeyRing private_key_;
  SealHeader header_;
};

TEST_F(SealedFile, ComesBackWhateverItsSize) {
  constexpr std::size_t kChunk = limits::kSealChunk;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1,
                                 2 * kChunk, 3 * kChunk + 7}) {
    const std::string plain = some_bytes(size);
    const std::string sealed = seal(plain);
    const std::size_t chunks = std::max<std::size_t>(1, (size + kChunk - 1) / kChunk);
    EXPECT_EQ(sealed.size(), kSealHeaderBytes + size + chunks * kTagBytes) << size;
    auto whole = open(sealed);
    auto in_pieces = open(sealed, 1000);
    EXPECT_EQ(fault_of(whole) + fault_of(in_pieces), "") << size;
    EXPECT_TRUE(whole.value_or("") == plain && in_pieces.value_or("") == plain) << size;
  }
}

TEST_F(SealedFile, IsOpenedByPythonFromTheDescriptionAlone) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, limits::kSealChunk, 2 * limits::kSealChunk + 5}) {
    const std::string plain = some_bytes(size);
    const std::string file = folder_.write("sealed", seal(plain));
    const auto read = phimilter::test::run_program("python3 " PHIMILTER_SOURCE_DIR
                                                   "/tests/unit/escrow/read_sealed.py " +
                                                   keys_.private_file + " " + file);
    EXPECT_EQ(read.status, 0) << size;
    EXPECT_TRUE(read.output == plain) << size;
  }
}

TEST_F(SealedFile, EveryChangedBitOfASmallFileIsAFault) {
  const std::string sealed = seal("the result is here");
  ASSERT_EQ(fault_of(open(sealed)), "");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    if (i >= kSealFixedBytes + 96 && i < kSealHeaderBytes) {
      continue;  // slots that hold nothing: whatever stands there opens nothing
    }
    for (const int bit : {0, 7}) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(open(changed).has_value()) << "byte " << i << " bit " << bit;
    }
  }
}

TEST_F(SealedFile, CutAnywhereIsAFault) {
  const std::string sealed = seal(some_bytes(3 * limits::kSealChunk + 100));
  std::vector<std::size_t> cuts = {0, 1, kSealHeaderBytes - 1, kSealHeaderBytes};
  for (std::size_t chunk = 1; chunk <= 3; ++chunk) {
    const std::size_t border = kSealHeaderBytes + chunk * kSealedChunk;
    cuts.insert(cuts.end(), {border - 1, border, border + 1, border + kTagBytes});
  }
  cuts.push_back(sealed.size() - 1);
  for (const std::size_t cut : cuts) {
    EXPECT_FALSE(open(std::string_view(sealed).substr(0, cut)).has_value()) << cut;
  }
}

// A file of whole chunks, cut at a border, looks like a shorter file of whole chunks.
TEST_F(SealedFile, CutAtAChunkBorderGivesNoShorterFile) {
  const std::string sealed = seal(some_bytes(2 * limits::kSealChunk));
  EXPECT_FALSE(
      open(std::string_view(sealed).substr(0, kSealHeaderBytes + kSealedChunk)).has_value());
}

TEST_F(SealedFile, ExtendedSwappedOrMixedIsAFault) {
  const std::string one = seal(some_bytes(3 * limits::kSealChunk));
  const std::string other = seal(some_bytes(3 * limits::kSealChunk));
  const auto chunk = [](const std::string& file, std::size_t number) {
    return file.substr(kSealHeaderBytes + number * kSealedChunk, kSealedChunk);
  };
  const std::string header = one.substr(0, kSealHeaderBytes);
  const std::string a = chunk(one, 0), b = chunk(one, 1), c = chunk(one, 2);
  ASSERT_EQ(fault_of(open(header + a + b + c)), "");
  const struct {
    const char* what;
    std::string file;
  } cases[] = {
      {"a byte at the end", header + a + b + c + "x"},
      {"the last chunk twice", header + a + b + c + c},
      {"a chunk twice", header + a + a + b + c},
      {"two chunks swapped", header + b + a + c},
      {"a chunk left out", header + a + c},
      {"a chunk of another file", header + a + chunk(other, 1) + c},
      {"the header of another file", other.substr(0, kSealHeaderBytes) + a + b + c},
  };
  for (const auto& test : cases) {
    EXPECT_FALSE(open(test.file).has_value()) << test.what;
  }
}

TEST_F(SealedFile, IsNotOpenedByAnotherKey) {
  const std::string sealed = seal("the result is here");
  const test::OpensslKeys other(folder_, "other");
  private_key_ = std::move(*read_private_keys(other.private_file));
  const auto opened = open(sealed);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, FaultKind::configuration);
  EXPECT_EQ(opened.error().id, "escrow.other_key");
}

TEST_F(SealedFile, TwoSealingsOfTheSameBytesShareNothing) {
  const std::string one = seal("the same"), other = seal("the same");
  EXPECT_NE(one.substr(72), other.substr(72));
  EXPECT_NE(one.substr(kSealHeaderBytes), other.substr(kSealHeaderBytes));
}

TEST_F(SealedFile, OfAnotherPlaceOrKindIsRefused) {
  const std::string sealed = seal("an answer");
  SealHeader moved = header_, other_kind = header_;
  moved.id[3] = 1;
  other_kind.kind = SealKind::proof;
  EXPECT_EQ(fault_of(open_bytes(header_, private_key_, sealed, 100)), "");
  EXPECT_FALSE(open_bytes(moved, private_key_, sealed, 100).has_value());
  EXPECT_FALSE(open_bytes(other_kind, private_key_, sealed, 100).has_value());
  EXPECT_FALSE(open_bytes(header_, private_key_, sealed, 4).has_value());
}

class FullSink final : public mail::ByteSink {
 public:
  explicit FullSink(std::size_t room) : room_(room) {}
  Status write(std::string_view bytes) override {
    if (bytes.size() > room_) {
      return fail(transient_fault("test.full", "no room"));
    }
    room_ -= bytes.size();
    return {};
  }

 private:
  std::size_t room_;
};

TEST_F(SealedFile, AFullDiskIsSaidAtOnce) {
  FullSink no_room(0), some_room(kSealHeaderBytes + kSealedChunk);
  EXPECT_FALSE(SealWriter::create(header_, public_key_, no_room).has_value());
  auto writer = SealWriter::create(header_, public_key_, some_room);
  ASSERT_EQ(fault_of(writer), "");
  const auto written = (*writer)->write(some_bytes(3 * limits::kSealChunk));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().kind, FaultKind::transient);
}

}  // namespace
}  // namespace phimilter::escrow
