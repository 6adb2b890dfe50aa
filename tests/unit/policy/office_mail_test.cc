// SPDX-License-Identifier: Apache-2.0
//
// What a laboratory's office writes all day to those who sell to it, clean it and repair it: the
// shipped pack lets it go, however long the mail is and however its sentences are mixed. What is
// held back by mistake is bounded here, and not wished away: twelve sentences, so mistakes come in
// groups.
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <random>
#include <string>

#include "shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::header;
using testing::message;

constexpr std::array kSaid = {
    "The toner for the copier on the first floor has run out, and the new box is still on order.",
    "Would it suit you to come on Wednesday afternoon instead, when the lobby is being painted?",
    "We moved the team lunch to the room beside the kitchen because the projector there is better.",
    "Your quotation for the carpets arrived, and the board will decide on it at the end of May.",
    "Please remember that the side entrance stays locked until the building work is done.",
    "The window cleaners will be here from seven, so please clear the sills this evening.",
    "Thanks for sending the brochure; could we have thirty of the grey binders by Friday?",
    "Accounts has settled the bill from April and asks for a copy of the delivery note.",
    "The network will be slow on Sunday while the switch in the basement is replaced.",
    "Badges for the garage are ready, and everybody signs for theirs at reception.",
    "Our summer hours start after the holiday, and the sign on the door says the same.",
    "The heating engineer needs the key to the roof and somebody who shows him the way.",
};

std::string letter(std::mt19937& chance, std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += kSaid[chance() % kSaid.size()];
    text += chance() % 3 == 0 ? "\n\n" : " ";
  }
  return text;
}

TEST(OfficeMail, IsLetGo) {
  MessageContext context;
  context.sender = "lab@clinic.example";
  context.sender_domain = "clinic.example";
  context.own_addresses = {"lab@clinic.example"};
  context.own_names = {"Alder Street Lab"};
  context.recipient_names = {"sales@supplies.example"};
  std::mt19937 chance(2026);  // the same on each machine
  int held_back = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t length = 200 + 40 * static_cast<std::size_t>(i);
    const auto text = message({header("From: Alder Street Lab <lab@clinic.example>\n"
                                      "To: <sales@supplies.example>\nSubject: News\n"),
                               body(letter(chance, length))});
    const Policy& pack = testing::shipped_pack();
    const auto decision = pack.decide(text, pack.detect(text, context), context, {});
    ASSERT_TRUE(decision.has_value());
    if (!decision->rules.empty()) {
      ++held_back;
      std::cout << length << " bytes: " << decision->rules.front().rule << "\n";
    }
  }
  EXPECT_LE(held_back, 12) << "of 200";
}

}  // namespace
}  // namespace phimilter::policy
