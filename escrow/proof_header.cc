// SPDX-License-Identifier: Apache-2.0
//
// The proof header's value. The text of a fault never repeats what stands in the header: it could
// be the answer.
#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/limits.h"
#include "escrow/proof.h"
#include "mail/address.h"
#include "mail/parameters.h"

namespace phimilter::escrow {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"question", "answer", "passphrase", "rcpt",
                                                    "lang"};

Fault bad(std::string text) {
  return permanent_fault("escrow.proof_header", std::move(text));
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

Status check(const ProofHeader& header) {
  if (header.question.empty() || header.question.size() > limits::kProofQuestion) {
    return fail(
        bad("question: 1 to " + std::to_string(limits::kProofQuestion) + " bytes are needed"));
  }
  if (has_control(header.question)) {
    return fail(bad("question: control characters are not allowed"));
  }
  if (header.answer.size() > limits::kProofAnswer ||
      normalise_answer(header.answer.view()).empty()) {
    return fail(bad("answer: a letter or a digit is needed, and at most " +
                    std::to_string(limits::kProofAnswer) + " bytes"));
  }
  if (!header.recipient.empty() && !mail::Address::parse(header.recipient)) {
    return fail(bad("rcpt: not a mail address"));
  }
  if (!header.language.empty() && header.language != "en" && header.language != "es") {
    return fail(bad("lang: en or es"));
  }
  return {};
}

}  // namespace

std::string passphrase_question(std::string_view language) {
  const std::string english = "The passphrase that the clinic gave you";
  const std::string spanish = "La frase de paso que le dio la clínica";
  if (language.empty()) {
    return english + " / " + spanish;
  }
  return language == "es" ? spanish : english;
}

Result<ProofHeader> parse_proof_header(std::string_view value) {
  auto parameters = mail::parse_parameters(value, kNames);
  if (!parameters) {
    return fail(bad(parameters.error().text));
  }
  const bool is_passphrase = parameters->contains("passphrase");
  if (is_passphrase && (parameters->contains("question") || parameters->contains("answer"))) {
    return fail(bad("a passphrase, or a question and its answer, and not both"));
  }
  ProofHeader header;
  for (auto& [name, text] : *parameters) {
    if (name == "question") {
      header.question = std::string(trim(text));
    } else if (name == "answer" || name == "passphrase") {
      header.answer = Secret(std::string_view(text));
      OPENSSL_cleanse(text.data(), text.size());
    } else if (name == "rcpt") {
      header.recipient = std::string(trim(text));
    } else {
      header.language = ascii_lower(trim(text));
    }
  }
  if (is_passphrase) {
    header.question = passphrase_question(header.language);
  }
  if (auto checked = check(header); !checked) {
    return fail(checked);
  }
  return header;
}

}  // namespace phimilter::escrow
