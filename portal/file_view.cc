// SPDX-License-Identifier: Apache-2.0
#include "portal/file_view.h"

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::portal {
namespace {

struct PictureKind {
  std::string_view type, start;
};
constexpr PictureKind kPictures[] = {{"image/png", "\x89PNG\r\n\x1a\n"},
                                     {"image/jpeg", "\xff\xd8\xff"},
                                     {"image/gif", "GIF8"},
                                     {"image/bmp", "BM"},
                                     {"image/webp", "RIFF"}};
constexpr std::string_view kTexts[] = {"text/plain", "text/csv", "text/tab-separated-values",
                                       "text/markdown"};
constexpr std::string_view kPdf = "application/pdf";

bool is_pdf(const Attachment& file) {
  const bool unsaid = file.type == "application/octet-stream" || file.type == "application/x-pdf";
  return file.type == kPdf || (unsaid && ascii_lower(file.name).ends_with(".pdf"));
}

std::string_view picture_type(std::string_view start) {
  const auto kind = std::ranges::find_if(
      kPictures, [start](const PictureKind& each) { return start.starts_with(each.start); });
  if (kind == std::end(kPictures) ||
      (kind->type == "image/webp" &&
       start.substr(0, 12).substr(std::min<std::size_t>(start.size(), 8)) != "WEBP")) {
    return {};
  }
  return kind->type;
}

}  // namespace

FileView view_of(const Attachment& file) {
  if (is_pdf(file)) {
    return FileView::pdf;
  }
  if (std::ranges::any_of(kPictures, [&](const auto& each) { return each.type == file.type; }) ||
      file.type == "image/jpg") {
    return FileView::picture;
  }
  if (file.type == "message/rfc822") {
    return FileView::message;
  }
  return std::ranges::find(kTexts, file.type) != std::end(kTexts) && file.size <= kViewedText
             ? FileView::text
             : FileView::none;
}

std::string_view viewed_type(const Attachment& file, std::string_view start) {
  switch (view_of(file)) {
    case FileView::pdf:
      return start.starts_with("%PDF-") ? kPdf : std::string_view();
    case FileView::picture:
      return picture_type(start);
    default:
      return {};
  }
}

}  // namespace phimilter::portal
