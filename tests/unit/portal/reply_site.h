// SPDX-License-Identifier: Apache-2.0
//
// One message that can be answered, and a site around it, without sockets.
#pragma once

#include <gtest/gtest.h>

#include "base/limits.h"
#include "portal/fakes.h"
#include "portal/reply_pages.h"
#include "portal/run_tool.h"
#include "portal/site.h"

namespace phimilter::portal {

class ReplySiteTest : public ::testing::Test {
 protected:
  ReplySiteTest() {
    bench_.vault.entries.clear();
    entry_.message =
        "From: Lab <lab@clinic.example>\r\nTo: pat@example.org, Two <two@example.net>\r\n"
        "Cc: PAT@example.org, no-reply@clinic.example\r\nSubject: Result\r\n"
        "Message-ID: <m1@clinic.example>\r\n\r\nfine\r\n";
    read_message_of('q');
  }

  // Makes a message with a link of its own and opens it; what is asked from here on is asked by who
  // has opened it.
  void read_message_of(char letter) {
    const std::string secret = std::string(42, letter) + "Q";
    link_ = "/m/" + secret;
    id_ = *escrow::id_of_link_secret(secret);
    entry_.facts = test_facts(id_);
    bench_.vault.entries.emplace(id_, entry_);
    cookie_ = *sessions_.begin(Subject::entry(id_));
    token_ = sessions_.find(cookie_, Subject::entry(id_))->form_token;
  }

  std::vector<SentReply> kept(const EscrowId& id) {
    std::vector<Fault> faults;
    const auto replies = store_->list(id, faults);
    EXPECT_TRUE(replies.has_value() && faults.empty());
    return replies.value_or(std::vector<SentReply>());
  }
  Request request(Method method, const std::string& below) {
    Request made;
    made.method = method;
    made.path = link_ + below;
    made.secure = true;
    made.cookies.emplace("__Host-phi", cookie_);
    return made;
  }
  Response get(const std::string& below) { return site_.handle(request(Method::get, below)); }
  // The value of the hidden field in a form.
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const std::size_t at = page.find(mark);
    return at == std::string::npos
               ? ""
               : page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
  }
  Request filled(Fields form, const std::string& below = "/reply") {
    Request made = request(Method::post, below);
    form.emplace("token", token_);
    form.emplace("reply", hidden(get(below).body, "reply"));
    made.form = std::move(form);
    return made;
  }
  static std::string location(const Response& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Location") {
        return value;
      }
    }
    return {};
  }
  Result<delivery::SmtpOutcome> submit(const delivery::Outgoing& mail) {
    if (while_sending_) {
      while_sending_();
    }
    if (fault_) {
      return fail(*fault_);
    }
    delivery::SmtpOutcome outcome;
    for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
      outcome.recipients.push_back({i < codes_.size() ? codes_[i] : 250, ""});
    }
    if (outcome.recipients.front().code != 250) {
      EXPECT_TRUE(mail.first_decides);
      return outcome;
    }
    std::string to;
    for (const auto& recipient : mail.recipients) {
      to += recipient.path;
    }
    sent_.push_back({to, mail.headers->text() + "\r\n" + std::string(mail.body)});
    return outcome;
  }

  AccessBench bench_;
  TempFolder folder_;
  Sessions sessions_{bench_.clock};
  Languages languages_ = std::move(*load_languages());
  Secret pepper_ = random_secret(32);
  std::unique_ptr<ReplyStore> store_ = std::move(*open_reply_store(folder_.path(), pepper_));
  std::vector<std::pair<std::string, std::string>> sent_;
  std::optional<Fault> fault_;
  std::vector<int> codes_;  // of the recipients; past them 250
  std::function<void()> while_sending_;
  ReplyParts replies_{*store_, bench_.clock, "no-reply@clinic.example", 1'000'000,
                      [this](const delivery::Outgoing& mail) { return submit(mail); }};
  Site site_{{bench_.access, sessions_, bench_.vault, bench_.journal, languages_, "Maple Clinic",
              "+1 555 010 0199", "https://portal.example", nullptr, nullptr, nullptr, nullptr,
              &replies_}};
  FakeVault::Entry entry_ = bench_.vault.entries.at(bench_.id);
  EscrowId id_ = bench_.id;
  std::string link_, cookie_, token_;
};

}  // namespace phimilter::portal
