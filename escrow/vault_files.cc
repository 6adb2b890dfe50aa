// SPDX-License-Identifier: Apache-2.0
#include "escrow/vault_files.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace phimilter::escrow {

namespace {

using Json = nlohmann::ordered_json;

Fault damaged(const char* text) {
  return permanent_fault("escrow.damaged", text);
}

std::array<std::uint8_t, 32> header_id(const EscrowId& id) {
  std::array<std::uint8_t, 32> out{};
  const auto bytes = unhex(id.str());
  require(bytes && bytes->size() <= out.size(), "an escrow id is hex");
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

// The clear header and the size of the file; nullopt when it is not there.
struct Claims {
  SealHeader header;
  std::uint64_t size = 0;
};
Result<std::optional<Claims>> read_claims(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) {
    return std::nullopt;
  }
  struct stat info {};
  std::array<std::uint8_t, kSealHeaderBytes> bytes{};
  const ssize_t got = fd ? pread(fd.get(), bytes.data(), bytes.size(), 0) : -1;
  if (got < 0 || fstat(fd.get(), &info) != 0) {
    return fail(errno_fault("escrow.read", "cannot read an entry").with("path", path));
  }
  auto header = parse_seal_header(ByteView(bytes).first(static_cast<std::size_t>(got)));
  if (!header) {
    return fail(header);
  }
  return Claims{*header, static_cast<std::uint64_t>(info.st_size)};
}

// A file that is none any more, or was never one, does not keep the entry from being looked at.
Result<std::optional<Extension>> extension_of(const std::string& folder, const SealHeader& header,
                                              const EscrowId& id, const ActTrust& trust) {
  if (trust.kind == ActTrust::Kind::none) {
    return std::nullopt;
  }
  const auto text = read_act(folder, id, kExtendedSuffix);
  if (!text) {
    return fail(text.error());
  }
  auto extension = *text ? extension_from_json(id, **text, trust.key) : std::nullopt;
  const bool counts = extension && extension->expires > header.expires &&
                      extension->expires <= header.created + kLongestLife;
  return counts ? extension : std::nullopt;
}

Result<std::optional<Act>> retraction_of(const std::string& folder, const EscrowId& id) {
  const auto text = read_act(folder, id, kRetractedSuffix);
  if (!text) {
    return fail(text.error());
  }
  return *text ? retraction_from_json(**text) : std::nullopt;
}

Result<EntryState> state_of(const std::string& folder, const EscrowId& id, Timestamp expires,
                            Timestamp now) {
  const auto retracted = file_present(vault_path(folder, id, kRetractedSuffix));
  const auto noticed = file_present(vault_path(folder, id, kNoticeSuffix));
  const auto released = file_present(vault_path(folder, id, kReleasedSuffix));
  for (const auto* present : {&retracted, &noticed, &released}) {
    if (!*present) {
      return fail(present->error());
    }
  }
  if (*released) {
    return EntryState::released;
  }
  if (*retracted) {
    return EntryState::retracted;
  }
  if (now >= expires) {
    return EntryState::expired;
  }
  return *noticed ? EntryState::open : EntryState::waiting_for_notice;
}

}  // namespace

std::string_view to_string(EntryState state) {
  switch (state) {
    case EntryState::waiting_for_notice:
      return "waiting for notice";
    case EntryState::open:
      return "open";
    case EntryState::expired:
      return "expired";
    case EntryState::retracted:
      return "retracted";
    case EntryState::released:
      return "released";
  }
  return "unknown";
}

std::string_view to_string(Removal removal) {
  switch (removal) {
    case Removal::overwritten:
      return "overwritten";
    case Removal::deleted:
      return "deleted";
    case Removal::gone:
      return "gone";
  }
  return "unknown";
}

std::string vault_path(const std::string& folder, const EscrowId& id, std::string_view suffix) {
  return folder + "/" + id.str() + std::string(suffix);
}

SealHeader vault_header(const EscrowId& id, SealKind kind, Timestamp created, Timestamp expires) {
  return SealHeader{kind, header_id(id), created, expires};
}

Result<bool> file_present(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) {
    return true;
  }
  if (errno == ENOENT) {
    return false;
  }
  return fail(errno_fault("escrow.read", "cannot look at the vault").with("path", path));
}

Status remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) {
    return {};
  }
  return fail(errno_fault("escrow.remove", "cannot delete a file of the vault").with("path", path));
}

Result<std::optional<std::string>> read_act(const std::string& folder, const EscrowId& id,
                                            std::string_view suffix) {
  constexpr std::size_t kLongestAct = 4096;
  const std::string path = vault_path(folder, id, suffix);
  const auto present = file_present(path);
  if (!present) {
    return fail(present.error());
  }
  if (!*present) {
    return std::nullopt;
  }
  auto text = read_file(path, kLongestAct);
  if (!text) {
    return fail(text);
  }
  return std::move(*text);
}

Result<std::optional<EntryStatus>> entry_status(const std::string& folder, const EscrowId& id,
                                                Timestamp now, const ActTrust& trust) {
  auto claims = read_claims(vault_path(folder, id, kSealedSuffix));
  if (!claims) {
    return fail(claims);
  }
  if (!*claims) {
    return std::nullopt;
  }
  const SealHeader& header = (*claims)->header;
  if (header.kind != SealKind::message || header.id != header_id(id)) {
    return fail(damaged("an entry stands under another name than its own"));
  }
  auto extension = extension_of(folder, header, id, trust);
  if (!extension) {
    return fail(extension);
  }
  const Timestamp expires = *extension ? (*extension)->expires : header.expires;
  const auto state = state_of(folder, id, expires, now);
  if (!state) {
    return fail(state.error());
  }
  EntryStatus status{id, *state, header.created, expires, (*claims)->size, header.bound};
  status.extension = std::move(*extension);
  if (*state == EntryState::retracted) {
    auto retraction = retraction_of(folder, id);
    if (!retraction) {
      return fail(retraction);
    }
    status.retraction = std::move(*retraction);
  }
  return status;
}

Result<std::vector<EntryStatus>> list_entries(const std::string& folder, Timestamp now,
                                              const OddFile& odd_file, const ActTrust& trust) {
  auto names = list_folder(folder);
  if (!names) {
    return fail(names);
  }
  std::vector<EntryStatus> entries;
  for (const std::string& name : *names) {
    if (!name.ends_with(kSealedSuffix)) {
      continue;
    }
    const auto id = EscrowId::parse(name.substr(0, name.size() - kSealedSuffix.size()));
    if (!id) {
      odd_file(permanent_fault("escrow.foreign_file",
                               "a file in the vault has a name that no entry has; move it away")
                   .with("folder", folder));
      continue;
    }
    auto status = entry_status(folder, *id, now, trust);
    if (!status) {
      odd_file(std::move(status.error()).with("entry", id->str()));
      continue;
    }
    if (*status) {
      entries.push_back(std::move(**status));
    }
  }
  return entries;
}

std::string facts_to_json(const EntryFacts& facts) {
  Json json = {
      {"v", 1},
      {"id", facts.id.str()},
      {"token", facts.token.str()},
      {"queue_id", facts.queue_id},
      {"sender", facts.sender},
      {"recipient", facts.recipient},
      {"subject", facts.bound ? std::string() : facts.subject},
      {"language", facts.language},
      {"sensitive", facts.sensitive},
      {"created", facts.created.time_since_epoch().count()},
      {"expires", facts.expires.time_since_epoch().count()},
      {"mail_arguments", facts.mail_arguments},
      {"recipient_arguments", facts.recipient_arguments},
      {"login", facts.login},
      {"client", facts.client},
      {"listener", facts.listener},
      {"link", facts.bound ? std::string() : facts.link_secret},
      {"may_reply_all", facts.may_reply_all},
      {"may_forward", facts.may_forward},
      {"receipt", facts.receipt},
      {"batch", facts.batch},
  };
  if (facts.remind_days) {
    json["remind_days"] = *facts.remind_days;
  }
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<EntryFacts> facts_from_json(std::string_view text, bool bound) {
  try {
    const Json json = Json::parse(text);
    auto id = EscrowId::parse(json.at("id").get<std::string>());
    auto token = TokenId::parse(json.at("token").get<std::string>());
    if (json.at("v") != 1 || !id || !token) {
      return fail(damaged("the facts of an entry are of a form that is not known here"));
    }
    const auto time = [&json](const char* key) {
      return Timestamp(std::chrono::microseconds(json.at(key).get<std::int64_t>()));
    };
    return EntryFacts{std::move(*id),
                      std::move(*token),
                      json.at("queue_id").get<std::string>(),
                      json.at("sender").get<std::string>(),
                      json.at("recipient").get<std::string>(),
                      json.at("subject").get<std::string>(),
                      json.at("language").get<std::string>(),
                      json.at("sensitive").get<bool>(),
                      time("created"),
                      time("expires"),
                      json.value("mail_arguments", std::vector<std::string>()),
                      json.value("recipient_arguments", std::vector<std::string>()),
                      json.value("login", std::string()),
                      json.value("client", std::string()),
                      json.value("listener", std::string()),
                      json.value("link", std::string()),
                      bound,
                      json.value("may_reply_all", false),
                      json.value("may_forward", false),
                      json.contains("remind_days")
                          ? std::optional(json.at("remind_days").get<int>())
                          : std::nullopt,
                      json.value("receipt", false),
                      json.value("batch", std::string())};
  } catch (const Json::exception&) {
    return fail(damaged("the facts of an entry cannot be read"));
  }
}

Secret proof_to_json(const Proof& proof) {
  std::string answer(proof.answer.view());
  Json json = {{"question", proof.question}, {"answer", answer}};
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  Secret out{std::string_view(text)};
  OPENSSL_cleanse(text.data(), text.size());
  OPENSSL_cleanse(answer.data(), answer.size());
  auto& kept = json["answer"].get_ref<std::string&>();
  OPENSSL_cleanse(kept.data(), kept.size());
  return out;
}

Result<Proof> proof_from_json(const Secret& text) {
  try {
    Json json = Json::parse(text.view());
    auto& answer = json.at("answer").get_ref<std::string&>();
    Proof proof{json.at("question").get<std::string>(), Secret(std::string_view(answer))};
    OPENSSL_cleanse(answer.data(), answer.size());
    return proof;
  } catch (const Json::exception&) {
    return fail(damaged("a proof cannot be read"));
  }
}

void sweep_orphans(const std::string& folder, const std::vector<std::string>& names) {
  constexpr std::time_t kDay = 24 * 3600;
  for (const std::string& name : names) {
    const auto dot = name.find('.');
    const auto id = EscrowId::parse(name.substr(0, dot));
    if (!id || name.substr(dot) == kSealedSuffix || name.substr(dot) == kDoomedSuffix) {
      continue;
    }
    const std::string path = folder + "/" + name;
    const auto sealed = file_present(vault_path(folder, *id, kSealedSuffix));
    struct stat info {};
    if (sealed && !*sealed && lstat(path.c_str(), &info) == 0 &&
        info.st_mtime + kDay < std::time(nullptr)) {
      unlink(path.c_str());
    }
  }
}

}  // namespace phimilter::escrow
