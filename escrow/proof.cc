// SPDX-License-Identifier: Apache-2.0
#include "escrow/proof.h"

#include <argon2.h>

#include <charconv>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

// OWASP's second choice for Argon2id: 19 MiB, two passes; some 30 ms of one core. The answer is
// short, so the pepper, which is kept outside of every record, carries most of the weight.
constexpr std::uint32_t kMemoryKiB = 19456, kPasses = 2, kLanes = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
// What a stored hash may ask of this machine.
constexpr std::uint32_t kMostMemoryKiB = 1024 * 1024, kMostPasses = 32, kMostLanes = 16;
constexpr std::string_view kName = "phi-argon2id";

struct Parameters {
  std::uint32_t memory = kMemoryKiB, passes = kPasses, lanes = kLanes;
};

Fault not_a_hash() {
  return configuration_fault("escrow.proof_hash", "the stored proof is not of a form known here");
}

Result<Secret> argon2id(const Secret& normalised, const Secret& pepper, ByteView salt,
                        const Parameters& parameters, std::size_t size) {
  const Secret peppered{ByteView(hmac_sha256(pepper.span(), normalised.span()))};
  Secret out(size);
  const int code = argon2id_hash_raw(parameters.passes, parameters.memory, parameters.lanes,
                                     peppered.span().data(), peppered.size(), salt.data(),
                                     salt.size(), out.mutable_span().data(), out.size());
  if (code != ARGON2_OK) {
    return fail(transient_fault("escrow.argon2", "the answer's hash could not be computed")
                    .with("error", argon2_error_message(code)));
  }
  return out;
}

// "m=19456" -> 19456, within 1..most.
std::optional<std::uint32_t> parameter(std::string_view text, std::string_view name,
                                       std::uint32_t most) {
  if (!text.starts_with(name)) {
    return std::nullopt;
  }
  text.remove_prefix(name.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
    return std::nullopt;
  }
  return value;
}

std::optional<Parameters> parse_parameters(std::string_view text) {
  const auto parts = split(text, ',');
  if (parts.size() != 3) {
    return std::nullopt;
  }
  const auto memory = parameter(parts[0], "m=", kMostMemoryKiB);
  const auto passes = parameter(parts[1], "t=", kMostPasses);
  const auto lanes = parameter(parts[2], "p=", kMostLanes);
  if (!memory || !passes || !lanes) {
    return std::nullopt;
  }
  return Parameters{*memory, *passes, *lanes};
}

}  // namespace

Result<std::string> hash_answer(const Secret& normalised, const Secret& pepper) {
  if (normalised.empty()) {
    return fail(permanent_fault("escrow.answer_empty", "an answer needs a letter or a digit"));
  }
  require(!pepper.empty(), "a pepper has bytes");
  Bytes salt(kSaltBytes);
  fill_random(salt);
  const auto hash = argon2id(normalised, pepper, salt, Parameters{}, kHashBytes);
  if (!hash) {
    return fail(hash.error());
  }
  return "$" + std::string(kName) + "$v=1$m=" + std::to_string(kMemoryKiB) +
         ",t=" + std::to_string(kPasses) + ",p=" + std::to_string(kLanes) + "$" + base64url(salt) +
         "$" + base64url(hash->span());
}

Result<int> check_answer(const Secret& normalised, const Secret& pepper, const std::string& hash) {
  const auto parts = split(hash, '$');
  if (parts.size() != 6 || !parts[0].empty() || parts[1] != kName || parts[2] != "v=1") {
    return fail(not_a_hash());
  }
  const auto parameters = parse_parameters(parts[3]);
  const auto salt = unbase64url(parts[4]);
  const auto wanted = unbase64url(parts[5]);
  if (!parameters || !salt || salt->size() < ARGON2_MIN_SALT_LENGTH || !wanted ||
      wanted->size() != kHashBytes) {
    return fail(not_a_hash());
  }
  const auto got = argon2id(normalised, pepper, *salt, *parameters, wanted->size());
  if (!got) {
    return fail(got.error());
  }
  // An empty answer costs the same time, and is never right.
  return !normalised.empty() && constant_time_equal(got->span(), *wanted) ? 1 : 0;
}

}  // namespace phimilter::escrow
