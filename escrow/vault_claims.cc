// SPDX-License-Identifier: Apache-2.0
#include "escrow/vault_claims.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "base/files.h"
#include "escrow/vault_files.h"

namespace phimilter::escrow {
namespace {

constexpr std::chrono::seconds kClaimPatience{20};
constexpr std::chrono::milliseconds kLookAgain(10);

class FileClaim final : public VaultClaim {
 public:
  explicit FileClaim(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;  // the lock goes with it
};

Fault claim_fault(const std::string& path) {
  return errno_fault("escrow.claim", "cannot claim the vault").with("path", path);
}

}  // namespace

Result<std::unique_ptr<VaultClaim>> claim_file(const std::string& path,
                                               std::chrono::milliseconds patience) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kVaultFileMode));
  if (!fd) {
    return fail(claim_fault(path));
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  // A lock that waits cannot be told to stop waiting.
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail(claim_fault(path));
    }
    if (std::chrono::steady_clock::now() >= until) {
      return std::unique_ptr<VaultClaim>();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return std::unique_ptr<VaultClaim>(std::make_unique<FileClaim>(std::move(fd)));
}

Result<std::unique_ptr<VaultClaim>> claim_entry(const std::string& folder, const EscrowId& id,
                                                ClaimKind kind) {
  auto claimed = claim_file(claim_path(folder, id, kind), kClaimPatience);
  if (claimed && *claimed == nullptr) {
    return fail(transient_fault("escrow.claimed",
                                "another portal, or another request, has worked on an entry for "
                                "longer than anything should take")
                    .with("entry", id.str()));
  }
  return claimed;
}

std::string claim_path(const std::string& folder, const EscrowId& id, ClaimKind kind) {
  return folder + std::string(kClaimLock) + (kind == ClaimKind::proofs ? "p" : "r") +
         id.str().substr(0, 2);
}

}  // namespace phimilter::escrow
