// SPDX-License-Identifier: Apache-2.0
//
// A message in the vault, read for a browser: header facts, the body to show, the files that came
// along. Their bytes stay in the vault until they are pulled.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "escrow/vault.h"
#include "portal/http.h"
#include "portal/human.h"

namespace phimilter::portal {

struct Attachment {
  std::string name;  // UTF-8, without folders and control characters; empty: it has none
  std::string type;  // "application/pdf"; only tokens of RFC 2045
  std::size_t size = 0;
  bool in_body = false;  // a picture that the HTML body shows: no file of its own for the reader
};

// What a reply answers to (RFC 5322 3.6.4), without line ends.
struct ThreadFields {
  std::string message_id, references;
};

// Copies share the message; one thread at a time.
class OpenedMessage {
 public:
  // Permanent fault: nothing that can be read as a message; else as the vault says.
  static Result<OpenedMessage> open(std::unique_ptr<escrow::MessageBytes> bytes);
  static Result<OpenedMessage> parse(std::string bytes);  // of a message in memory

  const std::string& from() const;  // decoded, UTF-8
  const std::string& subject() const;
  const std::vector<std::string>& others() const;  // addresses in To and Cc, as mail takes them
  const ThreadFields& thread() const;
  const std::optional<SentDate>& date() const;
  const std::optional<std::string>& text() const;  // UTF-8
  const std::optional<std::string>& html() const;  // UTF-8, as sent: sanitise before use
  // Its structure is dearer than what is shown: there are headers and the original, nothing else.
  bool too_dear() const;
  const std::vector<Attachment>& attachments() const;
  // Permanent fault: no such number, or a message inside that is too large for a file of its own.
  Result<std::shared_ptr<BodySource>> attachment(std::size_t number) const;
  Result<std::string> attachment_start(std::size_t number, std::size_t longest) const;
  Result<std::string> attachment_text(std::size_t number) const;  // UTF-8, by its charset
  Result<OpenedMessage> nested(std::size_t number) const;         // of a message/rfc822
  std::shared_ptr<BodySource> original() const;
  // "data:image/png;base64,..." of a part with that Content-ID, when it is a picture browsers know
  // and small.
  std::optional<std::string> inline_image(std::string_view content_id) const;

 private:
  struct State;
  explicit OpenedMessage(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// The whole of it; permanent fault where it is longer.
Result<std::string> read_all(BodySource& source, std::size_t longest);

}  // namespace phimilter::portal
