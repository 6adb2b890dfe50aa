// SPDX-License-Identifier: Apache-2.0
//
// phimilter-extract: started by phimilter only, talks over the inherited descriptor 3.
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>

#include "extract/message_reader.h"
#include "extract/zygote.h"

namespace {

using phimilter::extract::OcrOptions;

bool started_by_phimilter() {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(3, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

// phimilter-extract [PAGES SECONDS LANGUAGES]: with OCR.
OcrOptions ocr_options(int count, char** arguments) {
  OcrOptions ocr;
  if (count == 4) {
    ocr.pages = std::strtoul(arguments[1], nullptr, 10);
    ocr.seconds = std::strtol(arguments[2], nullptr, 10);
    ocr.languages = arguments[3];
  }
  return ocr;
}

}  // namespace

int main(int count, char** arguments) {
  if (!started_by_phimilter()) {
    std::fputs("phimilter-extract is started by phimilter and talks to it alone\n", stderr);
    return 64;
  }
  phimilter::extract::warm_up();
  return phimilter::extract::run_zygote(&phimilter::extract::read_message,
                                        ocr_options(count, arguments));
}
