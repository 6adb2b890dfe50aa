// SPDX-License-Identifier: Apache-2.0
#include "base/brand.h"

#include "base/encoding.h"
#include "base/settings.h"

namespace phimilter {
namespace {

bool covers(const std::string& brand_domain, const std::string& domain) {
  return brand_domain.starts_with('.') ? domain.ends_with(brand_domain) : domain == brand_domain;
}

Brand completed(Brand brand, const Brand& organisation) {
  for (std::string Brand::*field :
       {&Brand::name, &Brand::phone, &Brand::colour, &Brand::footer, &Brand::logo}) {
    if ((brand.*field).empty()) {
      brand.*field = organisation.*field;
    }
  }
  return brand;
}

}  // namespace

Brand Brands::of(std::string_view sender_address) const {
  const auto at = sender_address.rfind('@');
  const std::string domain =
      at == std::string_view::npos ? std::string() : ascii_lower(sender_address.substr(at + 1));
  const Brand* best = nullptr;
  for (const Brand& brand : named) {
    const bool better =
        best == nullptr || !brand.domain.starts_with('.') ||
        (best->domain.starts_with('.') && brand.domain.size() > best->domain.size());
    if (covers(brand.domain, domain) && better) {
      best = &brand;
    }
  }
  return best == nullptr ? organisation : completed(*best, organisation);
}

Brands brands(const Settings& settings) {
  return {{"", settings.organisation_name, settings.organisation_phone,
           settings.organisation_colour, settings.organisation_footer, settings.organisation_logo},
          settings.brands};
}

}  // namespace phimilter
