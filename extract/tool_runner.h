// SPDX-License-Identifier: Apache-2.0
//
// The exec helper: a small process beside each worker that runs programs for it, since a worker can
// run nothing. The worker sends a document and gets text back; a program runs in a jail of its own:
// it may read its libraries and data (Landlock), standard input and output, and nothing else; no
// sockets, no writing; bounded memory and time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "extract/ocr_options.h"

namespace phimilter::extract {

enum class Tool : unsigned char {
  pdf_text = 0,         // pdftotext; pages end in a form feed
  pdf_information = 1,  // pdfinfo: "Title: ..." and the like, a line each
  pdf_files = 2,        // pdfdetach -list: "2 embedded files" and their names
  pdf_file = 5,         // pdfdetach -save: one of them
  image_words = 3,      // tesseract on a picture
  page_words = 4,       // pdftoppm, then tesseract, on one page of a PDF
};

enum class ToolOutcome : unsigned char {
  text = 0,
  failed = 1,       // the program died, found nothing it can read, or ran past a limit
  unavailable = 2,  // not installed, not wanted, used up, or it cannot be jailed here
};

struct ToolAnswer {
  ToolOutcome outcome = ToolOutcome::unavailable;
  std::string text;  // UTF-8 as the program gives it, unchecked
};

// The runner's side: serves until the socket closes.
void run_tool_runner(int socket, const OcrOptions& ocr);

// The worker's side; ends the process when its runner is gone. Socket -1: unavailable. `number`
// counts from 1: the page for page_words, the file for pdf_file.
ToolAnswer ask_tool(int socket, Tool tool, std::string_view document, std::uint32_t number = 0);

}  // namespace phimilter::extract
