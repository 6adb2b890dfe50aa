// SPDX-License-Identifier: Apache-2.0
//
// multipart/form-data (RFC 7578), as browsers send forms with files.
#pragma once

#include <optional>
#include <string_view>

#include "portal/http.h"

namespace phimilter::portal {

struct MultipartForm {
  Fields fields;
  std::vector<UploadedFile> files;  // a file field where none was chosen gives none
  bool too_many = false;            // files: there are none, and the fields before them
};

inline constexpr std::size_t kFormFiles = 50;                // past it: too_many
inline constexpr std::size_t kFormParts = 64;                // past it: malformed
inline constexpr std::size_t kFormFieldBytes = 1024 * 1024;  // of one that is no file; the same

// The boundary of "multipart/form-data; boundary=..."; nullopt: another type, or none.
std::optional<std::string_view> form_boundary(std::string_view content_type);
// nullopt: not of the form. The files' bytes stay in `body`.
std::optional<MultipartForm> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace phimilter::portal
