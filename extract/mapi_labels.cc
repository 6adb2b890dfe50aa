// SPDX-License-Identifier: Apache-2.0
#include "extract/mapi_labels.h"

#include <algorithm>
#include <array>

#include "extract/mapi_item.h"
#include "extract/record_labels.h"

namespace phimilter::extract {
namespace {

struct Row {
  std::uint16_t id;
  std::string_view name;
};

constexpr std::array kContactFields{
    Row{0x3001, label::kContactName},  Row{0x3A07, label::kSocialSecurityNumber},  // government ID
    Row{0x3A4A, "Customer ID"},        Row{0x3A00, label::kAccountNumber},
    Row{0x3A10, "Organizational ID"},  Row{0x3A16, label::kOrganisation},
    Row{0x3A48, label::kRelativeName}, Row{0x3A58, label::kRelativeName},
    Row{0x3A15, label::kAddress},      Row{0x3A26, label::kAddress},
    Row{0x3A27, label::kAddress},      Row{0x3A28, label::kAddress},
    Row{0x3A29, label::kAddress},      Row{0x3A2A, label::kAddress},
    Row{0x3A59, label::kAddress},      Row{0x3A5A, label::kAddress},
    Row{0x3A5B, label::kAddress},      Row{0x3A5C, label::kAddress},
    Row{0x3A5D, label::kAddress},      Row{0x3A08, label::kPhone},
    Row{0x3A09, label::kPhone},        Row{0x3A1A, label::kPhone},
    Row{0x3A1B, label::kPhone},        Row{0x3A1C, label::kPhone},
    Row{0x3A1D, label::kPhone},        Row{0x3A1E, label::kPhone},
    Row{0x3A1F, label::kPhone},        Row{0x3A21, label::kPhone},
    Row{0x3A24, label::kPhone},        Row{0x3A25, label::kPhone},
    Row{0x3A2F, label::kPhone},        Row{0x39FE, label::kEmail},
    Row{0x3003, label::kEmail},        Row{0x3A06, "First name"},
    Row{0x3A11, "Last name"},          Row{0x3A44, "Middle name"},
    Row{0x3A4F, "Nickname"},           Row{0x3A17, "Job title"},
    Row{0x3A18, "Department"}};

// Types of addresses and classes, thread and message identifiers, time zones, bodies, and what
// repeats subject and sender.
constexpr std::array<std::uint16_t, 46> kPlumbing{
    0x001A, 0x003D, 0x0037, 0x0064, 0x0075, 0x0077, 0x007D, 0x0C1A, 0x0C1E, 0x0C1F, 0x0E1D, 0x0E28,
    0x0E29, 0x0E4B, 0x1000, 0x1009, 0x1013, 0x1014, 0x1015, 0x1016, 0x1035, 0x1039, 0x1042, 0x1046,
    0x10F3, 0x3002, 0x3703, 0x370E, 0x3A0B, 0x3FF8, 0x3FFA, 0x4022, 0x4023, 0x4024, 0x4025, 0x4030,
    0x4031, 0x4034, 0x4035, 0x4038, 0x4039, 0x5D01, 0x5D02, 0x5D07, 0x5D08, 0x5D0A};

}  // namespace

MapiLabel mapi_label(std::uint16_t id, std::uint32_t named, bool contact) {
  if (id == 0x3A42) {
    return {MapiMeaning::date, label::kBirthDate};
  }
  if (id == 0x0060 || named == mapi::kAppointmentStart) {
    return {MapiMeaning::time, "Start"};
  }
  if (id == 0x0061 || named == mapi::kAppointmentEnd) {
    return {MapiMeaning::time, "End"};
  }
  if (std::find(kPlumbing.begin(), kPlumbing.end(), id) != kPlumbing.end()) {
    return {MapiMeaning::plumbing, {}};
  }
  const auto* row = std::find_if(kContactFields.begin(), kContactFields.end(),
                                 [&](const Row& one) { return one.id == id; });
  if (contact && row != kContactFields.end()) {
    return {MapiMeaning::text, row->name};
  }
  switch (id) {
    case 0x0042:
    case 0x0065:
      return {MapiMeaning::text, "From"};
    case 0x0E04:
      return {MapiMeaning::text, "To"};
    case 0x0E03:
      return {MapiMeaning::text, "Cc"};
    case 0x0E02:
      return {MapiMeaning::text, "Bcc"};
    default:
      return {};
  }
}

}  // namespace phimilter::extract
