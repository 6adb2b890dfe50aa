// SPDX-License-Identifier: Apache-2.0
//
// What policy files say, checked and with every pattern compiled. Private to the room: others see
// policy.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/lexicon.h"
#include "policy/pattern_set.h"
#include "policy/treatment.h"
#include "policy/validators.h"
#include "policy/weights.h"
#include "policy/word_class.h"

namespace phimilter::policy {

class Roster;

// A finding below this says nothing and is not kept.
inline constexpr int kLeastConfidence = 20;
inline constexpr std::size_t kDefaultWindow = 300;  // bytes of the part's text
inline constexpr std::size_t kLongestCueReach = 1000;

// What, near a match, makes it surer. Either terms or a pattern.
struct Cue {
  std::string source;  // names the terms: equal sources are looked up once
  std::shared_ptr<const std::vector<std::string>> terms;
  std::optional<Pattern> pattern;
  std::size_t before = 0;  // bytes of normalised text on each side in which it counts
  std::size_t after = 0;
  bool within = false;  // counts inside the match, too
  int confidence = 0;
};

struct Term {
  std::string text;
  std::string finding_class;
  int confidence = 0;
  Lexicon::Letters letters = Lexicon::Letters::any;
};

// A compiled lexicon among the files of a detector. Its terms stand in no list: for each of its
// columns there is one Term without text, which says class, confidence and letters.
struct ImageTerms {
  std::shared_ptr<const LexiconImage> image;
  std::size_t first_term = 0;  // index into Detector::terms of the Term of the first column
};

enum class DetectorKind {
  pattern,
  terms,
  names,   // policy/names.h
  labels,  // policy/labelled_values.h; `terms` are the labels, their classes those of the values
  roster,  // policy/roster.h: words and numbers of the text against the clinic's keyed patient list
  weights,  // policy/weighing.h: the whole message on the scales of a trained model
};

// Classes of a detector of weights, in this order; see policy/message_weighing.h.
enum class WeighedClass : std::uint8_t { care, stretch, other };

struct Detector {
  std::string id;
  std::string where;  // file:line
  DetectorKind kind = DetectorKind::pattern;
  std::vector<std::string> classes;  // every class it can give
  std::optional<Pattern> pattern;    // or terms
  std::vector<Term> terms;
  std::vector<ImageTerms> images;
  std::shared_ptr<const Roster> roster;  // of a roster
  std::vector<Weight> weights;           // of weights
  Validator validator = nullptr;
  int confidence = 0;  // of a pattern without cue
  std::vector<Cue> cues;
  std::vector<Pattern> deny_before;  // found in the text just before (after) the match: no match
  std::vector<Pattern> deny_after;
};

// Met by `count` findings of the classes, `distinct` texts and `distinct_classes` classes among
// them, whose different texts together are worth `points`: each the surest confidence with which
// it was found anywhere in the message.
struct Need {
  std::vector<std::string> classes;  // "id.ssn", "health.*"
  int confidence = 50;
  std::size_t count = 1;
  std::size_t distinct = 1;
  std::size_t distinct_classes = 1;
  std::size_t points = 0;
};

// line: of the text, so also a table row. record: lines up to the next empty one. document: a part
// with what stands over it, the header fields and the names of files.
enum class Join { window, line, record, part, document, message };
enum class Action { pass, protect, hold, reject };  // weakest first
std::string_view to_string(Join join);
std::string_view to_string(Action action);

// Conditions on the message beside its text; an empty one is met.
struct When {
  std::vector<std::string> senders;         // address keys
  std::vector<std::string> sender_domains;  // as mail::domain_listed
  std::vector<std::string> logins;
  std::size_t larger_than = 0;
};

struct Rule {
  std::string id;
  std::string where;
  std::vector<Need> needs;
  std::vector<Need> unless;  // any of them met anywhere in the message: the rule is out
  Join join = Join::window;
  std::size_t window = kDefaultWindow;
  std::size_t text_below = 0;  // no part has a text of so many bytes; 0: it does not matter
  Action action = Action::protect;
  bool sensitive = false;
  bool shadow = false;  // counted and recorded, never acted on
  Terms terms;
  When when;
};

// [[exempt]]: findings or rules that do not count, for a stated reason and until a stated day.
struct Exemption {
  std::string id;
  std::string where;
  std::string reason;
  std::string expires;  // ISO date, the last day on which it holds (UTC)
  std::vector<std::string>
      rules;  // these rules do not apply to mail that `when` and recipients fit
  std::vector<std::string>
      detectors;  // with `values`: findings of these detectors that have one of the values
  std::vector<std::string> values;      // normalised, lower case, letters and digits only
  std::vector<std::string> recipients;  // address keys
  std::vector<std::string> recipient_domains;
  When when;
};

// [[words]]: see word_class.h.
struct WordList {
  WordClass word_class = WordClass::common;
  std::string where;
  std::vector<std::string> words;
  std::vector<std::shared_ptr<const LexiconImage>> images;
};

// [[role]]: people who may do what others may not, by SASL login.
struct Role {
  std::string id;
  std::string where;
  std::vector<std::string> logins;
};

// [[mark]]: what a sender writes into subject or header to have a message protected more, or less.
enum class MarkAction { raise, opt_out };
struct Mark {
  std::string id;
  std::string where;
  std::string subject;  // stands somewhere in the subject, whatever the case of its letters
  std::string header;   // or: name of a header field, lower case
  std::string value;    // of that field, lower case; empty: any but "no"
  MarkAction action = MarkAction::raise;
  std::vector<Method> methods;      // of raise: instead of the route's; empty: the route's
  std::vector<std::string> logins;  // of opt_out: who may, beside the roles
  std::vector<std::string> roles;
  bool keep = false;  // it stays in what leaves
};

struct Route {
  std::string id;
  std::string where;
  When when;
  std::vector<std::string> recipients;         // address keys
  std::vector<std::string> recipient_domains;  // as mail::domain_listed
  std::vector<std::string> rules;
  std::vector<std::string> classes;
  std::optional<bool> sensitive;
  std::vector<std::string> marks;  // one of them raised the message
  bool consent = false;            // a valid consent of the recipient is on file
  std::vector<Method> methods;     // with pass only where `consent` is set
  Terms terms;
};

struct SenderScope {
  When when;
  Scope scope = Scope::phi;
};

struct InFileTest {
  std::string name;
  std::string where;
  std::string subject;
  std::string body;
  std::vector<std::string> to;      // as in a header: "Jane Doe <jane@home.example>"
  std::vector<std::string> opaque;  // a part each
  std::string sender;
  bool clear = false;
  std::string login;
  std::vector<std::string> headers;   // "X-Phi-Protect: yes": fields of a believed sender
  bool consent = false;               // the recipient's is on file
  std::vector<std::string> readable;  // methods that the recipient can read; empty: the portal
  std::optional<Method> method;       // expected for an outside recipient
  std::optional<Terms> terms;         // and what of the portal
  std::vector<std::string> rules, no_rules;
  std::vector<std::string> classes, no_classes;
};

struct Model {
  std::vector<Detector> detectors;
  std::vector<Rule> rules;
  std::vector<WordList> words;
  std::vector<Exemption> exemptions;
  std::vector<Role> roles;
  std::vector<Mark> marks;
  std::vector<Route> routes;  // first that fits counts: later files stand in front
  Scope scope = Scope::phi;
  std::vector<SenderScope> sender_scopes;  // first that fits counts: later files stand in front
  std::vector<Method> never_for_sensitive;
};

// "health.*" is met by "health" and everything below it, "*" by everything.
bool class_fits(std::string_view finding_class, const std::vector<std::string>& wanted);
bool is_sensitive_class(std::string_view finding_class);  // "sensitive.*"
bool sender_fits(const When& when, std::string_view sender, std::string_view sender_domain,
                 std::string_view login, std::size_t size);

}  // namespace phimilter::policy
