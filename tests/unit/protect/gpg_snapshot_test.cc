// SPDX-License-Identifier: Apache-2.0
//
// What happens to a keyring while it is used, and what a gpg may use up.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <future>
#include <thread>

#include "base/key_limits.h"
#include "gpg_fixture.h"
#include "messages.h"
#include "protect/gpg_brokers.h"
#include "protect/pgp_mime.h"

namespace phimilter::protect {
namespace {

using testing::must_run;

class GpgSnapshot : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { gpg_ = std::make_unique<testing::GpgFixture>(); }
  static void TearDownTestSuite() { gpg_.reset(); }
  void SetUp() override {
    auto pgp = start_pgp({.program = PHIMILTER_BIN_DIR "/phimilter-gpg",
                          .home = gpg_->gateway_home(),
                          .brokers = 1,
                          .timeout_ms = 30'000});
    ASSERT_TRUE(pgp.has_value()) << pgp.error().describe();
    pgp_ = std::move(*pgp);
    ASSERT_TRUE(pgp_->import(gpg_->exported("ann@example.org")).has_value());
  }
  Result<ProtectedMessage> encrypt(const std::string& text) {
    const FingerprintId keys[] = {*FingerprintId::parse(gpg_->fingerprint("ann@example.org"))};
    return pgp_->encrypt(testing::message_from(text), keys, "/tmp");
  }
  static std::string small() { return testing::sample_text(testing::kSamples[0]); }
  static std::string broker() {
    std::string pid = must_run("pgrep -P " + std::to_string(getpid()) + " phimilter-gpg");
    return pid.substr(0, pid.find('\n'));
  }
  // The gpg that encrypts: GPGME lets init inherit it, and it stays in the broker's group.
  static std::string working() {
    const std::string pids = testing::run("pgrep -g " + broker() + " -f 'gpg .*--encrypt'").output;
    return pids.substr(0, pids.find('\n'));
  }

  static std::unique_ptr<testing::GpgFixture> gpg_;
  std::unique_ptr<Pgp> pgp_;
};
std::unique_ptr<testing::GpgFixture> GpgSnapshot::gpg_;

TEST_F(GpgSnapshot, AKeyringThatIsGoneForAMomentIsUsedAllTheSame) {
  // As gpg does it: the old file goes to another name before the new one takes its place.
  const std::string file = gpg_->gateway_home() + "/pubring.kbx";
  std::atomic<bool> done{false};
  std::thread changes([&] {
    while (!done) {
      std::rename(file.c_str(), (file + ".old").c_str());
      std::this_thread::yield();
      std::rename((file + ".old").c_str(), file.c_str());
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 40; ++i) {
    const auto made = encrypt(small());
    EXPECT_TRUE(made.has_value()) << made.error().describe();
  }
  done = true;
  changes.join();
}

TEST_F(GpgSnapshot, ImportsBesideEncryptionDisturbNobody) {
  testing::write_file(gpg_->folder().file("bob"), gpg_->exported("bob@example.org"));
  std::atomic<bool> done{false};
  auto imports = std::async(std::launch::async, [&] {
    int count = 0;
    for (; !done || count < 2; ++count) {
      const std::string gpg = "gpg --homedir " + gpg_->gateway_home() + " --batch --quiet --yes ";
      must_run(gpg + "--import " + gpg_->folder().file("bob"));
      must_run(gpg + "--delete-keys bob@example.org");
    }
    return count;
  });
  for (int i = 0; i < 20; ++i) {
    const auto made = encrypt(small());
    EXPECT_TRUE(made.has_value()) << made.error().describe();
  }
  done = true;
  EXPECT_GE(imports.get(), 2);
}

TEST_F(GpgSnapshot, AKilledBrokersCopyIsTakenAway) {
  ASSERT_TRUE(encrypt(small()).has_value());
  const std::string before = broker();
  kill(static_cast<pid_t>(std::stol(before)), SIGKILL);
  ASSERT_TRUE(testing::eventually([&] { return encrypt(small()).has_value(); }));
  EXPECT_EQ(must_run("ls -d " + gpg_->gateway_home() + "/run*"),
            gpg_->gateway_home() + "/run" + broker() + "\n");
}

TEST_F(GpgSnapshot, AGpgThatUsesTooMuchTimeIsAFaultAndTheNextOneWorks) {
  pgp_.reset();
  auto brokers = GpgBrokers::start({.program = PHIMILTER_BIN_DIR "/phimilter-gpg",
                                    .home = gpg_->gateway_home(),
                                    .brokers = 1,
                                    .timeout_ms = 30'000});
  ASSERT_TRUE(brokers.has_value()) << brokers.error().describe();
  // `meanwhile` runs before the text has ended, so that gpg waits for the rest of it.
  const auto encrypted = [&](auto&& meanwhile) {
    auto lease = (*brokers)->take((*brokers)->deadline());
    EXPECT_TRUE(lease.has_value());
    mail::StringSink out;
    GpgCall call(lease->broker(), (*brokers)->deadline(), out);
    call.begin(FrameKind::encrypt, gpg_->fingerprint("ann@example.org"));
    EXPECT_TRUE(call.write(std::string(limits::kMiB, 'x')).has_value());
    meanwhile();
    auto outcome = call.finish();
    if (call.finished()) {
      lease->call_finished();
    }
    return outcome;
  };
  const auto failed = encrypted([&] {
    std::string pid;
    EXPECT_TRUE(testing::eventually([&] { return !(pid = working()).empty(); }));
    const std::string limit = must_run("grep 'Max cpu time' /proc/" + pid + "/limits");
    EXPECT_NE(limit.find(" " + std::to_string(limits::kGpgCpuSeconds) + " "), std::string::npos)
        << limit;
    // What the kernel sends at the limit.
    kill(static_cast<pid_t>(std::stol(pid)), SIGXCPU);
  });
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, FaultKind::transient);
  const auto next = encrypted([] {});
  EXPECT_TRUE(next.has_value()) << next.error().describe();
  const std::string own = must_run("grep 'Max cpu time' /proc/" + broker() + "/limits");
  EXPECT_NE(own.find("unlimited"), std::string::npos) << own;
}

}  // namespace
}  // namespace phimilter::protect
