// SPDX-License-Identifier: Apache-2.0
//
// What a message says: every part as text, or as opaque with the reason. Text is UTF-8, valid, as
// the recipient's software would show it; nothing is normalised here (policy/normalise does that).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

enum class PartKind {
  header,  // one text for all header fields that a reader sees: Subject, From, To, Comments, X-...
  body,    // text that a mail reader shows
  attachment,  // a file
  member,      // a file inside a file
  file_name,   // names of attachments and members, one a line
};

// Why a part could not be read. Evidence for rules (finding class "opaque.<name>"), never clean.
enum class Opaque {
  encrypted,  // cannot be read without a key or password
  broken,     // does not parse as what it says it is
  ambiguous,  // readers disagree about what it says
  limit,      // over a limit of base/limits.h
  image,      // pixels
  unknown,    // a type that phimilter does not read
  failed,     // the worker died on it, twice
};

std::string_view to_string(PartKind kind);
std::string_view to_string(Opaque reason);
std::optional<PartKind> part_kind_from(std::string_view name);
std::optional<Opaque> opaque_from(std::string_view name);

struct PartText {
  std::string path;  // where it stands: "headers", "1", "1.2", "2/report.txt"
  PartKind kind = PartKind::body;
  std::string media_type;  // by content where that is known, else as declared; lower case
  std::string text;        // may be present beside `opaque`: what could be read
  std::optional<Opaque> opaque;
};

struct MessageText {
  std::vector<PartText> parts;
  // The whole message is real CMS or OpenPGP by its bytes: already protected by the sender. Its
  // clear headers are still among the parts.
  bool already_encrypted = false;
};

}  // namespace phimilter::extract
