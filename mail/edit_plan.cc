// SPDX-License-Identifier: Apache-2.0
#include "mail/edit_plan.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/result.h"

namespace phimilter::mail {
namespace {

// For each wanted field the captured field it is made of (same name), or nothing when it must be
// added. Order is kept: a longest common subsequence over exact equality first, then changes of
// value between neighbours that match.
using Match = std::vector<std::optional<std::size_t>>;

Match common_fields(const std::vector<HeaderField>& captured,
                    const std::vector<HeaderField>& wanted) {
  const std::size_t rows = captured.size();
  const std::size_t columns = wanted.size();
  std::vector<std::size_t> length((rows + 1) * (columns + 1), 0);
  const auto cell = [&length, columns](std::size_t i, std::size_t j) -> std::size_t& {
    return length[i * (columns + 1) + j];
  };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      cell(i, j) = captured[i] == wanted[j] ? cell(i + 1, j + 1) + 1
                                            : std::max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  Match match(columns);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows && j < columns) {
    if (captured[i] == wanted[j]) {
      match[j++] = i++;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  return match;
}

// Between two matched neighbours, a captured and a wanted field of one name become a change in
// place.
void match_changes(const std::vector<HeaderField>& captured, const std::vector<HeaderField>& wanted,
                   Match& match) {
  std::size_t next_captured = 0;
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    if (match[j]) {
      next_captured = *match[j] + 1;
      continue;
    }
    std::size_t bound = captured.size();
    for (std::size_t k = j + 1; k < wanted.size(); ++k) {
      if (match[k]) {
        bound = *match[k];
        break;
      }
    }
    for (std::size_t i = next_captured; i < bound; ++i) {
      if (captured[i].name == wanted[j].name) {
        match[j] = i;
        next_captured = i + 1;
        break;
      }
    }
  }
}

// What stands behind a new field must be new as well.
void append_from_first_new(Match& match) {
  const auto first = std::find(match.begin(), match.end(), std::nullopt);
  std::fill(first, match.end(), std::nullopt);
}

std::size_t index_of_name(const std::vector<HeaderField>& fields, std::size_t position) {
  std::size_t index = 0;
  for (std::size_t i = 0; i <= position; ++i) {
    index += ascii_iequal(fields[i].name, fields[position].name) ? 1U : 0U;
  }
  return index;
}

}  // namespace

EditPlan plan_edits(const HeaderList& captured_list, const HeaderList& wanted_list,
                    bool body_differs) {
  const auto& captured = captured_list.fields();
  const auto& wanted = wanted_list.fields();
  Match match = common_fields(captured, wanted);
  match_changes(captured, wanted, match);
  append_from_first_new(match);

  EditPlan plan;
  plan.replace_body = body_differs;
  std::vector<std::optional<std::size_t>> kept(captured.size());
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    if (match[j]) {
      kept[*match[j]] = j;
    } else {
      plan.appended.push_back(wanted[j]);
    }
  }
  for (std::size_t i = captured.size(); i-- > 0;) {
    const std::size_t index = index_of_name(captured, i);
    if (!kept[i]) {
      plan.changes.push_back(HeaderChange{captured[i].name, index, {}, true});
    } else if (captured[i].value != wanted[*kept[i]].value) {
      plan.changes.push_back(HeaderChange{captured[i].name, index, wanted[*kept[i]].value, false});
    }
  }
  return plan;
}

HeaderList apply_header_edits(const EditPlan& plan, const HeaderList& captured) {
  std::vector<HeaderField> fields = captured.fields();
  for (const HeaderChange& change : plan.changes) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!ascii_iequal(fields[i].name, change.name) || ++seen != change.index) {
        continue;
      }
      if (change.removed) {
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        fields[i].value = change.value;
      }
      break;
    }
  }
  HeaderList out(std::move(fields));
  for (const HeaderField& field : plan.appended) {
    out.append(field.name, field.value);
  }
  return out;
}

}  // namespace phimilter::mail
