// SPDX-License-Identifier: Apache-2.0
#include "protect/quick_encryption.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "protect/gpg_wire.h"
#include "protect/openpgp_packets.h"

namespace phimilter::protect {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::minutes kKnownFor{10};
constexpr std::size_t kMostKnown = 1000;  // then all is forgotten
constexpr std::size_t kArmorLine = 64;    // what gpg writes
constexpr std::string_view kTrial = "phimilter";

template <auto Destroy>
struct Destroyer {
  template <typename Handle>
  void operator()(Handle handle) const {
    static_cast<void>(Destroy(handle));
  }
};
template <typename Handle, auto Destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Destroy>>;
using Ffi = Owned<rnp_ffi_t, rnp_ffi_destroy>;
using Input = Owned<rnp_input_t, rnp_input_destroy>;
using Output = Owned<rnp_output_t, rnp_output_destroy>;
using Operation = Owned<rnp_op_encrypt_t, rnp_op_encrypt_destroy>;
using KeyHandle = Owned<rnp_key_handle_t, rnp_key_handle_destroy>;

// RFC 4880 9.2. Empty: nothing that is written anew.
const char* cipher_named(std::string_view number) {
  static const std::map<std::string_view, const char*> kNames{
      {"7", "AES128"}, {"8", "AES192"}, {"9", "AES256"}};
  const auto found = kNames.find(number);
  return found == kNames.end() ? nullptr : found->second;
}

Input input_from(std::string_view bytes) {
  rnp_input_t raw = nullptr;
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return Input(rnp_input_from_memory(&raw, begin, bytes.size(), false) == RNP_SUCCESS ? raw
                                                                                      : nullptr);
}

bool read_upload(void* upload, void* buffer, std::size_t size, std::size_t* got) {
  *got = static_cast<Upload*>(upload)->read(static_cast<char*>(buffer), size);
  return true;
}

bool write_answer(void* /*unused*/, const void* buffer, std::size_t size) {
  std::string_view rest(static_cast<const char*>(buffer), size);
  while (!rest.empty()) {
    const std::string_view frame = rest.substr(0, kFrameBody);
    send_frame(FrameKind::data, frame);
    rest.remove_prefix(frame.size());
  }
  return true;
}

Output armored_answer(Output& frames) {
  rnp_output_t raw = nullptr;
  if (rnp_output_to_callback(&raw, write_answer, nullptr, nullptr) != RNP_SUCCESS) {
    return nullptr;
  }
  frames.reset(raw);
  rnp_output_t armored = nullptr;
  if (rnp_output_to_armor(frames.get(), &armored, "message") != RNP_SUCCESS) {
    return nullptr;
  }
  Output out(armored);
  return rnp_output_armor_set_line_length(armored, kArmorLine) == RNP_SUCCESS ? std::move(out)
                                                                              : nullptr;
}

struct Known {
  std::vector<KeyHandle> subkeys;
  std::string cipher;
  steady_clock::time_point since;
  std::optional<Timestamp> until;
};

// As gpg.conf and the flags of the request have it: binary, no name, no time, no compression.
bool run(const Ffi& ffi, const Known& known, const Input& plain, const Output& cipher) {
  rnp_op_encrypt_t raw = nullptr;
  if (rnp_op_encrypt_create(&raw, ffi.get(), plain.get(), cipher.get()) != RNP_SUCCESS) {
    return false;
  }
  const Operation operation(raw);
  for (const KeyHandle& subkey : known.subkeys) {
    if (rnp_op_encrypt_add_recipient(raw, subkey.get()) != RNP_SUCCESS) {
      return false;
    }
  }
  return rnp_op_encrypt_set_cipher(raw, cipher_named(known.cipher)) == RNP_SUCCESS &&
         rnp_op_encrypt_set_aead(raw, "None") == RNP_SUCCESS &&
         rnp_op_encrypt_set_compression(raw, "Uncompressed", 0) == RNP_SUCCESS &&
         rnp_op_encrypt_set_file_name(raw, "") == RNP_SUCCESS &&
         rnp_op_encrypt_set_file_mtime(raw, 0) == RNP_SUCCESS &&
         rnp_op_encrypt_execute(raw) == RNP_SUCCESS;
}

class RnpEncryption final : public QuickEncryption {
 public:
  explicit RnpEncryption(Ffi ffi) : ffi_(std::move(ffi)) {}

  void forget() override {
    known_.clear();
    static_cast<void>(rnp_unload_keys(ffi_.get(), RNP_KEY_UNLOAD_PUBLIC));
  }

  void learn(const std::string& request, const SeenEncryption& seen) override {
    if (known_.size() >= kMostKnown) {
      forget();
    }
    known_.erase(request);
    const Input keys = input_from(seen.keys);
    if (cipher_named(seen.cipher) == nullptr || !keys ||
        rnp_load_keys(ffi_.get(), "GPG", keys.get(), RNP_LOAD_SAVE_PUBLIC_KEYS) != RNP_SUCCESS) {
      return;
    }
    Known known{{}, seen.cipher, steady_clock::now(), seen.until};
    for (const std::string& fingerprint : seen.subkeys) {
      rnp_key_handle_t raw = nullptr;
      if (rnp_locate_key(ffi_.get(), "fingerprint", fingerprint.c_str(), &raw) != RNP_SUCCESS ||
          raw == nullptr) {
        return;
      }
      known.subkeys.emplace_back(raw);
    }
    if (comes_to_the_same(known, seen.key_ids)) {
      known_.emplace(request, std::move(known));
    }
  }

  bool knows(const std::string& request) const override {
    const auto found = known_.find(request);
    return found != known_.end() && steady_clock::now() - found->second.since < kKnownFor &&
           (!found->second.until || system_clock().now() < *found->second.until);
  }

  Result<std::string> encrypt(const std::string& request, Upload& upload) override {
    const auto found = known_.find(request);
    rnp_input_t raw = nullptr;
    Output frames;
    const Output armored = armored_answer(frames);
    const bool ready = found != known_.end() && armored &&
                       rnp_input_from_callback(&raw, read_upload, nullptr, &upload) == RNP_SUCCESS;
    const Input plain(raw);
    if (!ready || !run(ffi_, found->second, plain, armored) ||
        rnp_output_finish(armored.get()) != RNP_SUCCESS) {
      known_.erase(request);
      return fail(transient_fault("pgp.encrypt", "the message was not encrypted"));
    }
    return found->second.cipher;
  }

 private:
  bool comes_to_the_same(const Known& known, std::vector<std::string> expected) const {
    rnp_output_t raw = nullptr;
    const Input plain = input_from(kTrial);
    if (!plain || rnp_output_to_memory(&raw, 0) != RNP_SUCCESS) {
      return false;
    }
    const Output cipher(raw);
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    if (!run(ffi_, known, plain, cipher) ||
        rnp_output_memory_get_buf(raw, &bytes, &size, false) != RNP_SUCCESS) {
      return false;
    }
    auto made = session_key_ids({bytes, size});
    if (!made) {
      return false;
    }
    std::sort(made->begin(), made->end());
    std::sort(expected.begin(), expected.end());
    return *made == expected;
  }

  const Ffi ffi_;
  std::unordered_map<std::string, Known> known_;  // before ffi_ goes
};

}  // namespace

std::unique_ptr<QuickEncryption> make_quick_encryption() {
  const std::uint32_t version = rnp_version();
  if (!makes_random_keys(rnp_version_major(version), rnp_version_minor(version),
                         rnp_version_patch(version))) {
    return nullptr;
  }
  rnp_ffi_t raw = nullptr;
  if (rnp_ffi_create(&raw, "GPG", "GPG") != RNP_SUCCESS) {
    return nullptr;
  }
  return std::make_unique<RnpEncryption>(Ffi(raw));
}

}  // namespace phimilter::protect
