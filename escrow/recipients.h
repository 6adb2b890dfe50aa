// SPDX-License-Identifier: Apache-2.0
//
// What the clinic has on file for recipients: language, consent, and a proof. `phictl recipients
// import` writes, sealed to the portal's public key; the filter reads only what is not sealed. One
// file a recipient, named by SHA-256 of the address key.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "escrow/entry.h"
#include "escrow/vault.h"
#include "mail/address.h"

namespace phimilter::escrow {

struct RecipientEntry {
  std::string language;      // "en", "es" or empty
  std::string consent_date;  // YYYY-MM-DD or empty: to mail as it is, without protection
  bool has_proof = false;
  std::string consent_version{};  // of the text that was consented to
  std::string consent_expires{};  // YYYY-MM-DD, the last day; empty: no end
  bool operator==(const RecipientEntry&) const = default;
};

// A consent of a later day is none yet.
enum class Consent { none, given, expired };
Consent consent_on(const RecipientEntry& entry, std::string_view day);
std::string_view to_string(Consent consent);
// "2026-01-31, text 2, until 2028-01-31"; empty: none.
std::string consent_text(const RecipientEntry& entry);
// What is wrong with a day or a version as somebody wrote them; empty: nothing.
std::string wrong_day(std::string_view text);
std::string wrong_version(std::string_view text);
// What is wrong with the three together.
std::string wrong_consent(const RecipientEntry& entry);

struct RecipientRow {
  mail::Address address;
  RecipientEntry entry;
  std::optional<Proof> proof;  // none, and entry.has_proof: the proof on file stays
};

struct ListedRecipient {
  std::string address;
  RecipientEntry entry;
};

struct RecipientPage {
  std::vector<ListedRecipient> recipients;
  std::string next;  // cursor of the next page; empty: there is none
};

// For a person at a terminal; a program that asks by the API is told to come again.
inline constexpr std::chrono::seconds kHoldPatience{20};

class RecipientStore {
 public:
  virtual ~RecipientStore() = default;
  // nullopt: nothing on file. Transient fault: could not tell. entry.has_proof is what is on file.
  virtual Result<std::optional<RecipientEntry>> find(const mail::Address& address) = 0;
  // For who is about to be written to: as find(), and where this is another address of one person
  // (attached.h), what is missing of language and proof is that of the main address. Consent is an
  // address's own.
  virtual Result<std::optional<RecipientEntry>> for_notice(const mail::Address& address) {
    return find(address);
  }
  // Nobody else, in any program, changes what is on file while it lives: from find() to put().
  // Transient fault: somebody else had it for so long.
  virtual Result<std::unique_ptr<VaultClaim>> hold(std::chrono::milliseconds patience);
  // By who holds the store, as are put_all() and remove(). Durable on return. `proof` as in
  // RecipientRow.
  virtual Status put(const mail::Address& address, const RecipientEntry& entry,
                     const std::optional<Proof>& proof) = 0;
  // As put() for each, but all of them or none, also when the process is killed meanwhile: what it
  // had begun to put in place is ended by whoever opens or holds the store next. Transient fault
  // "escrow.import_unfinished": the same, for the disk said no; they count.
  virtual Status put_all(const std::vector<RecipientRow>& rows);
  // Portal only: needs the private key given at opening. None of its own: that of the person's main
  // address.
  virtual Result<std::optional<Proof>> proof(const mail::Address& address) = 0;
  // Everybody on file, in the order of the addresses. Needs the private key, since no address
  // stands there in the clear; entries of before addresses were kept come first, without one.
  virtual Result<std::vector<ListedRecipient>> list();
  // Up to `limit` of them behind `cursor` (empty: from the first), in the order of the folder,
  // which says nothing about the addresses.
  virtual Result<RecipientPage> list_page(const std::string& cursor, std::size_t limit);
  // Names what is on file just now; another after each put(). nullopt: nothing is.
  virtual Result<std::optional<std::string>> version(const mail::Address& address);
  virtual Status remove(const mail::Address& address);  // durable on return; absent: fine
};

// `private_key_file` empty: proof() is a bug fault. Configuration fault: a key or the folder cannot
// be read, or the two keys are not of one pair.
Result<std::unique_ptr<RecipientStore>> open_recipient_store(const std::string& folder,
                                                             const std::string& public_key_file,
                                                             const std::string& private_key_file);

struct ImportReport {
  std::size_t rows = 0, added = 0, changed = 0;
  std::vector<std::string>
      errors;  // "line 7: consent_date: 2026-13-01 is no date"; never an answer
};

// CSV (csv_reader.h) with a header row: address, question, answer, passphrase, language,
// consent_date, consent_version, consent_expires. All or nothing: any error and nothing is written.
// `dry_run`: only the report. Columns stand in any order; all but address may be left out, and what
// is on file under them stays. All proof cells empty: the proof on file stays; a passphrase stands
// alone. Refused are cells that a spreadsheet has spoiled: formulas, its error words, numbers that
// it rounded (4.4719E+07). Transient fault: the store could not be read or written.
Result<ImportReport> import_recipients(RecipientStore& store, std::string_view csv, bool dry_run);

}  // namespace phimilter::escrow
