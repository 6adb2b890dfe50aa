// SPDX-License-Identifier: Apache-2.0
//
// DANE for mail (RFC 7672): the domain's signed zone says which certificate its mail hosts show.
#pragma once

#include <string>
#include <string_view>

#include "policy/recipient_facts.h"
#include "protect/dns.h"

namespace phimilter::protect {

// proved: the MX records are secure, and a mail host's address and TLSA records too, one of them
// usable. That is what an MTA needs that demands DANE. unknown: an answer is missing or bogus, and
// none of the others proved it.
policy::TlsState dane_state(Dns& dns, const std::string& domain, Deadline deadline);

// DANE-TA(2) or DANE-EE(3) with a selector and a digest that are known (RFC 7672 3.1).
bool usable_tlsa(std::string_view data);

}  // namespace phimilter::protect
