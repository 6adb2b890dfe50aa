// SPDX-License-Identifier: Apache-2.0
//
// What every page shares: the frame around its content, and the pieces that pages are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portal/html.h"
#include "portal/texts.h"

namespace phimilter::portal {

struct PageFrame {
  const Texts& texts;
  std::string organisation_name, organisation_phone;
  std::string path;      // of this page, for the language switch; empty: no switch
  std::string language;  // chosen by the visitor with ?lang=; empty: not chosen
  // The clinic's own: a line below, paths of a style sheet and a picture; empty: none.
  std::string footer{}, style{}, logo{};
};

// A sentence in the visitor's language; {name} and {phone} are the organisation's.
std::string sentence(const PageFrame& frame, std::string_view key, TextArguments arguments = {});

std::string whole_page(const PageFrame& frame, const std::string& title, const Html& content);

// What a message says of itself, a line each.
struct Fact {
  std::string label, value;
  bool subject = false;
};
Fact subject_fact(const PageFrame& frame, const std::string& subject);
Html fact_list(const std::vector<Fact>& facts);

Html paragraph(const std::string& text);
Html warning(const std::string& strong, const std::string& text = {});
// Hidden fields for a form: the language that the visitor chose, and the session's token.
Html language_field(const PageFrame& frame);
Html token_field(const std::string& form_token);

}  // namespace phimilter::portal
