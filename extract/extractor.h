// SPDX-License-Identifier: Apache-2.0
//
// The door to the jail: hands a captured message to a jailed worker (phimilter-extract) and gives
// back its text. What a worker answers is not trusted: counts and lengths are bounded, UTF-8 is
// checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "extract/message_text.h"
#include "extract/ocr_options.h"
#include "mail/message.h"

namespace phimilter::extract {

class Extractor {
 public:
  virtual ~Extractor() = default;
  // Thread-safe; waits for a free worker. A worker that dies or runs past the deadline costs one
  // retry in a fresh one; the second time the answer is a message whose one part is Opaque::failed.
  // Transient fault: no worker can be had at all (then the message waits: 4xx).
  virtual Result<MessageText> extract(const mail::CapturedMessage& message) = 0;
};

struct ExtractorOptions {
  std::string program;  // absolute path of phimilter-extract
  std::size_t workers = 2;
  std::int64_t timeout_ms = 0;  // 0: limits::kExtractWallMs; time for OCR comes on top
  OcrOptions ocr = {};
};

// Starts the zygote (posix_spawn, death signal, process group of its own) and waits until one
// worker has jailed itself. Configuration fault: the program is missing or cannot be jailed here.
Result<std::unique_ptr<Extractor>> start_extractor(const ExtractorOptions& options);

}  // namespace phimilter::extract
