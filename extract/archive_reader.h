// SPDX-License-Identifier: Apache-2.0
//
// Archives: every file in them is a member, read by what it is. Names of folders, targets of links
// and comments are their text.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "extract/format_reader.h"

namespace phimilter::extract {

bool is_zip(const Document& document);
// A program or any other file with a zip behind it: self-extractors, files of two kinds.
bool has_zip_behind(const Document& document);
bool is_seven_zip(const Document& document);
bool is_rar(const Document& document);
bool is_cab(const Document& document);
bool is_iso(const Document& document);
bool is_tar(const Document& document);
bool is_compressed(const Document& document);

void read_zip(const Document& document, ReadingSink& sink);
void read_seven_zip(const Document& document, ReadingSink& sink);
void read_rar(const Document& document, ReadingSink& sink);
void read_cab(const Document& document, ReadingSink& sink);
void read_iso(const Document& document, ReadingSink& sink);
void read_tar(const Document& document, ReadingSink& sink);
void read_compressed(const Document& document, ReadingSink& sink);

// For formats that are zip files of known parts.
struct ZipFiles {
  std::function<bool(std::string_view name)> wants;  // the others are passed over
  // Once for each file, in every view of the zip. Whoever reads them says so: sink.unpacked().
  std::function<void(std::string_view name, std::string_view bytes)> read;
};
// What cannot be read goes to the sink.
void read_zip_files(std::string_view bytes, ReadingSink& sink, const ZipFiles& files);

}  // namespace phimilter::extract
