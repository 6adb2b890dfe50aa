// SPDX-License-Identifier: Apache-2.0
//
// A reader for the few MIME forms that this room writes, and for no others: whatever else it meets
// is a deviation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"

namespace phimilter::protect {

struct WrittenPart {
  std::string_view headers;  // with their CRLFs
  std::string_view content;
};

// Media type in lower case and parameters, lower-case names, unquoted values; of a value that this
// room wrote.
struct WrittenType {
  std::string media_type;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string parameter(std::string_view name) const;  // empty: none
};

std::optional<WrittenType> content_type(const mail::HeaderList& headers);
// The parts of a multipart without preamble and epilogue. nullopt: not that.
std::optional<std::vector<WrittenPart>> written_parts(std::string_view body,
                                                      const std::string& boundary);
std::string decoded_quoted_printable(std::string_view text);
// What a reader of the HTML sees, and where its links go.
std::string html_text_and_links(std::string_view html);

}  // namespace phimilter::protect
