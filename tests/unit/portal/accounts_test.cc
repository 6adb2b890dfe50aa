// SPDX-License-Identifier: Apache-2.0
#include "portal/accounts.h"

#include <gtest/gtest.h>

#include "portal/fakes.h"
#include "portal/totp.h"

namespace phimilter::portal {
namespace {

constexpr std::string_view kAddress = "Pat@example.org", kGood = "lamp river 9 goats",
                           kOther = "four quiet blue kettles";

struct AccountsTest : ::testing::Test {
  FixedClock clock{test_time()};
  Secret pepper{std::string_view("0123456789abcdef0123456789abcdef")};
  SlowHash slow_hash{pepper};
  GuessLimits guesses{memory_record_store(), nullptr, pepper, clock, {}};
  std::unique_ptr<FailingRecords> owned = std::make_unique<FailingRecords>();
  FailingRecords& disk = *owned;
  AccountStore store{std::move(owned), pepper};
  PassphraseRules rules = *PassphraseRules::open(12, "");
  FakeJournal journal;
  std::vector<std::pair<AccountMail, std::string>> mails;
  std::string code;
  AccountParts parts(SlowHash& slow) {
    return {store,
            slow,
            guesses,
            rules,
            clock,
            pepper,
            "Maple Clinic",
            [this](AccountMail kind, const std::string& address, const std::string& sent,
                   const std::string&) {
              mails.emplace_back(kind, address);
              code = sent;
            },
            [](const mail::Address& address) { return address.local() == "known"; },
            &journal};
  }
  Accounts accounts{parts(slow_hash)};

  void make() {
    const auto made = accounts.make(*mail::Address::parse(kAddress), kGood, "en");
    ASSERT_TRUE(made && made->kind == NewPassphrase::Kind::taken);
    mails.clear();
  }
  SignedIn sign_in(std::string_view passphrase, std::string_view typed = {},
                   std::string_view address = kAddress) {
    const auto signed_in = accounts.sign_in({address, passphrase, typed, "192.0.2.1"});
    EXPECT_TRUE(signed_in.has_value());
    return signed_in.value_or(SignedIn{});
  }
  bool right(std::string_view passphrase, std::string_view typed = {}) {
    return sign_in(passphrase, typed).kind == SignedIn::Kind::right;
  }
  std::string name() const { return accounts.name_of(kAddress); }
  std::vector<std::string> set_up_authenticator(Secret& secret) {
    secret = std::move(**accounts.begin_authenticator(name(), kGood));
    return *accounts.confirm_authenticator(name(), totp_code(secret, totp_step(clock.now())));
  }
};

TEST_F(AccountsTest, PassphraseThatNobodyHadTimeForIsNoTry) {
  make();
  SlowHash no_time(pepper, 0, 0);
  Accounts busy(parts(no_time));
  for (int i = 0; i < 2 * GuessOptions{}.network.tries; ++i) {
    const auto signed_in = busy.sign_in({kAddress, kGood, {}, "192.0.2.1"});
    ASSERT_FALSE(signed_in.has_value()) << i;
    EXPECT_EQ(signed_in.error().id, "portal.busy");
    EXPECT_EQ(busy.reset({kAddress, kOther, "123456", "192.0.2.1"}).error().id, "portal.busy");
    EXPECT_EQ(busy.remove(name(), kGood).error().id, "portal.busy");
  }
  EXPECT_TRUE(right(kGood));
}

TEST_F(AccountsTest, SignsInByAnySpellingOfTheAddressAndThePassphraseAsItIs) {
  make();
  EXPECT_EQ(sign_in(kGood, {}, " pat@EXAMPLE.org ").kind, SignedIn::Kind::right);
  EXPECT_TRUE(right("lamp  river 9 goats "));
  EXPECT_FALSE(right("Lamp river 9 goats"));
  EXPECT_FALSE(right(""));
}

TEST_F(AccountsTest, NobodyLearnsWhetherAnAccountExists) {
  make();
  const std::size_t before = slow_hash.done();
  EXPECT_EQ(sign_in(kOther).kind, SignedIn::Kind::wrong);
  const std::size_t work = slow_hash.done() - before;
  EXPECT_EQ(sign_in(kOther, {}, "nobody@example.org").kind, SignedIn::Kind::wrong);
  EXPECT_EQ(slow_hash.done() - before - work, work);
  int tries = 1;
  while (sign_in(kOther, {}, "nobody@example.org").kind == SignedIn::Kind::wrong) {
    ++tries;
  }
  EXPECT_EQ(tries, GuessOptions().account.tries) << "who is not there is locked, too";
}

TEST_F(AccountsTest, SignInsAreOnRecordBeforeTheyAreTold) {
  make();
  EXPECT_TRUE(right(kGood));
  EXPECT_FALSE(right(kOther));
  EXPECT_EQ(sign_in(kGood, {}, "typed.by.somebody@example.org").kind, SignedIn::Kind::wrong);
  EXPECT_EQ(journal.events(), "signed_in sign_in_refused sign_in_refused");
  std::vector<std::string> logins;
  for (const audit::Record& record : journal.records()) {
    EXPECT_EQ(record.client, "192.0.2.1");
    logins.push_back(record.login);
  }
  EXPECT_EQ(logins, (std::vector<std::string>{"account:Pat@example.org", "account:Pat@example.org",
                                              "account:"}));
  journal.broken = true;
  EXPECT_FALSE(accounts.sign_in({kAddress, kGood, {}, "192.0.2.1"}).has_value());
}

TEST_F(AccountsTest, AResetLooksTheSameForAll) {
  make();
  std::size_t before = slow_hash.done();
  for (const std::string_view address :
       {kAddress, std::string_view("known@example.org"), std::string_view("nobody@example.org")}) {
    EXPECT_TRUE(accounts.request_reset(address, "en", "192.0.2.1").has_value());
    EXPECT_EQ(slow_hash.done(), before + 1) << address;
    before = slow_hash.done();
  }
  using Mail = std::pair<AccountMail, std::string>;
  EXPECT_EQ(mails, (std::vector<Mail>{{AccountMail::reset, "Pat@example.org"},
                                      {AccountMail::no_account, "known@example.org"}}));
}

TEST_F(AccountsTest, MakingItTwiceChangesNothingAndMailsOnce) {
  make();
  const auto again = accounts.make(*mail::Address::parse("pat@example.org"), kOther, "en");
  EXPECT_EQ(again->kind, NewPassphrase::Kind::taken);
  EXPECT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails.front().first, AccountMail::already);
  EXPECT_TRUE(right(kGood));
  EXPECT_FALSE(right(kOther));
}

TEST_F(AccountsTest, AMailedCodeResetsThePassphraseOnceAndInTime) {
  make();
  ASSERT_TRUE(accounts.request_reset(kAddress, "en", "192.0.2.1").has_value());
  const std::string mailed = code;
  const auto reset = [&](std::string_view typed) {
    return accounts.reset({kAddress, kOther, typed, "192.0.2.1"})->kind;
  };
  EXPECT_EQ(reset("00000000"), NewPassphrase::Kind::wrong);
  EXPECT_EQ(accounts.reset({kAddress, "short", mailed, ""})->kind, NewPassphrase::Kind::refused);
  EXPECT_EQ(reset(mailed.substr(0, 4) + " " + mailed.substr(4)), NewPassphrase::Kind::taken);
  EXPECT_EQ(reset(mailed), NewPassphrase::Kind::wrong) << "once";
  EXPECT_TRUE(right(kOther));
  ASSERT_TRUE(accounts.request_reset(kAddress, "en", "192.0.2.1").has_value());
  clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(reset(code), NewPassphrase::Kind::wrong) << "too late";
}

TEST_F(AccountsTest, WithAnAuthenticatorACodeIsNeededAndNoneCountsTwice) {
  make();
  Secret secret;
  EXPECT_EQ(set_up_authenticator(secret).size(), 10U);
  EXPECT_FALSE(right(kGood)) << "no code";
  const auto current = [&] { return totp_code(secret, totp_step(clock.now())); };
  EXPECT_FALSE(right(kGood, current())) << "the code that confirmed is used up";
  clock.advance(std::chrono::seconds(60));
  EXPECT_FALSE(right(kOther, current()));
  const SignedIn signed_in = sign_in(kGood, current());
  EXPECT_EQ(signed_in.kind, SignedIn::Kind::right);
  EXPECT_TRUE(signed_in.second_factor);
  EXPECT_FALSE(right(kGood, current())) << "a replay";
}

TEST_F(AccountsTest, ARecoveryCodeSignsInOnce) {
  make();
  Secret secret;
  const auto codes = set_up_authenticator(secret);
  EXPECT_TRUE(right(kGood, codes[3]));
  EXPECT_FALSE(right(kGood, codes[3]));
  std::string spelled;
  for (const char c : codes[4]) {
    spelled += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  }
  EXPECT_TRUE(right(kGood, spelled));
  EXPECT_EQ((*accounts.find(name()))->recovery.size(), 8U);
}

TEST_F(AccountsTest, AMailedCodeDoesNotGetPastTheAuthenticator) {
  make();
  Secret secret;
  set_up_authenticator(secret);
  ASSERT_TRUE(accounts.request_reset(kAddress, "en", "192.0.2.1").has_value());
  ASSERT_EQ(accounts.reset({kAddress, kOther, code, ""})->kind, NewPassphrase::Kind::taken);
  EXPECT_FALSE(right(kOther));
  clock.advance(std::chrono::seconds(60));
  EXPECT_TRUE(right(kOther, totp_code(secret, totp_step(clock.now()))));
}

TEST_F(AccountsTest, AnAuthenticatorCountsOnlyOnceItIsConfirmed) {
  make();
  EXPECT_FALSE(*accounts.begin_authenticator(name(), kOther)) << "the passphrase is asked for";
  const Secret secret = std::move(**accounts.begin_authenticator(name(), kGood));
  EXPECT_TRUE(accounts.confirm_authenticator(name(), "000000")->empty());
  EXPECT_TRUE(right(kGood));
  EXPECT_FALSE(*accounts.remove_authenticator(name(), kOther));
}

TEST_F(AccountsTest, ChangesAndDeletionAskForThePassphrase) {
  make();
  EXPECT_EQ(accounts.change(name(), kOther, kOther, "en")->kind, NewPassphrase::Kind::wrong);
  EXPECT_EQ(accounts.change(name(), kGood, "short", "en")->fault, PassphraseFault::too_short);
  EXPECT_EQ(accounts.change(name(), kGood, kOther, "en")->kind, NewPassphrase::Kind::taken);
  EXPECT_EQ(mails.back().first, AccountMail::changed);
  EXPECT_FALSE(right(kGood));
  EXPECT_FALSE(*accounts.remove(name(), kGood));
  EXPECT_TRUE(*accounts.remove(name(), kOther));
  EXPECT_FALSE(right(kOther));
  EXPECT_FALSE(*accounts.find(name()));
}

TEST_F(AccountsTest, ABadDiskLetsNobodyIn) {
  make();
  disk.broken_load = true;
  EXPECT_FALSE(accounts.sign_in({kAddress, kGood, "", {}}).has_value());
  EXPECT_FALSE(accounts.request_reset(kAddress, "en", "").has_value());
  disk.broken_load = false;
  disk.broken_save = true;
  EXPECT_FALSE(accounts.make(*mail::Address::parse("sam@example.org"), kGood, "en").has_value());
  EXPECT_FALSE(accounts.change(name(), kGood, kOther, "en").has_value());
  EXPECT_TRUE(mails.empty());
}

}  // namespace
}  // namespace phimilter::portal
