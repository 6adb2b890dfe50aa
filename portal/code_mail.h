// SPDX-License-Identifier: Apache-2.0
//
// The mail that carries a one-time code: whom it is from, the reference that the page shows too,
// the code, whom to call. It says nothing about the message.
#pragma once

#include <string>

#include "escrow/entry.h"
#include "mail/message.h"
#include "portal/accounts.h"
#include "portal/texts.h"

namespace phimilter::portal {

struct CodeMailFacts {
  std::string organisation_name, organisation_phone;
  std::string from;       // address
  std::string recipient;  // address
  std::string reference;
  std::string code;
  Timestamp now{};
};

struct CodeMail {
  mail::HeaderList headers;
  std::string body;
};

CodeMail code_mail(const CodeMailFacts& facts, const Texts& texts);
// About an account; no reference, since it is about no message.
CodeMail account_mail(AccountMail kind, const CodeMailFacts& facts, const Texts& texts);

}  // namespace phimilter::portal
