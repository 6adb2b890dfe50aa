// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the site share: what they are built of, and the replies that any of them may
// give.
#pragma once

#include <string>
#include <string_view>

#include "portal/access.h"
#include "portal/account_visitor.h"
#include "portal/dead_end_page.h"
#include "portal/http.h"
#include "portal/sessions.h"

namespace phimilter::portal {

class Api;
class BrandFiles;
class Tracking;
struct ReplyParts;

struct SiteParts {  // borrowed; all must outlive the Site
  Access& access;
  Sessions& sessions;
  escrow::VaultReader& vault;
  audit::Journal& journal;
  const Languages& languages;
  std::string organisation_name, organisation_phone;
  std::string portal_url;
  Api* api = nullptr;                     // null: there is none
  Tracking* tracking = nullptr;           // null: senders hear and see nothing
  const BrandFiles* brands = nullptr;     // null: the organisation's name and phone, and no more
  const AccountDesk* accounts = nullptr;  // null: none are made here
  const ReplyParts* replies = nullptr;    // null: nobody can write back
};

bool reads(const Request& request);  // GET or HEAD: must change nothing

// The frame of a page; `entry_language` may be empty.
PageFrame frame_for(const SiteParts& parts, const Request& request, std::string_view entry_language,
                    std::string path);
// Of a page about this entry: in its language, and with the looks of its sender.
PageFrame frame_for(const SiteParts& parts, const Request& request, const escrow::EntryFacts& facts,
                    std::string path);
// The path, with the language that the visitor chose.
std::string with_language(const std::string& path, const Request& request);

Response dead_end(const SiteParts& parts, const Request& request, DeadEnd end, int status,
                  const Visit* visit = nullptr, const std::string& link_path = {});
// Of an entry that has ended: while it is kept, in its language and with the looks of its sender.
Response ended(const SiteParts& parts, const Request& request, DeadEnd end, int status,
               const EscrowId& id, const std::string& link_path = {});
// 503 for a fault, and a line in the log; of "portal.busy" that it is a moment's.
Response unavailable(const SiteParts& parts, const Request& request, const Fault& fault);
// The log line says which entry, and the reference that the recipient reads out on the phone.
Response unavailable(const SiteParts& parts, const Request& request, const EscrowId& id,
                     Fault fault);

}  // namespace phimilter::portal
