// SPDX-License-Identifier: Apache-2.0
#include "protect/https_file.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>

#include "base/encoding.h"

namespace phimilter::protect {
namespace {

constexpr std::size_t kLongestFile = 64 * 1024;  // RFC 8461 3.3
constexpr long kOk = 200;
constexpr std::int64_t kLeastMs = 1;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What comes past the limit ends the transfer.
std::size_t take(char* bytes, std::size_t /*one*/, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + count > kLongestFile) {
    return 0;
  }
  text.append(bytes, count);
  return count;
}

std::string place_of(const std::string& host, std::uint16_t port,
                     const std::vector<std::string>& addresses) {
  std::string out = host + ":" + std::to_string(port) + ":";
  for (const std::string& address : addresses) {
    out += (&address == &addresses.front() ? "" : ",") +
           (address.find(':') == std::string::npos ? address : "[" + address + "]");
  }
  return out;
}

class CurlFiles final : public HttpsFiles {
 public:
  CurlFiles(std::string ca_file, std::uint16_t port) : ca_file_(std::move(ca_file)), port_(port) {}

  HttpsFile get(const std::string& host, const std::string& path,
                const std::vector<std::string>& addresses, Deadline deadline) override {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const std::unique_ptr<CURL, EasyDeleter> easy(curl_easy_init());
    const std::unique_ptr<curl_slist, ListDeleter> places(
        curl_slist_append(nullptr, place_of(host, port_, addresses).c_str()));
    if (easy == nullptr || places == nullptr || addresses.empty() || left.count() < kLeastMs) {
      return {};
    }
    HttpsFile out;
    set_up(easy.get(), "https://" + host + ":" + std::to_string(port_) + path);
    curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, places.get());
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &out.text);
    if (curl_easy_perform(easy.get()) != CURLE_OK) {
      return {};
    }
    out.state = is_text(easy.get()) ? HttpsFile::State::found : HttpsFile::State::none;
    return out;
  }

 private:
  // Nothing is taken from the environment: no proxy, no .netrc, no other protocol.
  void set_up(CURL* easy, const std::string& address) const {
    curl_easy_setopt(easy, CURLOPT_URL, address.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, static_cast<long>(kLongestFile));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  }

  static bool is_text(CURL* easy) {
    long code = 0;
    const char* type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    const std::string_view media = type == nullptr ? "" : type;
    return code == kOk && ascii_iequal(trim(media.substr(0, media.find(';'))), "text/plain");
  }

  const std::string ca_file_;
  const std::uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<HttpsFiles>> open_https_files(const std::string& ca_file,
                                                     std::uint16_t port) {
  if (::access(ca_file.c_str(), R_OK) != 0) {
    return fail(
        configuration_fault("tls.ca_file", "tls.ca_file cannot be read").with("path", ca_file));
  }
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(transient_fault("tls.https", "libcurl does not start"));
  }
  return std::unique_ptr<HttpsFiles>(std::make_unique<CurlFiles>(ca_file, port));
}

}  // namespace phimilter::protect
