// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<escrow id>.state, sealed as record_store.cc says: a question may itself say something
// about a person's health ("Which clinic treated you in May?").
//
//   record := JSON object, UTF-8: "version" 1, "question", "answer_hash", "wrong_tries", "locks",
//             "code_hash", "code_address", "ended", "destruction"; times in microseconds since
//             1970: "codes_sent" (array), and where there is one "locked_until", "code_expires",
//             "first_shown", "expiry_noted", "ended_at"
#include "portal/state_store.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "portal/record_store.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".state";

std::int64_t microseconds(Timestamp at) {
  return at.time_since_epoch().count();
}

void put_time(json& object, const char* name, const std::optional<Timestamp>& at) {
  if (at) {
    object[name] = microseconds(*at);
  }
}

std::optional<Timestamp> get_time(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::microseconds(found->get<std::int64_t>()));
}

std::string to_text(const AccessState& state) {
  json object = {{"version", 1},
                 {"question", state.question},
                 {"answer_hash", state.answer_hash},
                 {"wrong_tries", state.wrong_tries},
                 {"locks", state.locks},
                 {"code_hash", state.code_hash},
                 {"code_address", state.code_address},
                 {"ended", state.ended},
                 {"destruction", state.destruction}};
  put_time(object, "locked_until", state.locked_until);
  put_time(object, "code_expires", state.code_expires);
  put_time(object, "first_shown", state.first_shown);
  put_time(object, "expiry_noted", state.expiry_noted);
  put_time(object, "ended_at", state.ended_at);
  object["codes_sent"] = json::array();
  for (const Timestamp at : state.codes_sent) {
    object["codes_sent"].push_back(microseconds(at));
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

AccessState from_text(std::string_view text) {
  const json object = json::parse(text);
  AccessState state;
  object.at("question").get_to(state.question);
  object.at("answer_hash").get_to(state.answer_hash);
  object.at("wrong_tries").get_to(state.wrong_tries);
  object.at("locks").get_to(state.locks);
  object.at("code_hash").get_to(state.code_hash);
  state.code_address = object.value("code_address", "");  // not in older files
  object.at("ended").get_to(state.ended);
  state.destruction = object.value("destruction", "");
  state.locked_until = get_time(object, "locked_until");
  state.code_expires = get_time(object, "code_expires");
  state.first_shown = get_time(object, "first_shown");
  state.expiry_noted = get_time(object, "expiry_noted");
  state.ended_at = get_time(object, "ended_at");
  for (const json& at : object.at("codes_sent")) {
    state.codes_sent.emplace_back(std::chrono::microseconds(at.get<std::int64_t>()));
  }
  return state;
}

std::string file_name(const EscrowId& id) {
  return id.str() + std::string(kSuffix);
}

class FileStateStore final : public StateStore {
 public:
  explicit FileStateStore(std::unique_ptr<RecordStore> records) : records_(std::move(records)) {}

  Result<AccessState> load(const EscrowId& id) override {
    const auto record = records_->load(file_name(id));
    if (!record) {
      return fail(record.error());
    }
    if (!*record) {
      return AccessState();
    }
    try {
      return from_text((*record)->view());
    } catch (const json::exception&) {
      return fail(
          transient_fault("portal.state_broken",
                          "the entry's state cannot be understood and the entry stays closed: "
                          "have the message sent again")
              .with("entry", id.str()));
    }
  }

  Status save(const EscrowId& id, const AccessState& state) override {
    return records_->save(file_name(id), to_text(state));
  }

  Result<std::vector<EscrowId>> list() override {
    const auto names = records_->names(kSuffix);
    if (!names) {
      return fail(names.error());
    }
    std::vector<EscrowId> ids;
    for (const std::string_view name : *names) {
      if (auto id = EscrowId::parse(name.substr(0, name.size() - kSuffix.size()))) {
        ids.push_back(std::move(*id));
      }
    }
    return ids;
  }

  Status remove(const EscrowId& id) override { return records_->remove(file_name(id)); }

 private:
  std::unique_ptr<RecordStore> records_;
};

}  // namespace

Result<std::unique_ptr<StateStore>> open_state_store(const std::string& folder,
                                                     const Secret& pepper) {
  auto records = open_record_store(folder, pepper);
  if (!records) {
    return fail(records);
  }
  return std::make_unique<FileStateStore>(std::move(*records));
}

}  // namespace phimilter::portal
