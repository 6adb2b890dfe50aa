// SPDX-License-Identifier: Apache-2.0
//
// The data types of HL7 v2 (chapter 2A) as people write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extract/hl7_segments.h"

namespace phimilter::extract {

class Hl7Value {
 public:
  // One repetition of a field.
  Hl7Value(std::string_view text, const Hl7Separators& separators);

  std::string component(std::size_t number) const;  // from 1; subcomponents joined by blanks
  std::string_view raw_component(std::size_t number) const;

  std::string text() const;        // FT, TX, ST: components joined by blanks
  std::string coded() const;       // CE, CWE: "E11.9 Type 2 diabetes"
  std::string person() const;      // XPN
  std::string provider() const;    // XCN: the name, without the number
  std::string identifier() const;  // CX, EI
  std::string address() const;     // XAD
  std::string phone() const;       // XTN: the number
  std::string email() const;       // XTN: the address
  std::string date() const;        // TS, DT, DR
  std::string date_time() const;
  std::string organisation() const;  // XON

 private:
  std::string first_subcomponent(std::size_t number) const;
  std::string unescaped(std::string_view text) const;

  Hl7Separators separators_;
  std::vector<std::string_view> components_;
};

}  // namespace phimilter::extract
