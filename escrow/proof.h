// SPDX-License-Identifier: Apache-2.0
//
// Proof answers: normalised, then kept as Argon2id with a keyed pepper. Slow on purpose: never on
// the mail path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace phimilter::escrow {

// Case folded, accents kept, white space and punctuation dropped; a date in any usual spelling
// (3/7/1961, 7 Mar 1961, 1961-03-07, March 7, 1961) becomes yyyymmdd with the month first where it
// could be both (US usage).
Secret normalise_answer(std::string_view answer);
// What the answer may mean, the form above first: a date that could be two (3/7/1961) has the day
// first in the second form. For what a visitor typed in; a stored answer has the first form alone.
std::vector<Secret> answer_readings(std::string_view answer);
// What we sent by mail, as it may be typed in: letters folded, digits of every script plain, white
// space and punctuation dropped. It is no date, whatever its digits look like.
Secret normalise_code(std::string_view code);
// An account's passphrase, which is compared letter by letter: compatibility composition (NFKC),
// runs of white space as one space, none at the ends.
Secret normalise_passphrase(std::string_view passphrase);
std::size_t length_in_characters(const Secret& normalised);  // code points

// "$phi-argon2id$v=1$m=..,t=..,p=..$salt$hash": HMAC-SHA-256 with the pepper, then Argon2id.
Result<std::string> hash_answer(const Secret& normalised, const Secret& pepper);
// Configuration fault: the text is not such a hash.
Result<int> check_answer(const Secret& normalised, const Secret& pepper,
                         const std::string& hash);  // 1: right, 0: wrong

// `X-Phi-Proof: question="Date of birth"; answer="1961-03-07"; rcpt="pat@example.org"; lang=es`
// `X-Phi-Proof: passphrase="blue kettle 7"`
// Parameters as in RFC 2045/2231; `rcpt` may be left out when the message has one external
// recipient. A passphrase is an answer to a question of ours.
struct ProofHeader {
  std::string question;
  Secret answer;
  std::string recipient;  // empty: not said
  std::string language;
};
// What the page asks for a passphrase; `language` empty: in both.
std::string passphrase_question(std::string_view language);
Result<ProofHeader> parse_proof_header(
    std::string_view value);  // permanent fault: says what is wrong, not the answer

}  // namespace phimilter::escrow
