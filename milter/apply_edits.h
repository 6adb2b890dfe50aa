// SPDX-License-Identifier: Apache-2.0
//
// The one place where the MTA's copy of a message is changed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mail/edit_plan.h"

namespace phimilter::milter {

// What libmilter offers. Each answers whether the MTA could be told.
class MtaEdits {
 public:
  virtual ~MtaEdits() = default;
  // The `index`-th (from 1) field of that name; without a value it is removed.
  virtual bool change_header(const std::string& name, std::size_t index,
                             const std::string* value) = 0;
  // Behind all fields that the MTA holds.
  virtual bool append_header(const std::string& name, const std::string& value) = 0;
  virtual bool append_body(std::string_view bytes) = 0;  // the first call begins the new body
};

// In the plan's order. Transient fault "milter.edit" at the first edit that is refused: nothing
// further is told, and the message must be deferred, since its state at the MTA is unknown.
Status apply_edits(const mail::EditPlan& plan, std::string_view new_body, MtaEdits& edits);

}  // namespace phimilter::milter
