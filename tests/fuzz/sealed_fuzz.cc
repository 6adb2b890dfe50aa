// SPDX-License-Identifier: Apache-2.0
#include "extract/sealed_content.h"
#include "fuzz_target.h"
#include "mail/mime_writer.h"
#include "protect/openpgp_armor.h"

namespace {

class Nowhere final : public phimilter::mail::ByteSink {
 public:
  phimilter::Status write(std::string_view /*bytes*/) override { return {}; }
};

}  // namespace

// CMS, OpenPGP packets and armour: what claims to be encrypted already, and what gpg gave back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool warm = (phimilter::extract::warm_up_sealed_content(), true);
  (void)warm;
  const std::string_view bytes = phimilter::fuzz::bytes_of(data, size);
  (void)phimilter::extract::parse_cms(bytes);
  (void)phimilter::extract::is_encrypted_openpgp(bytes);
  (void)phimilter::extract::find_armoured_message(bytes);
  Nowhere out;
  phimilter::protect::ArmorReader reader(out);
  const std::size_t half = bytes.size() / 2;
  if (reader.write(bytes.substr(0, half)) && reader.write(bytes.substr(half))) {
    (void)reader.finish();
  }
  return 0;
}
