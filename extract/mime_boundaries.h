// SPDX-License-Identifier: Apache-2.0
//
// What may be the boundary of a multipart entity, and what stands between its delimiters (RFC
// 2046 5.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phimilter::extract {

// Every reading of the boundary parameter of a Content-Type field: doubled, in pieces (RFC 2231),
// with quotes, comments or blanks that count for some readers and not for others; so many at most.
inline constexpr std::size_t kBoundaryCandidates = 8;
std::vector<std::string> boundary_candidates(std::string_view raw_content_type);
// What looks like delimiters of a multipart entity whose boundary nobody knows.
std::vector<std::string> guessed_boundaries(std::string_view body);

struct MultipartSplit {
  std::vector<std::string_view> parts;  // entities
  bool used = false;                    // a delimiter line stands in the body
  bool goes_on_after_end = false;       // delimiters behind the closing one
  bool half_delimiters = false;         // lines that begin as a delimiter and go on
};

MultipartSplit split_multipart(std::string_view body, std::string_view boundary);

// The body as readers see it that take a closing delimiter, and a line that only begins as a
// delimiter, for a delimiter.
std::string with_plain_delimiters(std::string_view body, std::string_view boundary);

}  // namespace phimilter::extract
