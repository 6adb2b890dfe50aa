// SPDX-License-Identifier: Apache-2.0
//
// MIME as we write it (RFC 2045-2047, 2231): the one place where our own header lines, boundaries
// and encodings come from. Output is 7bit, CRLF, lines of at most limits::kOutputLine characters;
// no bare CR or LF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"

namespace phimilter::mail {

// "Name: value" as a field whose value starts with a blank, folded at blanks. Non-ASCII text
// becomes encoded-words; CR and LF in `text` become blanks, so no header can be smuggled in.
HeaderField text_field(std::string name, std::string_view text);
// The same for a value that is structured already (addresses, content types): folded, never
// encoded.
HeaderField structured_field(std::string name, std::string_view value);
// A name in front of an address (RFC 5322 phrase, with a blank before it): in quotes, or as encoded
// words.
std::string display_name(std::string_view name);
// name="value", or RFC 2231 when it is not ASCII.
std::string parameter(std::string_view name, std::string_view value);

// Never stands in `must_not_contain` (checked for up to 8 candidates; then a bug fault is a
// require()).
std::string fresh_boundary(std::string_view must_not_contain = {});

// Streams base64 with CRLF every 76 characters; call finish() once.
class Base64Writer {
 public:
  explicit Base64Writer(ByteSink& out) : out_(out) {}
  Status write(std::string_view bytes);
  Status finish();

 private:
  ByteSink& out_;
  std::string pending_;  // input bytes that do not fill a line yet
};

std::string quoted_printable(
    std::string_view text);  // RFC 2045 6.7; line ends LF or CRLF become CRLF

// A multipart that is written piece by piece: begin_part, the part's body through the sink, ...,
// finish.
class MultipartWriter {
 public:
  MultipartWriter(ByteSink& out, std::string boundary)
      : out_(out), boundary_(std::move(boundary)) {}
  Status begin_part(const HeaderList& part_headers);
  Status finish();
  const std::string& boundary() const { return boundary_; }

 private:
  ByteSink& out_;
  std::string boundary_;
  bool open_ = false;
};

}  // namespace phimilter::mail
