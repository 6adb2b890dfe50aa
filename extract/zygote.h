// SPDX-License-Identifier: Apache-2.0
//
// The program phimilter-extract: one thread, everything loaded and warm, that forks a jailed worker
// whenever the filter asks for one over fd 3 (extract/fd_passing.h). It reads no message itself and
// ends when the filter does.
#pragma once

#include <string_view>

#include "extract/message_text.h"
#include "extract/ocr_options.h"

namespace phimilter::extract {

// Reads one message in the jail; `tools` is the socket of the tool runner. Whatever it throws or
// breaks ends the worker and nothing else.
using MessageReader = MessageText (*)(std::string_view message, int tools);

// Serves until the control socket closes. `ocr` must outlive it. Returns the exit status of the
// program.
int run_zygote(MessageReader reader, const OcrOptions& ocr);

}  // namespace phimilter::extract
