// SPDX-License-Identifier: Apache-2.0
//
// The last look at a protected message before it leaves: is it of the form that it should have, and
// does none of what was found stand in its clear parts?
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protect/protected_message.h"

namespace phimilter::protect {

enum class ProtectedForm { pgp, smime, notice };

struct ExposureQuestion {
  ProtectedForm form = ProtectedForm::notice;
  // What identifies the person, as it stands in the message. Shorter than 4 bytes: not looked for.
  // Compared without ASCII case; a text without digits only as whole words.
  std::span<const std::string_view> identifiers;
  // For a notice: notice_own_texts(), which may stand there anyhow.
  std::vector<std::string> own_texts;
};

// Bug fault "protect.form" or "protect.exposed" (it names the place, never the text). Address
// fields are looked at for identifiers with a digit that stand beside the addresses, since names
// belong there; trace fields and Date are not. All of them must be the captured ones (or the
// addresses of one alone), To of a notice, Message-ID and Received aside.
Status check_exposure(const ProtectedMessage& message, const mail::CapturedMessage& captured,
                      const ExposureQuestion& question);

}  // namespace phimilter::protect
