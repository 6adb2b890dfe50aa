// SPDX-License-Identifier: Apache-2.0
//
//   <HMAC-SHA-256(pepper, "sender" NUL address)>.code   {"version":1,"code":"<HMAC of address and
//                                code>","tries":n,"expires":t}, t in microseconds since 1970
#include "portal/sent_codes.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/limits.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".code";
constexpr std::string_view kClaim = "/.claim";
constexpr std::chrono::seconds kPatience(5);  // somebody waits at the page
constexpr std::chrono::minutes kForgetEach(1);

}  // namespace

struct SentCodes::Waiting {
  std::string code;
  int tries = 0;
  Timestamp expires{};

  std::string to_text() const {
    return json{{"version", 1},
                {"code", code},
                {"tries", tries},
                {"expires", expires.time_since_epoch().count()}}
        .dump();
  }
};

SentCodes::SentCodes(std::unique_ptr<RecordStore> records, std::string claim, const Secret& pepper,
                     const Clock& clock)
    : records_(std::move(records)),
      claim_(std::move(claim)),
      pepper_(pepper.duplicate()),
      clock_(clock) {}

Result<SentCodes::Held> SentCodes::hold() {
  Held held{std::unique_lock(mutex_), nullptr};
  if (claim_.empty()) {
    return held;
  }
  auto claim = escrow::claim_file(claim_, kPatience);
  if (!claim) {
    return fail(claim);
  }
  if (!*claim) {
    return fail(transient_fault("portal.sent_codes_busy", "another host keeps the senders' codes")
                    .with("path", claim_));
  }
  held.everywhere = std::move(*claim);
  return held;
}

std::string SentCodes::hmac(std::string_view what, const std::string& address,
                            std::string_view code) const {
  const std::string text = std::string(what) + '\0' + address + '\0' + std::string(code);
  return hex(hmac_sha256(pepper_.span(), as_bytes(text)));
}

std::string SentCodes::name_of(const std::string& address) const {
  return hmac("sender", address, {}) + std::string(kSuffix);
}

// nullopt: none, or no longer.
Result<std::optional<SentCodes::Waiting>> SentCodes::load(const std::string& name) {
  const auto record = records_->load(name);
  if (!record) {
    return fail(record.error());
  }
  if (!*record) {
    return std::nullopt;
  }
  Waiting waiting;
  try {
    const json object = json::parse((*record)->view());
    object.at("code").get_to(waiting.code);
    object.at("tries").get_to(waiting.tries);
    waiting.expires =
        Timestamp(std::chrono::microseconds(object.at("expires").get<std::int64_t>()));
  } catch (const json::exception&) {
    return fail(transient_fault("portal.sent_code_broken",
                                "a sender's code cannot be understood: delete the file")
                    .with("record", name));
  }
  return clock_.now() < waiting.expires ? std::optional(std::move(waiting)) : std::nullopt;
}

Status SentCodes::forget_old() {
  const Timestamp now = clock_.now();
  if (now - forgot_ < kForgetEach) {
    return {};
  }
  forgot_ = now;
  const auto names = records_->names(kSuffix);
  if (!names) {
    return fail(names.error());
  }
  for (const std::string& name : *names) {
    const auto waiting = load(name);
    Status removed = waiting && !*waiting ? records_->remove(name) : Status();
    if (!removed) {
      return removed;
    }
  }
  return {};
}

Result<bool> SentCodes::keep(const std::string& address, std::string_view code) {
  const auto held = hold();
  if (!held) {
    return fail(held.error());
  }
  if (Status forgotten = forget_old(); !forgotten) {
    return fail(forgotten);
  }
  const auto names = records_->names(kSuffix);
  if (!names || names->size() >= kMost) {
    return names ? Result<bool>(false) : fail(names.error());
  }
  const Waiting waiting{hmac("code", address, code), 0,
                        clock_.now() + std::chrono::seconds(limits::kCodeS)};
  const Status saved = records_->save(name_of(address), waiting.to_text());
  return saved ? Result<bool>(true) : fail(saved.error());
}

Result<bool> SentCodes::take(const std::string& address, std::string_view code) {
  const auto held = hold();
  if (!held) {
    return fail(held.error());
  }
  const std::string name = name_of(address);
  auto waiting = load(name);
  if (!waiting) {
    return fail(waiting.error());
  }
  if (!*waiting) {
    return false;
  }
  Waiting& kept = **waiting;
  const bool right = constant_time_equal(std::string_view(kept.code),
                                         std::string_view(hmac("code", address, code)));
  const bool over = right || ++kept.tries >= kTries;
  const Status done = over ? records_->remove(name) : records_->save(name, kept.to_text());
  return done ? Result<bool>(right) : fail(done.error());
}

Result<std::unique_ptr<SentCodes>> open_sent_codes(const std::string& folder, const Secret& pepper,
                                                   const Clock& clock) {
  auto records = open_record_store(folder, pepper);
  if (!records) {
    return fail(records);
  }
  return std::make_unique<SentCodes>(std::move(*records), folder + std::string(kClaim), pepper,
                                     clock);
}

}  // namespace phimilter::portal
