// SPDX-License-Identifier: Apache-2.0
//
// A message that readers disagree about, in every plausible reading. Each reading is a message of
// its own in which the doubt is settled one way, so that it is read like any other. What causes
// doubt: fields of MIME structure that are doubled and differ or that only some readers take for
// fields, headers without an end, boundaries in doubt, unused or used behind the end, encodings and
// charsets that are unknown or not what they say, bare CR and NUL, multipart entities in base64.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

struct OtherReading {
  std::string path;     // of the entity that it is a reading of
  std::string bytes;    // a message
  bool settled = true;  // nothing in it is worth looking for other readings
};

struct OtherReadings {
  std::vector<OtherReading> readings;
  std::set<std::string> doubtful;  // paths of entities, read in full by their readings
  bool complete = true;            // false: there are more than may be read
};

// What the readings of a message may have together; what they use is taken off.
struct ReadingBudget {
  std::size_t bytes = 0;
  std::size_t readings = 0;
};

// `prefix`: of the paths, as in TreePlace.
OtherReadings other_readings(std::string_view message, const std::string& prefix,
                             ReadingBudget& budget);

// All of it as text, and what stands in it as base64: when structure says nothing.
void add_loose_readings(std::string_view bytes, const std::string& path, ReadingBudget& budget,
                        OtherReadings& out);

}  // namespace phimilter::extract
