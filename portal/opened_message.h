// SPDX-License-Identifier: Apache-2.0
//
// A message taken out of the vault, read for a browser: header facts, the body to show, the files
// that came along.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "portal/human.h"

namespace phimilter::portal {

struct Attachment {
  std::string name;  // UTF-8, without folders and control characters; empty: it has none
  std::string type;  // "application/pdf"; only tokens of RFC 2045
  std::size_t size = 0;
  bool in_body = false;  // a picture that the HTML body shows: no file of its own for the reader
};

class OpenedMessage {
 public:
  // Keeps the bytes. Permanent fault: nothing that can be read as a message.
  static Result<OpenedMessage> parse(std::string bytes);
  OpenedMessage(OpenedMessage&&) noexcept;
  OpenedMessage& operator=(OpenedMessage&&) noexcept;
  ~OpenedMessage();

  const std::string& from() const;  // decoded, UTF-8
  const std::string& subject() const;
  const std::optional<SentDate>& date() const;
  const std::optional<std::string>& text() const;  // UTF-8
  const std::optional<std::string>& html() const;  // UTF-8, as sent: sanitise before use
  const std::vector<Attachment>& attachments() const;
  Result<std::string> attachment_bytes(
      std::size_t number) const;  // permanent fault: no such number
  // "data:image/png;base64,..." of a part with that Content-ID, when it is a picture browsers know
  // and small.
  std::optional<std::string> inline_image(std::string_view content_id) const;
  const std::string& bytes() const;  // the original

 private:
  struct State;
  explicit OpenedMessage(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A file name that means nothing to any file system: no folders, no control characters, no leading
// dots, at most 120 bytes of UTF-8.
std::string harmless_file_name(std::string_view name);

}  // namespace phimilter::portal
