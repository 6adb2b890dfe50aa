// SPDX-License-Identifier: Apache-2.0
#include "protect/wkd.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <openssl/evp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <system_error>
#include <thread>

#include "base/encoding.h"
#include "base/limits.h"
#include "protect/a_labels.h"

namespace phimilter::protect {
namespace {

using Kind = NetAnswer::Kind;

struct EasyRelease {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// RFC 6189 5.1.6; 160 bits are 32 letters without a rest.
std::string z_base_32(const std::array<unsigned char, 20>& bytes) {
  constexpr std::string_view kLetters = "ybndrfg8ejkmcpqxot1uwisza345h769";
  std::string out;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const unsigned char byte : bytes) {
    buffer = buffer << 8 | byte;
    for (bits += 8; bits >= 5; bits -= 5) {
      out += kLetters[buffer >> (bits - 5) & 31];
    }
    buffer &= (1U << bits) - 1;
  }
  return out;
}

std::array<unsigned char, 20> sha1(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  unsigned length = 0;
  require(EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr) == 1,
          "there is a SHA-1");
  return digest;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += "%" + hex(ByteView(&byte, 1));
    }
  }
  return out;
}

// What comes past the limit ends the transfer.
std::size_t take(char* bytes, std::size_t /*one*/, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + count > limits::kKeyAnswer) {
    return 0;
  }
  text.append(bytes, count);
  return count;
}

// "openpgpkey.example.org:443:192.0.2.1,[2001:db8::1]", for CURLOPT_RESOLVE.
std::string place_of(const std::string& host, std::uint16_t port,
                     const std::vector<std::string>& addresses) {
  std::string out = host + ":" + std::to_string(port) + ":";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const bool v6 = addresses[i].find(':') != std::string::npos;
    out += (i == 0 ? "" : ",") + (v6 ? "[" + addresses[i] + "]" : addresses[i]);
  }
  return out;
}

NetAnswer answer_of(long code, std::string body) {
  const std::string why = "HTTP " + std::to_string(code);
  constexpr std::array<long, 3> kLater = {408, 425, 429};
  if (code == 200 && !body.empty()) {
    return {Kind::found, {std::move(body)}, why};
  }
  const bool refused =
      code >= 300 && code < 500 && std::find(kLater.begin(), kLater.end(), code) == kLater.end();
  return {code == 200 || refused ? Kind::none : Kind::unknown, {}, why};
}

constexpr int kMostLookups = 32;  // that nobody waits for any more; past them: unknown

// The system's look-up takes no deadline, and silent name servers hold it for half a minute: it has
// a thread of its own, and nobody waits for that past his deadline.
HostAddresses look_up_until(Deadline deadline, const HostLookup& look_up, const std::string& host) {
  static std::atomic<int> under_way{0};
  if (++under_way > kMostLookups) {
    --under_way;
    return {};
  }
  const auto promise = std::make_shared<std::promise<HostAddresses>>();
  auto answer = promise->get_future();
  try {
    std::thread([promise, look_up, host] {
      HostAddresses found;
      try {
        found = look_up(host);
      } catch (const std::exception&) {
        found = {};
      }
      --under_way;
      promise->set_value(std::move(found));
    }).detach();
  } catch (const std::system_error&) {
    --under_way;
    return {};
  }
  const bool ready = answer.wait_until(deadline) == std::future_status::ready;
  return ready ? answer.get() : HostAddresses{};
}

class Wkd final : public KeyServer {
 public:
  explicit Wkd(WkdOptions options) : options_(std::move(options)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
  }

  KeyKind kind() const override { return KeyKind::pgp; }
  std::string_view source() const override { return "wkd"; }

  std::optional<std::string> host(const mail::Address& address) const override {
    const bool every =
        std::find(options_.domains.begin(), options_.domains.end(), "*") != options_.domains.end();
    const bool literal = address.domain().starts_with('[');
    if (literal || !(every || mail::domain_listed(address.domain(), options_.domains))) {
      return std::nullopt;
    }
    return a_labels(address.domain());
  }

  NetAnswer ask(const mail::Address& address, Deadline deadline) override {
    const std::string domain = host(address).value_or("");
    HostAddresses found = look_up_until(deadline, options_.look_up, "openpgpkey." + domain);
    if (found.known && !found.addresses.empty()) {
      return get("openpgpkey." + domain, wkd_path(address.local(), domain, true), found, deadline);
    }
    if (found.known) {
      found = look_up_until(deadline, options_.look_up, domain);
    }
    if (found.known && !found.addresses.empty()) {
      return get(domain, wkd_path(address.local(), domain, false), found, deadline);
    }
    return found.known ? NetAnswer{Kind::none, {}, "the domain has no web server"}
                       : NetAnswer{Kind::unknown, {}, "the name service does not answer"};
  }

 private:
  NetAnswer get(const std::string& host, const std::string& path, const HostAddresses& at,
                Deadline deadline) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const std::unique_ptr<CURL, EasyRelease> easy(curl_easy_init());
    const std::unique_ptr<curl_slist, ListRelease> place(
        curl_slist_append(nullptr, place_of(host, options_.port, at.addresses).c_str()));
    if (!easy || !place || left.count() <= 0) {
      return {Kind::unknown, {}, "no time is left"};
    }
    std::string body;
    set_up(easy.get(), "https://" + host + ":" + std::to_string(options_.port) + path);
    curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, place.get());
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
    const CURLcode done = curl_easy_perform(easy.get());
    long code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
    if (done != CURLE_OK) {
      return {Kind::unknown, {}, curl_easy_strerror(done)};
    }
    return answer_of(code, std::move(body));
  }

  // Nothing is taken from the environment: no proxy, no .netrc, no other protocol.
  void set_up(CURL* easy, const std::string& address) const {
    curl_easy_setopt(easy, CURLOPT_URL, address.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, static_cast<long>(limits::kKeyAnswer));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
  }

  const WkdOptions options_;
};

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      address->sa_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr)
          : &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  inet_ntop(address->sa_family, bytes, text.data(), text.size());
  return text.data();
}

}  // namespace

HostAddresses look_up_host(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, [](addrinfo* each) {
    if (each != nullptr) {
      freeaddrinfo(each);
    }
  });
  HostAddresses found;
  found.known = error == 0 || error == EAI_NONAME || error == EAI_NODATA;
  for (const addrinfo* each = list; error == 0 && each != nullptr; each = each->ai_next) {
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6) {
      found.addresses.push_back(text_of(each->ai_addr));
    }
  }
  return found;
}

std::string wkd_path(std::string_view local_part, std::string_view domain, bool advanced) {
  return "/.well-known/openpgpkey/" + (advanced ? std::string(domain) + "/" : std::string()) +
         "hu/" + z_base_32(sha1(ascii_lower(local_part))) + "?l=" + percent_encoded(local_part);
}

std::unique_ptr<KeyServer> wkd_server(WkdOptions options) {
  return std::make_unique<Wkd>(std::move(options));
}

}  // namespace phimilter::protect
