// SPDX-License-Identifier: Apache-2.0
#include "extract/sealed_content.h"

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>

#include "base/encoding.h"

namespace phimilter::extract {
namespace {

using CmsPointer = std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)>;

std::string content_of(CMS_ContentInfo* cms) {
  ASN1_OCTET_STRING** content = CMS_get0_content(cms);
  if (content == nullptr || *content == nullptr) {
    return "";
  }
  const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(*content));
  return std::string(data, static_cast<std::size_t>(ASN1_STRING_length(*content)));
}

bool has_recipients(CMS_ContentInfo* cms) {
  const auto* recipients = CMS_get0_RecipientInfos(cms);
  return recipients != nullptr && sk_CMS_RecipientInfo_num(recipients) > 0;
}

// Packet tags of RFC 9580 5 that an encrypted message is made of.
constexpr unsigned kPublicKeySession = 1;
constexpr unsigned kSymmetricSession = 3;
constexpr unsigned kEncrypted = 9;
constexpr unsigned kMarker = 10;
constexpr unsigned kEncryptedProtected = 18;
constexpr unsigned kEncryptedAead = 20;
constexpr unsigned kPadding = 21;

struct Packet {
  unsigned tag = 0;
  std::string_view body;    // of a packet in chunks: the first chunk
  bool open_ended = false;  // goes on in chunks, or to the end
};

class PacketReader {
 public:
  explicit PacketReader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }

  std::optional<Packet> next() {
    const unsigned head = take();
    if ((head & 0x80U) == 0) {
      return std::nullopt;
    }
    Packet packet;
    const bool length_read = (head & 0x40U) != 0 ? new_length(packet) : old_length(head, packet);
    packet.tag = (head & 0x40U) != 0 ? head & 0x3FU : head >> 2 & 0x0FU;
    if (!length_read) {
      return std::nullopt;
    }
    if (packet.open_ended && !skip_chunks()) {
      return std::nullopt;
    }
    return packet;
  }

 private:
  unsigned take() {
    if (rest_.empty()) {
      ended_ = true;
      return 0;
    }
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  std::size_t take_number(int bytes) {
    std::size_t value = 0;
    for (; bytes > 0; --bytes) {
      value = value << 8 | take();
    }
    return value;
  }

  bool take_body(std::size_t length, Packet& packet) {
    if (ended_ || length > rest_.size()) {
      return false;
    }
    packet.body = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

  bool old_length(unsigned head, Packet& packet) {
    const unsigned type = head & 3U;
    if (type == 3) {
      chunked_ = false;
      packet.open_ended = true;
      packet.body = rest_;
      return true;
    }
    return take_body(take_number(1 << type), packet);
  }

  // RFC 9580 4.2.1: one, two or five octets, or a chunk of a power of two.
  bool new_length(Packet& packet) {
    const unsigned first = take();
    if (first < 192) {
      return take_body(first, packet);
    }
    if (first < 224) {
      return take_body(((first - 192) << 8) + take() + 192, packet);
    }
    if (first == 255) {
      return take_body(take_number(4), packet);
    }
    chunked_ = true;
    packet.open_ended = true;
    return take_body(std::size_t{1} << (first & 0x1FU), packet);
  }

  bool skip_chunks() {
    if (!chunked_) {
      rest_ = {};
      return true;
    }
    Packet chunk;
    do {
      chunk.open_ended = false;
      if (!new_length(chunk)) {
        return false;
      }
    } while (chunk.open_ended);
    return true;
  }

  std::string_view rest_;
  bool ended_ = false;
  bool chunked_ = false;
};

unsigned version_of(const Packet& packet) {
  return packet.body.empty() ? 0 : static_cast<unsigned char>(packet.body.front());
}

bool is_session_key(const Packet& packet) {
  const unsigned version = version_of(packet);
  const bool asymmetric = packet.tag == kPublicKeySession && (version == 3 || version == 6);
  const bool symmetric = packet.tag == kSymmetricSession && version >= 4 && version <= 6;
  return (asymmetric || symmetric) && packet.body.size() >= 4 && !packet.open_ended;
}

bool is_encrypted_data(const Packet& packet) {
  constexpr std::size_t kLeast = 20;  // version, a block of random prefix, some content
  const unsigned version = version_of(packet);
  const bool guarded = (packet.tag == kEncryptedProtected && (version == 1 || version == 2)) ||
                       (packet.tag == kEncryptedAead && version == 1);
  return (guarded || packet.tag == kEncrypted) && packet.body.size() >= kLeast;
}

std::uint32_t crc24(std::string_view bytes) {
  std::uint32_t crc = 0xB704CE;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      crc ^= (crc & 0x1000000U) != 0 ? 0x1864CFBU : 0U;
    }
  }
  return crc & 0xFFFFFFU;
}

// Between the armour's lines: headers, an empty line, base64, perhaps a checksum.
bool holds_encrypted(std::string_view inside) {
  std::string data;
  std::string checksum;
  bool in_headers = true;
  for (const std::string_view raw : split(inside, '\n')) {
    const std::string_view line = trim(raw);
    if (in_headers) {
      in_headers = !line.empty();
    } else if (line.starts_with('=') && line.size() == 5) {
      checksum = line.substr(1);
    } else if (!line.empty() && !checksum.empty()) {
      return false;
    } else {
      data.append(line);
    }
  }
  const auto bytes = unbase64(data);
  if (!bytes) {
    return false;
  }
  const std::string_view binary = as_text(*bytes);
  if (!checksum.empty()) {
    const auto sum = unbase64(checksum);
    const std::uint32_t crc = crc24(binary);
    const Bytes expected{static_cast<std::uint8_t>(crc >> 16), static_cast<std::uint8_t>(crc >> 8),
                         static_cast<std::uint8_t>(crc)};
    if (!sum || *sum != expected) {
      return false;
    }
  }
  return is_encrypted_openpgp(binary);
}

}  // namespace

void warm_up_sealed_content() {
  // No configuration file, no engines, no error texts: nothing that OpenSSL would open later.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS, nullptr);
  (void)parse_cms(std::string_view("\x30\x80", 2));
}

std::optional<Cms> parse_cms(std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<long>::max())) {
    return std::nullopt;
  }
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  const CmsPointer cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(bytes.size())),
                       &CMS_ContentInfo_free);
  ERR_clear_error();
  if (!cms || at != end) {
    return std::nullopt;
  }
  const int type = OBJ_obj2nid(CMS_get0_type(cms.get()));
  Cms found;
  if (type == NID_pkcs7_enveloped || type == NID_id_smime_ct_authEnvelopedData) {
    found.kind = has_recipients(cms.get()) ? CmsKind::enveloped : CmsKind::other;
  } else if (type == NID_pkcs7_signed) {
    found.kind = CmsKind::signed_data;
    found.content = content_of(cms.get());
  }
  ERR_clear_error();
  return found;
}

bool is_encrypted_openpgp(std::string_view binary) {
  PacketReader reader(binary);
  std::size_t session_keys = 0;
  while (!reader.at_end()) {
    const auto packet = reader.next();
    if (!packet) {
      return false;
    }
    if (is_encrypted_data(*packet)) {
      return session_keys > 0 && reader.at_end();
    }
    if (is_session_key(*packet)) {
      ++session_keys;
    } else if (packet->tag != kMarker && packet->tag != kPadding) {
      return false;
    }
  }
  return false;
}

std::optional<ArmouredBlock> find_armoured_message(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN PGP MESSAGE-----";
  constexpr std::string_view kEnd = "-----END PGP MESSAGE-----";
  const std::size_t start = text.find(kBegin);
  const std::size_t end = start == std::string_view::npos ? start : text.find(kEnd, start);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  ArmouredBlock block{start, end + kEnd.size() - start};
  const std::size_t inside = text.find('\n', start);
  block.encrypted = inside < end && holds_encrypted(text.substr(inside + 1, end - inside - 1));
  return block;
}

}  // namespace phimilter::extract
