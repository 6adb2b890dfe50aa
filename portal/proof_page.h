// SPDX-License-Identifier: Apache-2.0
//
// The page that asks for proof, from values to markup.
#pragma once

#include <string>

#include "portal/access.h"
#include "portal/page_frame.h"

namespace phimilter::portal {

enum class Notice {
  none,
  wrong,
  locked,
  code_sent,
  code_too_many,
  no_code,
  empty_answer,
  session_over,
  session_moved,  // another browser has it
};

struct ProofPage {
  std::string link_path;  // "/m/<secret>"
  std::string reference;
  ProofKind kind = ProofKind::question;
  std::string question;
  int step = 1, steps = 1;
  bool accounts = false;   // are made here
  std::string open_token;  // nothing is missing: the token for the form that opens
  bool code_waits = false;
  Notice notice = Notice::none;
  int tries_left = 0;
};

std::string proof_page(const PageFrame& frame, const ProofPage& page);

}  // namespace phimilter::portal
