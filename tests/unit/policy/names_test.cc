// SPDX-License-Identifier: Apache-2.0
#include "policy/names.h"

#include <gtest/gtest.h>

#include "policy/shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::confidence_of;
using testing::found_in;

struct Case {
  std::string text;
  std::string name;
  int least;
  int most;
};

int surest_name(const std::string& text, const std::string& name,
                const MessageContext& context = {}) {
  return confidence_of(found_in(text, context), "id.name", name);
}

// A word of no list with nothing beside it is a class of its own.
TEST(Names, LoneWordsArePossible) {
  const std::pair<std::string, std::string> cases[] = {
      {"put Quarrenworth in at 2", "Quarrenworth"},
      {"412A Quarrenworth to icu", "Quarrenworth"},
      {"we discussed the Quarrenworth case", "Quarrenworth"},
  };
  for (const auto& [text, name] : cases) {
    EXPECT_EQ(confidence_of(found_in(text), "id.name_possible", name), 40) << text;
    EXPECT_LT(surest_name(text, name), 40) << text;
  }
  for (const std::string text : {"a week in Quarrenworth", "Quarrenworth is a brand of tea",
                                 "call Quarrenworth", "put it down at once"}) {
    EXPECT_LE(confidence_of(found_in(text), "id.name_possible", "Quarrenworth"), 0) << text;
  }
}

TEST(Names, TheCommaEndsTheGreetingOfADoctor) {
  EXPECT_GE(surest_name("Hi Dr Weld, Linda Quarrenworth has a fever", "Linda Quarrenworth"), 55);
}

TEST(Names, ContractionsAreNone) {
  const std::pair<std::string, std::string> cases[] = {
      {"after clinic. I'd appreciate ten minutes.", "I'd"},
      {"part 88-1043, I've put one in the mail", "I've"},
      {"the patient. We've albuterol and insulin here.", "We've"},
      {"Don't load the bottom shelf 11/10", "Don't"},
      {"They're seen on Monday", "They're"},
  };
  for (const auto& [text, word] : cases) {
    EXPECT_LT(surest_name(text, word), 40) << text;
  }
}

TEST(Names, FindsPatients) {
  const Case cases[] = {
      // by what stands before
      {"Our patient Harriet Blume came back today.", "Harriet Blume", 85, 100},
      {"pt harold winters called again", "harold winters", 85, 100},
      {"The mother of Felix Amsel asked about it.", "Felix Amsel", 65, 100},
      {"I spoke with Mrs. Okonkwo at length.", "Okonkwo", 70, 100},
      {"Regarding Walter Pruitt: please call.", "Walter Pruitt", 70, 100},
      {"289-17-24 Delgado needs a new order", "Delgado", 60, 80},
      // by what stands behind
      {"Could you see Paula Reyes (4/9/61) this week?", "Paula Reyes", 85, 100},
      {"Paula Reyes, DOB 4/9/61, was here", "Paula Reyes", 85, 100},
      {"REYES, PAULA 04/09/1961", "REYES, PAULA", 75, 100},
      {"Paula Reyes, 64 yo, fell", "Paula Reyes", 85, 100},
      {"T. Vasquez (11/30/1949) is worse", "T. Vasquez", 75, 100},
      {"Tom Vasquez was admitted at noon.", "Tom Vasquez", 75, 100},
      {"Marta's biopsy is back", "Marta", 55, 80},
      {"Greenwald 8841207 needs a bed", "Greenwald", 55, 80},
      {"moved Halvorsen rm 318 upstairs", "Halvorsen", 50, 70},
      {"Linda Quarrenworth (EDD 4/30) called", "Linda Quarrenworth", 55, 80},
      {"Patient Linda Quarrenworth, OD -4.25, OS -3.75", "Linda Quarrenworth", 80, 90},
      {"Thanks for referring Linda Quarrenworth to us", "Linda Quarrenworth", 80, 90},
      {"saw Yolanda Keys yesterday", "Yolanda Keys", 45, 65},
      {"She was covering. Mrs. Linda Quarrenworth came late", "Linda Quarrenworth", 75, 85},
      {"mrs quarrenworth called again", "quarrenworth", 70, 80},
      {"ok now, p. quarrenworth is better", "quarrenworth", 45, 60},
      {"Quarrenworth R - hip fracture", "Quarrenworth R", 45, 60},
      {"Rm 9 Quarrenworth needs a bed", "Quarrenworth", 55, 70},
      {"please call linda quarrenworth back", "linda quarrenworth", 45, 60},
      {"Examined Linda Quarrenworth today", "Linda Quarrenworth", 70, 80},
      {"Linda Quarrenworth OD cataract yesterday", "Linda Quarrenworth", 55, 80},
      {"Doctor, Linda Quarrenworth has a fever", "Linda Quarrenworth", 55, 80},
      {"Bill to: Linda Quarrenworth", "Linda Quarrenworth", 60, 70},
      // by lists and by form
      {"Saw Linda Hernandez in the hallway.", "Linda Hernandez", 70, 80},
      {"the list has Hernandez, Linda on it", "Hernandez, Linda", 65, 80},
      {"met Linda Quarrenworth there", "Linda Quarrenworth", 55, 70},
      {"met Juan Carlos de la Cruz Ortega there", "Juan Carlos de la Cruz Ortega", 55, 80},
      {"met Kathleen O'Malley there", "Kathleen O'Malley", 55, 80},
      {"met Ana Torres-Garcia there", "Ana Torres-Garcia", 60, 80},
  };
  for (const Case& c : cases) {
    const int confidence = surest_name(c.text, c.name);
    EXPECT_GE(confidence, c.least) << c.text;
    EXPECT_LE(confidence, c.most) << c.text;
  }
}

TEST(Names, LeavesOthersAlone) {
  const std::pair<std::string, std::string> cases[] = {
      {"Dr. Linda Hernandez will call you.", "Linda Hernandez"},
      {"Linda Hernandez, MD, read the film.", "Linda Hernandez"},
      {"Linda Hernandez, R.N., took the call.", "Linda Hernandez"},
      {"Attending: Linda Hernandez", "Linda Hernandez"},
      {"Ask Linda Hernandez, our office manager, about it.", "Linda Hernandez"},
      {"She has Parkinson disease and Crohn's disease.", "Parkinson"},
      {"Meet at 12 Jackson Street in Madison.", "Jackson"},
      {"He was moved to St. Mary's Hospital.", "Mary"},
      {"Thank you,\nLinda Hernandez\nFront Desk\n", "Linda Hernandez"},
      {"On Tue, Jan 6, 2026 at 9:00 AM, Linda Hernandez <lh@x.example> wrote:\n> ok",
       "Linda Hernandez"},
      {"the ward is short of staff", "short"},
      {"We had soup at the office. It was good.\n\nLinda Hernandez", "Linda Hernandez"},
      {"We fed forty people at the party. Linda Hernandez", "Linda Hernandez"},
      {"Will it rain on Wednesday? Best, Linda Hernandez", "Linda Hernandez"},
      {"Moved to Dayton, OH last year", "Dayton, OH"},
      {"The motion by Ms. Hernandez passed.", "Hernandez"},
      {"Present: Linda Hernandez, Tom Vasquez", "Tom Vasquez"},
  };
  for (const auto& [text, name] : cases) {
    EXPECT_EQ(surest_name(text, name), 0) << text;
  }
}

TEST(Names, OfThoseWhoAreAskedSayLittle) {
  const std::pair<std::string, std::string> cases[] = {
      {"Return the form to Linda Hernandez by noon.", "Linda Hernandez"},
      {"See Linda Hernandez with questions.", "Linda Hernandez"},
      {"Call Linda Hernandez in billing.", "Linda Hernandez"},
      {"Contact: Linda Hernandez", "Linda Hernandez"},
  };
  for (const auto& [text, name] : cases) {
    EXPECT_LE(surest_name(text, name), 30) << text;
  }
}

TEST(Names, AreNotTheSendersOwn) {
  MessageContext context;
  context.own_names = {"Linda Hernandez"};
  EXPECT_EQ(surest_name("Linda Hernandez will send it, says Linda", "Linda Hernandez", context), 0);
  EXPECT_GE(surest_name("Patient: Linda Hernandez", "Linda Hernandez", context), 0);
}

TEST(Names, TellWhoIsGreeted) {
  EXPECT_GE(
      confidence_of(found_in("Dear Mrs. Okonkwo,\nyour results"), "id.name_greeted", "Okonkwo"),
      80);
  EXPECT_GE(confidence_of(found_in("Hi Linda,\nyour results"), "id.name_greeted", "Linda"), 60);
  EXPECT_EQ(confidence_of(found_in("Dear Dr. Okonkwo,\nresults"), "id.name_greeted", "Okonkwo"), 0);
  EXPECT_EQ(confidence_of(found_in("Dear Colleagues,\nresults"), "id.name_greeted", "Colleagues"),
            0);
}

TEST(Names, StandInFileNames) {
  const auto in_file = [](const std::string& text, const std::string& name) {
    return confidence_of(found_in(text, {}, extract::PartKind::file_name), "id.name", name);
  };
  EXPECT_GE(in_file("hernandez_linda_mri.pdf", "hernandez_linda"), 50);
  EXPECT_GE(in_file("Blume Harriet dob 08151969.doc", "Blume Harriet"), 75);
}

}  // namespace
}  // namespace phimilter::policy
