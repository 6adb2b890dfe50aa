// SPDX-License-Identifier: Apache-2.0
//
// One small text file over HTTPS, from a host whose certificate is verified.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "protect/dns.h"

namespace phimilter::protect {

struct HttpsFile {
  enum class State { found, none, unknown };  // none: the host answered, and not with such a file
  State state = State::unknown;
  std::string text;
};

class HttpsFiles {
 public:
  virtual ~HttpsFiles() = default;
  // `addresses`: where `host` is, as text. No redirect is followed, text/plain only, 64 KB at most;
  // returns at the deadline. Thread-safe.
  virtual HttpsFile get(const std::string& host, const std::string& path,
                        const std::vector<std::string>& addresses, Deadline deadline) = 0;
};

// `ca_file`: PEM. Configuration fault: it cannot be read.
Result<std::unique_ptr<HttpsFiles>> open_https_files(const std::string& ca_file,
                                                     std::uint16_t port = 443);

}  // namespace phimilter::protect
