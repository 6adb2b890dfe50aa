// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<escrow id>.json: one object; times in microseconds since 1970; what is empty is left
// out.
#include "portal/state_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/limits.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".json";
constexpr std::size_t kLongestFile = 64 * limits::kKiB;

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
                 {"code_hash", state.code_hash},
                 {"ended", state.ended}};
  put_time(object, "locked_until", state.locked_until);
  put_time(object, "code_expires", state.code_expires);
  put_time(object, "first_shown", state.first_shown);
  put_time(object, "ended_at", state.ended_at);
  object["codes_sent"] = json::array();
  for (const Timestamp at : state.codes_sent) {
    object["codes_sent"].push_back(microseconds(at));
  }
  return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

AccessState from_text(const std::string& text) {
  const json object = json::parse(text);
  AccessState state;
  object.at("question").get_to(state.question);
  object.at("answer_hash").get_to(state.answer_hash);
  object.at("wrong_tries").get_to(state.wrong_tries);
  object.at("code_hash").get_to(state.code_hash);
  object.at("ended").get_to(state.ended);
  state.locked_until = get_time(object, "locked_until");
  state.code_expires = get_time(object, "code_expires");
  state.first_shown = get_time(object, "first_shown");
  state.ended_at = get_time(object, "ended_at");
  for (const json& at : object.at("codes_sent")) {
    state.codes_sent.emplace_back(std::chrono::microseconds(at.get<std::int64_t>()));
  }
  return state;
}

class FileStateStore final : public StateStore {
 public:
  explicit FileStateStore(std::string folder) : folder_(std::move(folder)) {}

  Result<AccessState> load(const EscrowId& id) override {
    const std::string path = path_of(id);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) {
      if (errno == ENOENT) {
        return AccessState();
      }
      return fail(
          errno_fault("portal.state_read", "cannot look for the entry's state").with("path", path));
    }
    Result<std::string> text = read_file(path, kLongestFile);
    if (!text) {
      return fail(text);
    }
    try {
      return from_text(*text);
    } catch (const json::exception&) {
      return fail(transient_fault("portal.state_broken",
                                  "the entry's state does not parse; the entry stays closed")
                      .with("path", path));
    }
  }

  Status save(const EscrowId& id, const AccessState& state) override {
    return write_file_durably(path_of(id), to_text(state), 0600);
  }

  Result<std::vector<EscrowId>> list() override {
    Result<std::vector<std::string>> names = list_folder(folder_);
    if (!names) {
      return fail(names);
    }
    std::vector<EscrowId> ids;
    for (const std::string_view name : *names) {
      if (!name.ends_with(kSuffix)) {
        continue;
      }
      if (auto id = EscrowId::parse(name.substr(0, name.size() - kSuffix.size()))) {
        ids.push_back(std::move(*id));
      }
    }
    return ids;
  }

  Status remove(const EscrowId& id) override {
    const std::string path = path_of(id);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      return fail(
          errno_fault("portal.state_write", "cannot delete the entry's state").with("path", path));
    }
    return sync_folder(folder_);
  }

 private:
  std::string path_of(const EscrowId& id) const {
    return folder_ + "/" + id.str() + std::string(kSuffix);
  }
  std::string folder_;
};

}  // namespace

Result<std::unique_ptr<StateStore>> open_state_store(const std::string& folder) {
  Status made = make_folder(folder, 0700);
  if (!made || ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(configuration_fault("portal.state_folder",
                                    "portal.state is not a folder that can be written to")
                    .with("path", folder));
  }
  return std::make_unique<FileStateStore>(folder);
}

}  // namespace phimilter::portal
