// SPDX-License-Identifier: Apache-2.0
//
// <folder>/<escrow id>.state, version 1, sealed: a question may itself say something about a
// person's health ("Which clinic treated you in May?").
//
//   file   := magic salt sealed
//     magic  := "PHISTAT" 0x01                                          8 bytes, at 0
//     salt   := random, new at each writing                            32 bytes, at 8
//     sealed := AES-256-GCM(key, nonce 0, record, aad = magic || file name without its folder),
//               the ciphertext followed by its tag of 16 bytes
//
//   key    := HKDF-SHA-256(ikm = pepper, salt, info = "phimilter portal state 1", 32 bytes); each
//             key seals one file once, so the nonce needs no randomness of its own
//   record := JSON object, UTF-8: "version" 1, "question", "answer_hash", "wrong_tries", "locks",
//             "code_hash", "ended"; times in microseconds since 1970: "codes_sent" (array), and
//             where there is one "locked_until", "code_expires", "first_shown", "expiry_noted",
//             "ended_at"
//
// The name as associated data keeps one entry's count from being put in another's place. An older
// file of the same entry is authentic too: who may write to the folder could put it back.
#include "portal/state_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/files.h"
#include "base/limits.h"
#include "escrow/seal_crypto.h"

namespace phimilter::portal {
namespace {

using nlohmann::json;

constexpr std::string_view kSuffix = ".state";
constexpr std::string_view kMagic("PHISTAT\x01", 8);
constexpr std::size_t kSaltBytes = 32;
constexpr std::string_view kInfo = "phimilter portal state 1";
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
                 {"locks", state.locks},
                 {"code_hash", state.code_hash},
                 {"ended", state.ended}};
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
  object.at("ended").get_to(state.ended);
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

std::optional<escrow::GcmKey> key_for(const Secret& pepper, ByteView salt) {
  auto key = escrow::hkdf_sha256(pepper, salt, kInfo);
  return key ? std::optional<escrow::GcmKey>(std::move(*key)) : std::nullopt;
}

// nullopt: the crypto library refused to work.
std::optional<std::string> seal_record(const Secret& pepper, const std::string& name,
                                       std::string_view record) {
  Bytes salt(kSaltBytes);
  fill_random(salt);
  auto key = key_for(pepper, salt);
  Bytes sealed(record.size() + escrow::kTagBytes);
  const std::string associated = std::string(kMagic) + name;
  if (!key || !key->seal(0, as_bytes(associated), as_bytes(record), sealed)) {
    return std::nullopt;
  }
  return std::string(kMagic) + std::string(as_text(salt)) + std::string(as_text(sealed));
}

// nullopt: not sealed under this name with this pepper.
std::optional<Secret> open_record(const Secret& pepper, const std::string& name,
                                  std::string_view file) {
  constexpr std::size_t kSealedAt = kMagic.size() + kSaltBytes;
  if (file.size() < kSealedAt + escrow::kTagBytes || !file.starts_with(kMagic)) {
    return std::nullopt;
  }
  auto key = key_for(pepper, as_bytes(file.substr(kMagic.size(), kSaltBytes)));
  const ByteView sealed = as_bytes(file.substr(kSealedAt));
  Secret record(sealed.size() - escrow::kTagBytes);
  const std::string associated = std::string(kMagic) + name;
  if (!key || !key->open(0, as_bytes(associated), sealed, record.mutable_span())) {
    return std::nullopt;
  }
  return record;
}

class FileStateStore final : public StateStore {
 public:
  FileStateStore(std::string folder, const Secret& pepper)
      : folder_(std::move(folder)), pepper_(pepper.duplicate()) {}

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
    Result<std::string> file = read_file(path, kLongestFile);
    if (!file) {
      return fail(file);
    }
    const auto record = open_record(pepper_, file_name(id), *file);
    try {
      if (record) {
        return from_text(record->view());
      }
    } catch (const json::exception&) {
      // Said below: authentic or not, it is nothing that can be gone by.
    }
    return fail(
        transient_fault("portal.state_broken",
                        "the entry's state cannot be opened and the entry stays closed: the "
                        "file is damaged, or portal.pepper is not the one it was sealed "
                        "with; put the right one back, or have the message sent again")
            .with("path", path));
  }

  Status save(const EscrowId& id, const AccessState& state) override {
    const auto sealed = seal_record(pepper_, file_name(id), to_text(state));
    if (!sealed) {
      return fail(bug_fault("portal.state_seal", "the crypto library refused to work"));
    }
    return write_file_durably(path_of(id), *sealed, 0600);
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
  std::string path_of(const EscrowId& id) const { return folder_ + "/" + file_name(id); }
  std::string folder_;
  Secret pepper_;
};

}  // namespace

Result<std::unique_ptr<StateStore>> open_state_store(const std::string& folder,
                                                     const Secret& pepper) {
  require(!pepper.empty(), "a pepper has bytes");
  Status made = make_folder(folder, 0700);
  if (!made || ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(configuration_fault("portal.state_folder",
                                    "portal.state is not a folder that can be written to")
                    .with("path", folder));
  }
  return std::make_unique<FileStateStore>(folder, pepper);
}

}  // namespace phimilter::portal
