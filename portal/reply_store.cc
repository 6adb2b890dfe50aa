// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<escrow id>/<escrow id>.<token>.reply, version 1: a record of record_store.h.
//
//   record := JSON object, UTF-8: "version" 1, "stage" ("sending", "accepted" or "recorded"), "at"
//             (microseconds since 1970), "text", "forwarded_to", "refused" (array of addresses),
//             "files" (array of objects with "name" and "size")
#include "portal/reply_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/limits.h"
#include "portal/record_store.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".reply";
// kReplyText of bytes that JSON writes as six, and the names of kFormParts files.
constexpr std::size_t kLongestReplyFile = limits::kMiB;
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
                       {"refused", reply.refused},
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
  object.at("refused").get_to(reply.refused);
  for (const json& file : object.at("files")) {
    reply.files.push_back({file.at("name").get<std::string>(), file.at("size").get<std::size_t>()});
  }
  return reply;
}

class RecordedReplies final : public ReplyStore {
 public:
  RecordedReplies(std::string folder, const Secret& pepper)
      : folder_(std::move(folder)), pepper_(pepper.duplicate()) {}

  Result<std::optional<SentReply>> load(const EscrowId& id, std::string_view token) override {
    auto records = records_of(id);
    if (!records || *records == nullptr) {
      return records ? Result<std::optional<SentReply>>(std::nullopt) : fail(records);
    }
    auto record = (*records)->load(record_name(id, token));
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
    auto records = open_record_store(folder_of(id), pepper_, kLongestReplyFile);
    return records ? (*records)->save(record_name(id, reply.token), to_text(reply)) : fail(records);
  }

  Status remove(const EscrowId& id, std::string_view token) override {
    auto records = records_of(id);
    if (!records || *records == nullptr) {
      return records ? Status() : fail(records);
    }
    return (*records)->remove(record_name(id, token));
  }

  Result<std::size_t> count(const EscrowId& id) override {
    const auto tokens = tokens_of(id);
    return tokens ? Result<std::size_t>(tokens->size()) : fail(tokens.error());
  }

  Result<std::vector<SentReply>> list(const EscrowId& id, std::vector<Fault>& faults) override {
    auto tokens = tokens_of(id);
    if (!tokens) {
      return fail(tokens);
    }
    std::vector<SentReply> replies;
    for (const std::string& token : *tokens) {
      auto reply = load(id, token);
      if (!reply) {
        faults.push_back(std::move(reply.error()));
      } else if (*reply) {
        replies.push_back(std::move(**reply));
      }
    }
    std::ranges::sort(replies, {}, &SentReply::at);
    return replies;
  }

  Status remove_all(const EscrowId& id) override {
    std::error_code error;
    std::filesystem::remove_all(folder_of(id), error);  // and what a kill left half written
    if (error) {
      return fail(
          transient_fault("portal.state_write", "cannot delete the folder of an entry's replies")
              .with("path", folder_of(id))
              .with("why", error.message()));
    }
    return {};
  }

 private:
  std::string folder_of(const EscrowId& id) const { return folder_ + "/" + id.str(); }

  // Null: this entry has no replies. Looking makes no folder.
  Result<std::unique_ptr<RecordStore>> records_of(const EscrowId& id) {
    struct stat facts {};
    if (::lstat(folder_of(id).c_str(), &facts) == 0) {
      return open_record_store(folder_of(id), pepper_, kLongestReplyFile);
    }
    if (errno == ENOENT) {
      return nullptr;
    }
    return fail(errno_fault("portal.state_read", "cannot look for the replies to an entry")
                    .with("path", folder_of(id)));
  }

  static std::string record_name(const EscrowId& id, std::string_view token) {
    require(valid_reply_token(token), "a reply's token is of its form");
    return id.str() + "." + std::string(token) + std::string(kSuffix);
  }

  Result<std::vector<std::string>> tokens_of(const EscrowId& id) {
    auto records = records_of(id);
    if (!records || *records == nullptr) {
      return records ? Result<std::vector<std::string>>(std::vector<std::string>()) : fail(records);
    }
    auto names = (*records)->names(kSuffix);
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

  std::string folder_;
  Secret pepper_;
};

}  // namespace

bool valid_reply_token(std::string_view token) {
  return token.size() == 32 &&
         token.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::unique_ptr<ReplyStore>> open_reply_store(const std::string& folder,
                                                     const Secret& pepper) {
  if (auto usable = open_record_store(folder, pepper, kLongestReplyFile); !usable) {
    return fail(usable);
  }
  return std::make_unique<RecordedReplies>(folder, pepper);
}

}  // namespace phimilter::portal
