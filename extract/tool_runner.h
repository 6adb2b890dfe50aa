// SPDX-License-Identifier: Apache-2.0
//
// The exec helper: a small process beside each worker that runs pdftotext for it, since a worker
// can run nothing. The worker sends a document and gets text back; the program runs in a jail of
// its own: it may read its libraries and data (Landlock), standard input and output, and nothing
// else; no sockets, no writing; bounded memory and time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace phimilter::extract {

enum class ToolOutcome : unsigned char {
  text = 0,
  failed = 1,       // the program died, found nothing it can read, or ran past a limit
  unavailable = 2,  // not installed, or it cannot be jailed here
};

struct ToolAnswer {
  ToolOutcome outcome = ToolOutcome::unavailable;
  std::string text;  // UTF-8 as the program gives it, unchecked; pages end in a form feed
};

// The runner's side: serves until the socket closes.
void run_tool_runner(int socket);

// The worker's side; ends the process when its runner is gone. Socket -1: unavailable.
ToolAnswer pdf_text(int socket, std::string_view pdf);

}  // namespace phimilter::extract
