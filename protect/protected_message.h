// SPDX-License-Identifier: Apache-2.0
//
// A message in the form in which it leaves: outer header fields and body, ready for re-entry or for
// in-place edits.
#pragma once

#include <string>
#include <vector>

#include "mail/message.h"

namespace phimilter::protect {

struct ProtectedMessage {
  mail::HeaderList headers;
  mail::Spool body;
  std::vector<std::string>
      algorithms;           // for the record: "AES-256-CBC", "RSA PKCS#1 v1.5", "signed SHA-256"
  bool needs_8bit = false;  // the body holds bytes over 0x7f: BODY=8BITMIME stays

  explicit ProtectedMessage(std::string spool_folder) : body(std::move(spool_folder)) {}
};

}  // namespace phimilter::protect
