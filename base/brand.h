// SPDX-License-Identifier: Apache-2.0
//
// How a clinic looks and what it is called, by the domain of the sender: in notices, in the
// portal's mails and on its pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace phimilter {

struct Settings;

struct Brand {
  std::string domain;  // "lab.example", ".lab.example" for everything below; empty: all others
  std::string name, phone;
  std::string colour = "#0b5c7d";  // white can be read on it, and it on white
  std::string footer;              // a line of plain text; empty: none
  std::string logo;                // a PNG or JPEG file; empty: the name in letters
  bool operator==(const Brand&) const = default;
};

struct Brands {
  Brand organisation;  // for senders of no domain that is named
  std::vector<Brand> named;

  // The brand of the address's domain, else the longest that stands above it, else the
  // organisation's. What a brand leaves out is the organisation's.
  Brand of(std::string_view sender_address) const;
};

Brands brands(const Settings& settings);

}  // namespace phimilter
