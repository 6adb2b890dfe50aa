// SPDX-License-Identifier: Apache-2.0
#include "portal/api_body.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"
#include "base/limits.h"
#include "escrow/proof.h"

namespace phimilter::portal {

namespace {

using Json = nlohmann::json;
using Errors = std::vector<std::pair<std::string, std::string>>;

constexpr int kDepth = 4;                        // past it: 400
constexpr std::size_t kSendingRecipients = 100;  // of one message; past it: 422

struct Refused {
  std::string why;
};

// Objects within objects, and the names that each has had so far.
class Strictness {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (depth > kDepth) {
      throw Refused{"it is nested too deeply"};
    }
    if (event == Event::object_start) {
      names_.emplace_back();
    } else if (event == Event::object_end) {
      names_.pop_back();
    } else if (event == Event::key && !names_.back().insert(value.get<std::string>()).second) {
      throw Refused{"a member stands twice in one object"};
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> names_;
};

Parsed<Json> parse_object(std::string_view text) {
  std::string why = "the body is not one JSON object in UTF-8";
  try {
    Strictness strictness;
    Json json = Json::parse(text, [&strictness](int depth, Json::parse_event_t event, Json& value) {
      return strictness(depth, event, value);
    });
    if (json.is_object()) {
      return json;
    }
  } catch (const Refused& refused) {
    why = refused.why;
  } catch (const Json::exception&) {
    // The library's text repeats what stood there.
  }
  return tl::unexpected(Problem{400, "malformed-json", why});
}

Problem unprocessable(Errors errors) {
  return {422, "invalid-values", "the body is JSON, but some of it is not what can be put on file",
          std::move(errors)};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Reads members of one object; what is not asked for by the end is unknown.
class Members {
 public:
  Members(const Json& json, std::string at, Errors& errors)
      : json_(json), at_(std::move(at)), errors_(errors) {}
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  ~Members() {
    for (const auto& [name, value] : json_.items()) {
      if (!asked_.contains(name)) {
        errors_.emplace_back(at_, "there is a member that is not known");
      }
    }
  }
  // nullptr: not there.
  const Json* member(const std::string& name) {
    asked_.insert(name);
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  // Empty when it is not there, null, or wrong.
  std::string text(const std::string& name, std::size_t longest) {
    const Json* value = member(name);
    if (value == nullptr || value->is_null()) {
      return {};
    }
    if (!value->is_string()) {
      error(name, "a string is needed");
      return {};
    }
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > longest || has_control(text)) {
      error(name, "at most " + std::to_string(longest) + " bytes without control characters");
      return {};
    }
    return std::string(trim(text));
  }
  void error(const std::string& name, std::string what) {
    errors_.emplace_back(at_ + "/" + name, std::move(what));
  }

 private:
  const Json& json_;
  const std::string at_;
  Errors& errors_;
  std::set<std::string> asked_;
};

void read_consent(const Json& json, escrow::RecipientEntry& entry, Errors& errors) {
  if (json.is_null()) {
    return;
  }
  if (!json.is_object()) {
    errors.emplace_back("/consent", "an object or null is needed");
    return;
  }
  constexpr std::size_t kLongest = 64;
  Members members(json, "/consent", errors);
  entry.consent_date = members.text("date", kLongest);
  entry.consent_version = members.text("version", kLongest);
  entry.consent_expires = members.text("expires", kLongest);
  for (const auto& [name, day] :
       {std::pair{"date", &entry.consent_date}, std::pair{"expires", &entry.consent_expires}}) {
    if (!day->empty() && !escrow::wrong_day(*day).empty()) {
      members.error(name, "a day that exists, as YYYY-MM-DD, is needed");
    }
  }
  if (entry.consent_date.empty()) {
    members.error("date", "the day on which consent was given is needed");
  }
  if (!escrow::wrong_version(entry.consent_version).empty()) {
    members.error("version", "this is not what a version may be");
  }
  if (errors.empty() && !escrow::wrong_consent(entry).empty()) {
    errors.emplace_back("/consent", "the consent ends before it begins");
  }
}

void read_proof(const Json& json, RecipientBody& body, Errors& errors) {
  if (json.is_null()) {
    body.wish = RecipientBody::ProofWish::remove;
    return;
  }
  if (!json.is_object()) {
    errors.emplace_back("/proof", "an object or null is needed");
    return;
  }
  body.wish = RecipientBody::ProofWish::set;
  Members members(json, "/proof", errors);
  const bool is_passphrase = json.contains("passphrase");
  std::string answer = members.text(is_passphrase ? "passphrase" : "answer", limits::kProofAnswer);
  std::string question = is_passphrase ? escrow::passphrase_question(body.entry.language)
                                       : members.text("question", limits::kProofQuestion);
  if (question.empty()) {
    members.error("question", "a question is needed");
  }
  if (escrow::normalise_answer(answer).empty()) {
    members.error(is_passphrase ? "passphrase" : "answer", "a letter or a digit is needed");
  }
  body.proof = escrow::Proof{std::move(question), Secret(std::string_view(answer))};
  OPENSSL_cleanse(answer.data(), answer.size());
}

}  // namespace

Parsed<RecipientBody> read_recipient_body(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) {
    return tl::unexpected(json.error());
  }
  RecipientBody body;
  Errors errors;
  {
    constexpr std::size_t kLongestLanguage = 16;
    Members members(*json, "", errors);
    body.entry.language = members.text("language", kLongestLanguage);
    if (body.entry.language != "" && body.entry.language != "en" && body.entry.language != "es") {
      members.error("language", "en, es or null is needed");
    }
    if (const Json* consent = members.member("consent")) {
      read_consent(*consent, body.entry, errors);
    }
    if (const Json* proof = members.member("proof")) {
      read_proof(*proof, body, errors);
    }
  }
  if (!errors.empty()) {
    return tl::unexpected(unprocessable(std::move(errors)));
  }
  return body;
}

Parsed<SendingBody> read_sending_body(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) {
    return tl::unexpected(json.error());
  }
  SendingBody body;
  Errors errors;
  {
    Members members(*json, "", errors);
    body.sender = members.text("sender", limits::kAddressBytes);
    const Json* recipients = members.member("recipients");
    const bool listed = recipients != nullptr && recipients->is_array() && !recipients->empty() &&
                        recipients->size() <= kSendingRecipients &&
                        std::ranges::all_of(*recipients, [](const Json& one) {
                          return one.is_string() &&
                                 one.get_ref<const std::string&>().size() <= limits::kAddressBytes;
                        });
    if (listed) {
      recipients->get_to(body.recipients);
    } else {
      members.error("recipients", "a list of 1 to " + std::to_string(kSendingRecipients) +
                                      " addresses is needed");
    }
    const Json* message = members.member("message");
    auto bytes = message != nullptr && message->is_string()
                     ? unbase64(message->get_ref<const std::string&>())
                     : std::nullopt;
    if (bytes && !bytes->empty()) {
      body.message.assign(as_text(*bytes));
    } else {
      members.error("message", "the message's bytes in base64 are needed");
    }
  }
  if (!errors.empty()) {
    return tl::unexpected(unprocessable(std::move(errors)));
  }
  return body;
}

Parsed<std::string> read_extension_body(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) {
    return tl::unexpected(json.error());
  }
  Errors errors;
  std::string day;
  {
    constexpr std::size_t kDay = 10;
    Members members(*json, "", errors);
    day = members.text("expires", kDay);
    if (!escrow::wrong_day(day).empty()) {
      members.error("expires", "a day that exists, as YYYY-MM-DD, is needed");
    }
  }
  if (!errors.empty()) {
    return tl::unexpected(unprocessable(std::move(errors)));
  }
  return day;
}

}  // namespace phimilter::portal
