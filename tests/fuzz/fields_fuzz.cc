// SPDX-License-Identifier: Apache-2.0
#include "audit/journal_line.h"
#include "escrow/csv_reader.h"
#include "escrow/entry.h"
#include "escrow/proof.h"
#include "extract/answer.h"
#include "fuzz_target.h"
#include "mail/address.h"
#include "mail/message.h"
#include "protect/gpg_key_lines.h"

// The small formats: addresses, header lists, proof headers, tables of recipients, journal lines, a
// worker's answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace audit = phimilter::audit;
  namespace escrow = phimilter::escrow;
  namespace extract = phimilter::extract;
  namespace fuzz = phimilter::fuzz;
  namespace mail = phimilter::mail;
  namespace protect = phimilter::protect;
  const auto [way, rest] = fuzz::choose(fuzz::bytes_of(data, size), 9);
  switch (way) {
    case 0:
      (void)mail::Address::parse(rest);
      break;
    case 1:
      (void)mail::mailboxes(rest);
      break;
    case 2:
      (void)mail::parse_message(rest, "/tmp");
      break;
    case 3:
      (void)escrow::parse_proof_header(rest);
      break;
    case 4:
      (void)escrow::read_csv(rest);
      break;
    case 5:
      (void)audit::parse_line(rest);
      break;
    case 6:
      (void)extract::decode_answer(rest);
      break;
    case 7:
      (void)escrow::normalise_answer(rest);
      (void)escrow::id_of_link_secret(rest);
      break;
    default:
      (void)protect::parse_key_lines(rest);
      break;
  }
  return 0;
}
