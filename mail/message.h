// SPDX-License-Identifier: Apache-2.0
//
// A message as it was captured: header fields in order, as spelled, with multiplicity (RFC
// 5322 2.2), and the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/envelope.h"
#include "mail/spool.h"

namespace phimilter::mail {

// `value` is everything behind the colon, leading blank included, folds as CRLF + white space, no
// final line end: name + ":" + value + CRLF is the field's very bytes.
struct HeaderField {
  std::string name;
  std::string value;
  bool operator==(const HeaderField&) const = default;
};

// The value on one line, without the leading blank; encoded-words left as they are.
std::string unfolded(std::string_view value);

class HeaderList {
 public:
  HeaderList() = default;
  explicit HeaderList(std::vector<HeaderField> fields) : fields_(std::move(fields)) {}

  const std::vector<HeaderField>& fields() const { return fields_; }
  bool empty() const { return fields_.empty(); }
  void append(std::string name, std::string value);  // value with its leading blank
  void insert(std::size_t position, std::string name, std::string value);
  void remove(std::string_view name);                     // every field of that name
  const HeaderField* first(std::string_view name) const;  // nullptr: none
  std::vector<const HeaderField*> all(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::string text() const;  // the fields' bytes, CRLF line ends, no empty line behind
  bool operator==(const HeaderList&) const = default;

 private:
  std::vector<HeaderField> fields_;
};

struct CapturedMessage {
  std::string queue_id;  // "-" where the MTA gave none
  Timestamp received{};
  Envelope envelope;
  HeaderList headers;
  Spool body;  // CRLF line ends as the MTA gave them
  // What was found in it later that identifies a person; no clear part of a protected copy may hold
  // it.
  std::vector<std::string> identifiers;

  explicit CapturedMessage(std::string spool_folder) : body(std::move(spool_folder)) {}
};

// Header fields, an empty line and body in one view: what the message's file would hold. For tests
// and phictl. Lines may end in LF or CRLF; LF becomes CRLF. Permanent fault: no header at all.
Result<CapturedMessage> parse_message(std::string_view bytes, const std::string& spool_folder);

}  // namespace phimilter::mail
