// SPDX-License-Identifier: Apache-2.0
//
// Small files of binary formats, cut off and changed at every place: readers give what they find,
// and neither crash nor hang (sanitizers watch in their builds).
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "extract/charset.h"
#include "extract/format_reader.h"
#include "extract/recorded_reading.h"
#include "extract/test_data.h"

namespace phimilter::extract {
namespace {

constexpr std::size_t kPlaces = 300;  // of a longer file, evenly
constexpr std::size_t kDense = 200;   // first bytes of a file: all of them

// The most that a reader may say about a file of this size.
std::size_t bound(std::size_t bytes) {
  return 100 * bytes + 100'000;
}

void read(const std::string& bytes, const std::string& what) {
  const Document document = text_document(bytes);
  for (const Format& format : formats()) {
    if (format.is(document)) {
      RecordedReading sink;
      format.read(document, sink);
      EXPECT_LT(sink.said.size(), bound(bytes.size())) << what;
      return;
    }
  }
}

std::vector<std::size_t> places(std::size_t size) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < std::min(size, kDense); ++i) {
    chosen.push_back(i);
  }
  const std::size_t step = std::max<std::size_t>(1, size / kPlaces);
  for (std::size_t i = kDense; i < size; i += step) {
    chosen.push_back(i);
  }
  return chosen;
}

class DamagedFiles : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    warm_up_charsets();
    bytes_ = test_file(GetParam());
    ASSERT_FALSE(bytes_.empty());
  }
  std::string bytes_;
};

TEST_P(DamagedFiles, CutOffAnywhere) {
  for (const std::size_t place : places(bytes_.size())) {
    read(bytes_.substr(0, place), "cut off at " + std::to_string(place));
  }
}

TEST_P(DamagedFiles, ChangedAnywhere) {
  for (const std::size_t place : places(bytes_.size())) {
    for (const char change : {'\x00', '\xFF', '\x7F', '\x01'}) {
      std::string damaged = bytes_;
      damaged[place] = change;
      read(damaged, "changed at " + std::to_string(place));
    }
  }
}

// Numbers are mostly four bytes long: lengths, offsets, sectors.
TEST_P(DamagedFiles, FourBytesChangedAnywhere) {
  for (const std::size_t place : places(bytes_.size() - 4)) {
    std::string damaged = bytes_;
    damaged.replace(place, 4, place % 2 == 0 ? "\xFF\xFF\xFF\x7F" : std::string(4, '\0'));
    read(damaged, "changed at " + std::to_string(place));
  }
}

INSTANTIATE_TEST_SUITE_P(LegacyOffice, DamagedFiles,
                         ::testing::Values("letter.doc", "word95.doc", "object.doc", "letter.rtf",
                                           "sheet.xls", "cells.xls", "biff5.xls", "slides.ppt",
                                           "mail.msg", "contact.msg", "winmail.dat", "slides.emf",
                                           "slides.wmf"));

}  // namespace
}  // namespace phimilter::extract
