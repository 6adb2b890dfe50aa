// SPDX-License-Identifier: Apache-2.0
#include "portal/slow_hash.h"

#include "escrow/proof.h"

namespace phimilter::portal {

class SlowHash::Turn {
 public:
  explicit Turn(SlowHash& hash) : hash_(hash), entered_(hash.enter()) {}
  ~Turn() {
    if (entered_) {
      hash_.leave();
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  const Status& entered() const { return entered_; }

 private:
  SlowHash& hash_;
  Status entered_;
};

SlowHash::SlowHash(const Secret& pepper, std::size_t at_once, std::size_t waiting)
    : pepper_(pepper.duplicate()), at_once_(at_once), most_waiting_(waiting) {
  auto made = escrow::hash_answer(random_secret(32), pepper_);
  require(made.has_value(), "Argon2 works");
  nobodys_ = std::move(*made);
}

Status SlowHash::enter() {
  std::unique_lock lock(mutex_);
  if (running_ >= at_once_) {
    if (waiting_ >= most_waiting_) {
      return fail(transient_fault("portal.busy", "too many answers at once"));
    }
    ++waiting_;
    free_.wait(lock, [this] { return running_ < at_once_; });
    --waiting_;
  }
  ++running_;
  return {};
}

void SlowHash::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    ++done_;
  }
  free_.notify_one();
}

std::size_t SlowHash::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

Result<std::string> SlowHash::hash(const Secret& normalised) {
  const Turn turn(*this);
  if (!turn.entered()) {
    return fail(turn.entered().error());
  }
  return escrow::hash_answer(normalised, pepper_);
}

Result<bool> SlowHash::check(const std::vector<Secret>& readings, const std::string& hash) {
  bool right = false;
  for (const Secret& reading : readings) {
    const Turn turn(*this);
    if (!turn.entered()) {
      return fail(turn.entered().error());
    }
    const auto checked = escrow::check_answer(reading, pepper_, hash.empty() ? nobodys_ : hash);
    if (!checked) {
      return fail(checked.error());
    }
    right = right || (*checked == 1 && !hash.empty());
  }
  return right;
}

}  // namespace phimilter::portal
