// SPDX-License-Identifier: Apache-2.0
#include "milter/apply_edits.h"

#include <algorithm>

#include "base/limits.h"

namespace phimilter::milter {

namespace {

// smfi_replacebody takes an int; it cuts further by itself.
constexpr std::size_t kBodyPiece = limits::kMiB;

Fault edit_fault(std::string_view what) {
  return transient_fault("milter.edit", "the MTA could not be told an edit")
      .with("edit", std::string(what));
}

// Between MTA and filter a fold is LF and white space.
std::string milter_value(const std::string& value) {
  std::string out;
  std::remove_copy(value.begin(), value.end(), std::back_inserter(out), '\r');
  return out;
}

Status replace_body(std::string_view body, MtaEdits& edits) {
  do {
    const std::string_view piece = body.substr(0, kBodyPiece);
    if (!edits.append_body(piece)) {
      return fail(edit_fault("body"));
    }
    body.remove_prefix(piece.size());
  } while (!body.empty());
  return {};
}

}  // namespace

Status apply_edits(const mail::EditPlan& plan, std::string_view new_body, MtaEdits& edits) {
  for (const mail::HeaderChange& change : plan.changes) {
    const std::string value = milter_value(change.value);
    if (!edits.change_header(change.name, change.index, change.removed ? nullptr : &value)) {
      return fail(edit_fault("header change"));
    }
  }
  for (const mail::HeaderField& field : plan.appended) {
    if (!edits.append_header(field.name, milter_value(field.value))) {
      return fail(edit_fault("new header"));
    }
  }
  return plan.replace_body ? replace_body(new_body, edits) : Status();
}

}  // namespace phimilter::milter
