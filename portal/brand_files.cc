// SPDX-License-Identifier: Apache-2.0
#include "portal/brand_files.h"

#include "base/colour.h"
#include "base/files.h"
#include "portal/replies.h"

namespace phimilter::portal {
namespace {

constexpr std::size_t kLogoBytes = 256 * 1024;
constexpr Colour kDarkPaper{{0x18, 0x22, 0x2a}};  // --paper of style.css in the dark

std::string name_of(const Brand& brand) {
  return brand.domain.empty() ? "organisation" : brand.domain;
}

// The settings have checked that it can be read on white; in the dark it is lightened until it can.
std::string style_of(const Colour& colour) {
  const std::string light = colour.str();
  const std::string dark = readable_on(colour, kDarkPaper).str();
  return ":root { --accent: " + light + "; --accent-press: " + light +
         "; }\n@media (prefers-color-scheme: dark) { :root { --accent: " + dark +
         "; --accent-press: " + dark + "; } }\n";
}

std::string image_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    return "image/png";
  }
  return bytes.starts_with("\xff\xd8\xff") ? "image/jpeg" : "";
}

}  // namespace

Status BrandFiles::add(const Brand& brand, const Brand& organisation) {
  const auto colour = parse_colour(brand.colour.empty() ? organisation.colour : brand.colour);
  if (!colour) {
    return fail(configuration_fault("portal.brand", "a colour is none").with("of", name_of(brand)));
  }
  files_[name_of(brand) + ".css"] = {"text/css; charset=utf-8", style_of(*colour)};
  const std::string& logo = brand.logo.empty() ? organisation.logo : brand.logo;
  if (logo.empty()) {
    return {};
  }
  auto bytes = read_file(logo, kLogoBytes);
  if (!bytes) {
    bytes.error().kind = FaultKind::configuration;
    return fail(bytes);
  }
  std::string type = image_type(*bytes);
  if (type.empty()) {
    return fail(configuration_fault("portal.logo", "a logo is a PNG or a JPEG file, up to 256 KiB")
                    .with("path", logo));
  }
  files_[name_of(brand) + ".logo"] = {std::move(type), std::move(*bytes)};
  return {};
}

Result<BrandFiles> BrandFiles::load(const Brands& brands) {
  BrandFiles files;
  files.brands_ = brands;
  if (auto added = files.add(brands.organisation, brands.organisation); !added) {
    return fail(added);
  }
  for (const Brand& brand : brands.named) {
    if (auto added = files.add(brand, brands.organisation); !added) {
      return fail(added);
    }
  }
  return files;
}

BrandFiles::Look BrandFiles::of(std::string_view sender_address) const {
  Look look{brands_.of(sender_address), {}, {}};
  const std::string name = name_of(look.brand);
  for (const auto& [suffix, place] :
       {std::pair(".css", &look.style), std::pair(".logo", &look.logo)}) {
    if (files_.contains(name + suffix)) {
      *place = "/brand/" + name + suffix;
    }
  }
  return look;
}

std::optional<Response> BrandFiles::file(const Request& request, std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) {
    return std::nullopt;
  }
  return asset_reply(request, found->second.type, found->second.bytes);
}

}  // namespace phimilter::portal
