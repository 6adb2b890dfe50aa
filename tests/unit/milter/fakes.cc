// SPDX-License-Identifier: Apache-2.0
#include "milter/fakes.h"

namespace phimilter::milter::test {

namespace {

// gpg 2.2.40: "nothing to see", to a cv25519 key that is nobody's.
constexpr const char* kArmor =
    "-----BEGIN PGP MESSAGE-----\r\n"
    "\r\n"
    "hF4DZlS2la9YDjwSAQdAdmgYmwmEvqEED47HgndqO5DL+vHAvCy/qTgBddAgBHkw\r\n"
    "dyUUB3hOt9AthEqcDhlZiG0nTfVqdT+fwawl9eNwVL5G79EOxPrUaBvpm33DLfOo\r\n"
    "0koBfIs9g7x/15Iygb49LLNwLAdq83GpDCcLjzfPTQBWXM/sm0Ed48r6qehLn/Og\r\n"
    "62nnsrHnCE/DDvh+Z6QFBIoaODVhZZS0tGMKsg==\r\n"
    "=nENc\r\n"
    "-----END PGP MESSAGE-----\r\n";

constexpr const char* kBefore =
    "--b0\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
    "--b0\r\nContent-Type: application/octet-stream\r\n\r\n";

}  // namespace

Result<protect::ProtectedMessage> FakePgp::encrypt(const mail::CapturedMessage& message,
                                                   std::span<const FingerprintId> keys,
                                                   const std::string& spool_folder) {
  if (failing.fails()) {
    return fail(fault);
  }
  key_counts.push_back(keys.size());
  protect::ProtectedMessage made(spool_folder);
  for (const char* name : {"From", "To", "Cc", "Date", "Message-ID"}) {
    if (const mail::HeaderField* field = message.headers.first(name)) {
      made.headers.append(field->name, field->value);
    }
  }
  made.headers.append("Subject", " [...]");
  made.headers.append("MIME-Version", " 1.0");
  made.headers.append("Content-Type",
                      " multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n"
                      " boundary=\"b0\"");
  made.algorithms = {"fake"};
  auto written = made.body.write(std::string(kBefore) + kArmor + "\r\n--b0--\r\n");
  if (!written) {
    return fail(written);
  }
  return made;
}

}  // namespace phimilter::milter::test
