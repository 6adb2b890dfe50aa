// SPDX-License-Identifier: Apache-2.0
//
// Which messages of a folder carry PHI, as a person has judged them. CSV in UTF-8 with a header
// row; the columns path, label and category are needed, others are skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace phimilter::phictl {

enum class Label { phi, not_phi, grey };  // grey: people disagree; not scored

struct LabelledMail {
  std::string path;  // below the folder
  Label label = Label::grey;
  std::string category;
};

// Configuration fault with file and line: a column is missing, a cell is missing or empty, an
// unknown label, a path for the second time.
Result<std::vector<LabelledMail>> read_labels(std::string_view csv, const std::string& file);

}  // namespace phimilter::phictl
