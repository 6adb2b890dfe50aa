// SPDX-License-Identifier: Apache-2.0
//
// Words that stand around names and say whose they are, in small letters. Private to the name
// finder; longer lists are lexicons.
#pragma once

#include <array>
#include <string_view>

namespace phimilter::policy {

inline constexpr std::array<std::string_view, 29> kFillers{
    "is",   "was", "name",   "named", "the",         "a",     "an",       "our", "my",    "for",
    "of",   "s",   "full",   "last",  "first",       "new",   "es",       "el",  "la",    "de",
    "this", "id",  "called", "y",     "transported", "being", "referred", "old", "female"};
inline constexpr std::array<std::string_view, 10> kSubjects{
    "re", "regarding", "fwd", "fw", "asunto", "ref", "reference", "concerning", "about", "rv"};
inline constexpr std::array<std::string_view, 14> kGreetings{
    "hi",      "hello",   "dear",    "hey",       "hola",    "estimado", "estimada",
    "querido", "querida", "morning", "afternoon", "evening", "thanks",   "gracias"};
inline constexpr std::array<std::string_view, 42> kContacts{
    "questions", "info",      "inquiries",  "information", "from",         "to",
    "cc",        "attn",      "attention",  "contact",     "sender",       "signed",
    "by",        "via",       "author",     "organizer",   "host",         "instructor",
    "presenter", "speaker",   "bcc",        "owner",       "de",           "para",
    "present",   "attendees", "absent",     "excused",     "participants", "moderator",
    "panel",     "readers",   "volunteers", "staff",       "team",         "days",
    "nights",    "evenings",  "float",      "charge",      "speakers",     "organizers"};
inline constexpr std::array<std::string_view, 16> kAbout{
    "for", "on",   "with",   "of", "about", "see", "saw",  "para",
    "con", "call", "called", "on", "que",   "and", "seen", "y"};

// What is done to patients, right before the name.
inline constexpr std::array<std::string_view, 24> kTreated{
    "treating",   "treated",     "examined",     "examining", "evaluated",  "evaluating",
    "admitted",   "admitting",   "discharged",   "assessed",  "triaged",    "intubated",
    "reexamined", "rescheduled", "hospitalized", "immunized", "vaccinated", "scanned",
    "operated",   "sedated",     "biopsied",     "screened",  "atendimos",  "operamos"};
// To whom things are given back: no patient.
inline constexpr std::array<std::string_view, 12> kHandedTo{
    "return", "returned", "submit", "submitted", "report", "reports",
    "rsvp",   "forms",    "form",   "changes",   "swaps",  "requests"};
inline constexpr std::array<std::string_view, 14> kLed{
    "led",       "motion",  "seconded", "hosted",    "presented", "talk",    "lecture",
    "organized", "written", "chaired",  "organised", "taught",    "hosting", "moderated"};
inline constexpr std::array<std::string_view, 3> kWithin{"in", "from", "at"};
inline constexpr std::array<std::string_view, 14> kDepartments{
    "nursing", "billing",    "hr",         "education",  "admissions", "scheduling", "payroll",
    "it",      "compliance", "purchasing", "accounting", "facilities", "security",   "marketing"};
inline constexpr std::array<std::string_view, 6> kDoctors{"dr",      "dra", "doctor",
                                                          "doctora", "doc", "drs"};
// "See Jane Roe with questions": whom to ask, up to the end of the sentence.
inline constexpr std::array<std::string_view, 12> kAskedFor{
    "questions", "rsvp",    "register", "details",  "information", "ext",
    "extension", "signups", "tickets",  "concerns", "dudas",       "informes"};
inline constexpr std::array<std::string_view, 8> kArticles{"the", "a",   "an",  "our",
                                                           "his", "her", "new", "this"};
inline constexpr std::array<std::string_view, 9> kAskers{
    "ask", "apply", "rsvp", "respond", "reply", "speak", "questions", "write", "resume"};
inline constexpr std::array<std::string_view, 12> kFamilies{
    "twins", "twin", "triplets", "baby",     "family",  "kid",
    "kids",  "boy",  "girl",     "siblings", "newborn", "infant"};
inline constexpr std::array<std::string_view, 10> kBeds{"rm",   "room", "bed", "unit", "apt",
                                                        "ward", "bay",  "pod", "hab",  "cama"};
inline constexpr std::array<std::string_view, 10> kWings{
    "east", "west", "north", "south", "e", "tower", "floor", "icu", "center", "main"};

// Those that also stand before the names of others: "for", "to", "by".
inline constexpr std::array<std::string_view, 14> kContactsWithoutMark{
    "ask",    "rsvp", "attn",      "attention", "contact", "sender",     "signed",
    "author", "host", "organizer", "presenter", "owner",   "instructor", "speaker"};

}  // namespace phimilter::policy
