// SPDX-License-Identifier: Apache-2.0
//
// Judges what gpg gave back before anybody else gets it: a strict reader of one ASCII-armored
// OpenPGP message (RFC 4880 6.2) that lets nothing through which is not base64 of encrypted
// packets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/spool.h"

namespace phimilter::protect {

struct ArmoredMessage {
  std::vector<std::string>
      key_ids;  // of the public-key encrypted session keys, 16 lower-case hex digits each
};

// Takes armor with LF or CRLF line ends, writes it on with CRLF. Bug fault "pgp.output" from
// write() or finish(): not one armored message that begins with session keys and goes on with
// integrity-protected data (RFC 4880 5.13).
class ArmorReader final : public mail::ByteSink {
 public:
  explicit ArmorReader(mail::ByteSink& out) : out_(out) {}
  Status write(std::string_view bytes) override;
  Result<ArmoredMessage> finish();  // once

 private:
  enum class Expect { begin, blank, data, checksum_or_end, end, nothing };

  bool take_line(std::string_view line);
  bool take_data(std::string_view line);
  Status judge(std::string_view lines);

  mail::ByteSink& out_;
  Expect expect_ = Expect::begin;
  std::string pending_;     // a line that has no end yet
  std::string first_data_;  // base64 text of the first packets
};

}  // namespace phimilter::protect
