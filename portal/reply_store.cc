// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<escrow id>.<token>.reply, version 1: a record of record_store.h.
//
//   record := JSON object, UTF-8: "version" 1, "stage" ("sending", "accepted" or "recorded"), "at"
//             (microseconds since 1970), "text", "forwarded_to", "files" (array of objects with
//             "name" and "size")
#include "portal/reply_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "portal/record_store.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".reply";
constexpr std::string_view kStages[] = {"sending", "accepted", "recorded"};

std::string to_text(const SentReply& reply) {
  json files = json::array();
  for (const SentFile& file : reply.files) {
    files.push_back({{"name", file.name}, {"size", file.size}});
  }
  const json object = {{"version", 1},
                       {"stage", kStages[static_cast<std::size_t>(reply.stage)]},
                       {"at", reply.at.time_since_epoch().count()},
                       {"text", reply.text},
                       {"forwarded_to", reply.forwarded_to},
                       {"files", files}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

SentReply from_text(std::string_view text, std::string_view token) {
  const json object = json::parse(text);
  SentReply reply;
  reply.token = token;
  const auto stage = object.at("stage").get<std::string>();
  const auto found = std::ranges::find(kStages, stage);
  // Unknown counts as perhaps sent.
  reply.stage =
      found == std::end(kStages) ? ReplyStage::sending : static_cast<ReplyStage>(found - kStages);
  reply.at = Timestamp(std::chrono::microseconds(object.at("at").get<std::int64_t>()));
  object.at("text").get_to(reply.text);
  object.at("forwarded_to").get_to(reply.forwarded_to);
  for (const json& file : object.at("files")) {
    reply.files.push_back({file.at("name").get<std::string>(), file.at("size").get<std::size_t>()});
  }
  return reply;
}

class RecordedReplies final : public ReplyStore {
 public:
  explicit RecordedReplies(std::unique_ptr<RecordStore> records) : records_(std::move(records)) {}

  Result<std::optional<SentReply>> load(const EscrowId& id, std::string_view token) override {
    auto record = records_->load(record_name(id, token));
    if (!record) {
      return fail(record);
    }
    if (!*record) {
      return std::nullopt;
    }
    try {
      return from_text((*record)->view(), token);
    } catch (const json::exception&) {
      return fail(transient_fault("portal.reply_broken",
                                  "a reply is kept in a form that is not known here"));
    }
  }

  Status save(const EscrowId& id, const SentReply& reply) override {
    return records_->save(record_name(id, reply.token), to_text(reply));
  }

  Status remove(const EscrowId& id, std::string_view token) override {
    return records_->remove(record_name(id, token));
  }

  Result<std::vector<SentReply>> list(const EscrowId& id) override {
    auto tokens = tokens_of(id);
    if (!tokens) {
      return fail(tokens);
    }
    std::vector<SentReply> replies;
    for (const std::string& token : *tokens) {
      auto reply = load(id, token);
      if (!reply) {
        return fail(reply);
      }
      if (*reply) {
        replies.push_back(std::move(**reply));
      }
    }
    std::ranges::sort(replies, {}, &SentReply::at);
    return replies;
  }

  Status remove_all(const EscrowId& id) override {
    auto tokens = tokens_of(id);
    if (!tokens) {
      return fail(tokens);
    }
    for (const std::string& token : *tokens) {
      if (Status removed = remove(id, token); !removed) {
        return removed;
      }
    }
    return {};
  }

 private:
  static std::string record_name(const EscrowId& id, std::string_view token) {
    require(valid_reply_token(token), "a reply's token is of its form");
    return id.str() + "." + std::string(token) + std::string(kSuffix);
  }

  Result<std::vector<std::string>> tokens_of(const EscrowId& id) {
    auto names = records_->names(kSuffix);
    if (!names) {
      return fail(names);
    }
    std::vector<std::string> tokens;
    const std::string start = id.str() + ".";
    for (const std::string_view name : *names) {
      if (!name.starts_with(start) || name.size() < start.size() + kSuffix.size()) {
        continue;
      }
      const std::string_view token =
          name.substr(start.size(), name.size() - start.size() - kSuffix.size());
      if (valid_reply_token(token)) {
        tokens.emplace_back(token);
      }
    }
    return tokens;
  }

  std::unique_ptr<RecordStore> records_;
};

}  // namespace

bool valid_reply_token(std::string_view token) {
  return token.size() == 32 &&
         token.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::unique_ptr<ReplyStore>> open_reply_store(const std::string& folder,
                                                     const Secret& pepper) {
  auto records = open_record_store(folder, pepper);
  if (!records) {
    return fail(records);
  }
  return std::make_unique<RecordedReplies>(std::move(*records));
}

}  // namespace phimilter::portal
