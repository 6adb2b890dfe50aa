// SPDX-License-Identifier: Apache-2.0
#include "portal/message_opener.h"

#include <chrono>

namespace phimilter::portal {
namespace {

// While it is parsed, a message may take so many times its size: what stands between its parts is
// held twice for a moment. Then only its structure stays, which message_shape.h bounds.
constexpr std::size_t kParseFactor = 3;
constexpr std::size_t kStructure = 4 * limits::kMiB;
constexpr std::chrono::milliseconds kPatience(10'000);  // past it: 503, try again

// Holds its share of the memory until it is written.
class PaidStream final : public BodySource {
 public:
  PaidStream(std::shared_ptr<BodySource> stream, std::shared_ptr<MemoryBudget::Share> share)
      : share_(std::move(share)), stream_(std::move(stream)) {}
  std::uint64_t size() const override { return stream_->size(); }
  Result<std::size_t> read(std::span<char> out) override { return stream_->read(out); }

 private:
  std::shared_ptr<MemoryBudget::Share> share_;
  std::shared_ptr<BodySource> stream_;
};

std::string_view link_secret_of(const EntryCall& call) {
  constexpr std::string_view kPrefix = "/m/";
  return std::string_view(call.link_path).substr(kPrefix.size());
}

}  // namespace

Response MessageOpener::with_message(EntryCall& call,
                                     const std::function<Response(const OpenedMessage&)>& use) {
  auto share = std::make_shared<MemoryBudget::Share>(
      memory_.take(call.visit.sealed_bytes * kParseFactor + kStructure, kPatience));
  if (!*share) {
    return unavailable(parts_, call.request, call.id,
                       transient_fault("portal.busy", "too many messages are open at once"));
  }
  auto bytes = parts_.vault.open_message(call.id, link_secret_of(call));
  if (!bytes) {
    return unavailable(parts_, call.request, call.id, std::move(bytes.error()));
  }
  auto message = OpenedMessage::open(std::move(*bytes));
  if (!message) {
    return unavailable(parts_, call.request, call.id, std::move(message.error()));
  }
  share->shrink(kStructure);
  Response response = use(*message);
  if (response.stream) {
    response.stream = std::make_shared<PaidStream>(std::move(response.stream), std::move(share));
  }
  return response;
}

}  // namespace phimilter::portal
