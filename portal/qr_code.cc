// SPDX-License-Identifier: Apache-2.0
#include "portal/qr_code.h"

#include <qrencode.h>

#include <memory>

namespace phimilter::portal {
namespace {

constexpr int kQuietZone = 4;  // modules, ISO/IEC 18004 9.1
constexpr std::size_t kLongestText = 1000;

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Html qr_code(std::string_view text, const std::string& label) {
  const std::unique_ptr<QRcode, Free> code(
      text.size() > kLongestText
          ? nullptr
          : QRcode_encodeString(std::string(text).c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (!code) {
    return {};
  }
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if ((code->data[y * code->width + x] & 1U) != 0) {
        path += "M" + std::to_string(x + kQuietZone) + " " + std::to_string(y + kQuietZone) +
                "h1v1h-1z";
      }
    }
  }
  const std::string size = std::to_string(code->width + 2 * kQuietZone);
  return fill(
      "<svg class=\"qr\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {size} {size}\" "
      "shape-rendering=\"crispEdges\"><path fill=\"#ffffff\" d=\"M0 0h{size}v{size}h-{size}z\"/>"
      "<path fill=\"#000000\" d=\"{path}\"/></svg>\n",
      {{"label", label}, {"size", size}, {"path", path}});
}

}  // namespace phimilter::portal
