// SPDX-License-Identifier: Apache-2.0
//
// The clinic's colours and logo on the pages, by the sender's domain: small files under /brand/
// that are made and read at the start.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/brand.h"
#include "base/result.h"
#include "portal/http.h"

namespace phimilter::portal {

class BrandFiles {
 public:
  // Configuration fault: a logo cannot be read, is too large, or is neither PNG nor JPEG.
  static Result<BrandFiles> load(const Brands& brands);

  struct Look {
    Brand brand;
    std::string style, logo;  // paths; empty: none
  };
  Look of(std::string_view sender_address) const;
  // "organisation.css", "lab.example.logo": what stands behind /brand/. nullopt: no such file.
  std::optional<Response> file(const Request& request, std::string_view name) const;

 private:
  struct File {
    std::string type, bytes;
  };
  Status add(const Brand& brand, const Brand& organisation);
  Brands brands_;
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace phimilter::portal
