// SPDX-License-Identifier: Apache-2.0
//
// A file format: how its bytes are known, and how they are read. Readers run in the jail, on bytes
// that somebody hostile may have made: they open nothing, ask nobody, and never fail; what cannot
// be read is opaque.
//
// Layout that readers keep, since detection builds on it: text is UTF-8; a table row is a line and
// its cells are separated by TAB (line breaks and TABs inside a cell become blanks); a field of a
// record is a line "label TAB value" with a label of extract/record_labels.h; records are separated
// by an empty line; pages end in a form feed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "extract/message_text.h"

namespace phimilter::extract {

struct Document {
  std::string_view bytes;
  std::string_view declared_type;  // lower case; empty: none
  std::string_view charset;        // as declared; empty: none
  std::string_view name;           // file name, UTF-8; empty: none
  int tools = -1;                  // socket of the tool runner (extract/tool_runner.h)
  // Of a text: the bytes that it was decoded from (yEnc counts them). Else as `bytes`.
  std::string_view undecoded;
};

// Where a reader puts what it reads. Every call is counted against the message's limits
// (base/limits.h); once `full()` a reader stops, and the part is opaque (limit).
class ReadingSink {
 public:
  virtual ~ReadingSink() = default;
  // Adds to the text of the document. Bytes that are no UTF-8 are replaced.
  virtual void text(std::string_view utf8) = 0;
  // A document inside this one (archive member, embedded file, attachment of a message file): read
  // at once, whatever it is, before the call returns. `name` is recorded as a file name. `bytes`
  // may be freed afterwards.
  virtual void member(std::string_view name, std::string_view bytes) = 0;
  // As member(), for a picture that the document shows on its pages: a small one is not opaque.
  virtual void picture(std::string_view name, std::string_view bytes) = 0;
  // A member that cannot be read, or the document itself (empty name). The first reason given
  // stays.
  virtual void opaque(std::string_view name, Opaque reason) = 0;
  // A whole message or MIME entity inside: read as message/rfc822.
  virtual void message(std::string_view name, std::string_view bytes) = 0;
  // Counts what a reader has unpacked for itself; member(), picture() and message() count their own
  // bytes.
  virtual void unpacked(std::size_t bytes) = 0;
  // How many bytes may still be unpacked for this document: readers of compressed formats stop
  // there.
  virtual std::size_t bytes_left() const = 0;
  virtual bool full() const = 0;
};

struct Format {
  std::string_view media_type;  // what the part is called once it is known
  bool (*is)(const Document& document);
  void (*read)(const Document& document, ReadingSink& sink);
};

// Binary formats beside MIME, HTML, PDF and images, the more exact ones first: the first that knows
// the bytes reads them, whatever they are called.
std::span<const Format> formats();

// What a text may be beside a text: these are asked about every text once it is decoded (UTF-8,
// line feeds, `bytes` is the text), and each that knows it adds a part "<path>#record" of its own.
// The text itself stays a part too.
std::span<const Format> record_formats();

// The media type of the record format that unpacks files out of texts (uuencode, yEnc, BinHex): a
// text that holds such files is opaque unless a format of this name knows it.
inline constexpr std::string_view kEncodedFiles = "application/x-encoded-files";

}  // namespace phimilter::extract
