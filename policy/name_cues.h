// SPDX-License-Identifier: Apache-2.0
//
// Words that stand around names and say whose they are, in small letters. Private to the name
// finder; longer lists are lexicons.
#pragma once

#include "policy/known_words.h"

namespace phimilter::policy {

inline constexpr KnownWords kFillers{
    "is",   "was", "name",   "named", "the",         "a",     "an",       "our", "my",    "for",
    "of",   "s",   "full",   "last",  "first",       "new",   "es",       "el",  "la",    "de",
    "this", "id",  "called", "y",     "transported", "being", "referred", "old", "female"};
inline constexpr KnownWords kSubjects{"re",  "regarding", "fwd",        "fw",    "asunto",
                                      "ref", "reference", "concerning", "about", "rv"};
inline constexpr KnownWords kGreetings{"hi",        "hello",    "dear",    "hey",     "hola",
                                       "estimado",  "estimada", "querido", "querida", "morning",
                                       "afternoon", "evening",  "thanks",  "gracias"};
inline constexpr KnownWords kContacts{
    "questions", "info",      "inquiries",  "information", "from",         "to",
    "cc",        "attn",      "attention",  "contact",     "sender",       "signed",
    "by",        "via",       "author",     "organizer",   "host",         "instructor",
    "presenter", "speaker",   "bcc",        "owner",       "de",           "para",
    "present",   "attendees", "absent",     "excused",     "participants", "moderator",
    "panel",     "readers",   "volunteers", "staff",       "team",         "days",
    "nights",    "evenings",  "float",      "charge",      "speakers",     "organizers"};
inline constexpr KnownWords kAbout{"for", "on",   "with",   "of", "about", "see", "saw",  "para",
                                   "con", "call", "called", "on", "que",   "and", "seen", "y"};

// What is done to patients, right before the name.
inline constexpr KnownWords kTreated{
    "treating",   "treated",     "examined",     "examining", "evaluated",  "evaluating",
    "admitted",   "admitting",   "discharged",   "assessed",  "triaged",    "intubated",
    "reexamined", "rescheduled", "hospitalized", "immunized", "vaccinated", "scanned",
    "operated",   "sedated",     "biopsied",     "screened",  "atendimos",  "operamos"};
// To whom things are given back: no patient.
inline constexpr KnownWords kHandedTo{"return", "returned", "submit", "submitted",
                                      "report", "reports",  "rsvp",   "forms",
                                      "form",   "changes",  "swaps",  "requests"};
inline constexpr KnownWords kLed{"led",       "motion",  "seconded",  "hosted",   "presented",
                                 "talk",      "lecture", "organized", "written",  "chaired",
                                 "organised", "taught",  "hosting",   "moderated"};
inline constexpr KnownWords kWithin{"in", "from", "at"};
inline constexpr KnownWords kDepartments{
    "nursing", "billing",    "hr",         "education",  "admissions", "scheduling", "payroll",
    "it",      "compliance", "purchasing", "accounting", "facilities", "security",   "marketing"};
inline constexpr KnownWords kDoctors{"dr", "dra", "doctor", "doctora", "doc", "drs"};
// They stand before the name they speak of, and say nothing of the one before them.
inline constexpr KnownWords kDoctorTitles{"dr", "dra", "drs", "doctor"};
inline constexpr KnownWords kCalls{"call", "contact", "reach", "phone"};
inline constexpr KnownWords kSaints{"st", "saint", "san", "santa", "ste"};
// "See Jane Roe with questions": whom to ask, up to the end of the sentence.
inline constexpr KnownWords kAskedFor{"questions",   "rsvp",     "register",  "details",
                                      "information", "ext",      "extension", "signups",
                                      "tickets",     "concerns", "dudas",     "informes"};
inline constexpr KnownWords kArticles{"the", "a", "an", "our", "his", "her", "new", "this"};
inline constexpr KnownWords kAskers{"ask",   "apply",     "rsvp",  "respond", "reply",
                                    "speak", "questions", "write", "resume"};
// Before places, products and firms.
inline constexpr KnownWords kFrom{"in", "from", "at",    "by",  "via",
                                  "en", "use",  "using", "our", "visit"};
inline constexpr KnownWords kFamilies{"twins", "twin", "triplets", "baby",     "family",  "kid",
                                      "kids",  "boy",  "girl",     "siblings", "newborn", "infant"};
inline constexpr KnownWords kBeds{"rm",   "room", "bed", "unit", "apt",
                                  "ward", "bay",  "pod", "hab",  "cama"};
inline constexpr KnownWords kWings{"east",  "west",  "north", "south",  "e",
                                   "tower", "floor", "icu",   "center", "main"};

// Those that also stand before the names of others: "for", "to", "by".
inline constexpr KnownWords kContactsWithoutMark{
    "ask",    "rsvp", "attn",      "attention", "contact", "sender",     "signed",
    "author", "host", "organizer", "presenter", "owner",   "instructor", "speaker"};

}  // namespace phimilter::policy
