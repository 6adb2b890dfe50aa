// SPDX-License-Identifier: Apache-2.0
//
// Which mails about messages were sent, so that each is sent once: a mark is on the disk before the
// mail, and confirmed after it. A mark that was never confirmed says that the portal ended in
// between: that mail may or may not have left, and is not sent again. Small files in a folder of
// the portal's state; they hold times and ids, no address.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace phimilter::portal {

struct MailMark {
  Timestamp at{};
  bool sent = false;  // false: begun
};

// Of one message, or of one sender: topic -> mark.
using MailMarks = std::map<std::string, MailMark, std::less<>>;

class MarkStore {
 public:
  // Makes the folder (0700).
  static Result<MarkStore> open(const std::string& folder);

  // Another portal may have written since.
  void forget_memory() { known_.clear(); }
  // Reads once and remembers. Transient fault: could not tell; then nothing may be sent.
  Result<const MailMarks*> of(const std::string& name);
  Status save(const std::string& name, MailMarks marks);
  Result<std::vector<std::string>> names() const;
  Status remove(const std::string& name);

 private:
  explicit MarkStore(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  std::map<std::string, MailMarks> known_;
};

// A name that tells nothing about the address.
std::string sender_name(std::string_view address);

}  // namespace phimilter::portal
