// SPDX-License-Identifier: Apache-2.0
#include "extract/message_text.h"

#include <array>
#include <utility>

namespace phimilter::extract {
namespace {

constexpr std::array<std::pair<PartKind, std::string_view>, 5> kKinds{{
    {PartKind::header, "header"},
    {PartKind::body, "body"},
    {PartKind::attachment, "attachment"},
    {PartKind::member, "member"},
    {PartKind::file_name, "file_name"},
}};

constexpr std::array<std::pair<Opaque, std::string_view>, 7> kReasons{{
    {Opaque::encrypted, "encrypted"},
    {Opaque::broken, "broken"},
    {Opaque::ambiguous, "ambiguous"},
    {Opaque::limit, "limit"},
    {Opaque::image, "image"},
    {Opaque::unknown, "unknown"},
    {Opaque::failed, "failed"},
}};

template <typename Table, typename Value>
std::string_view name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) {
      return name;
    }
  }
  return "unknown";
}

}  // namespace

std::string_view to_string(PartKind kind) {
  return name_of(kKinds, kind);
}
std::string_view to_string(Opaque reason) {
  return name_of(kReasons, reason);
}

std::optional<PartKind> part_kind_from(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) {
      return kind;
    }
  }
  return std::nullopt;
}

std::optional<Opaque> opaque_from(std::string_view name) {
  for (const auto& [reason, known] : kReasons) {
    if (known == name) {
      return reason;
    }
  }
  return std::nullopt;
}

}  // namespace phimilter::extract
