// SPDX-License-Identifier: Apache-2.0
//
// What the record and the key book are told of the keys that a message is encrypted to. Private to
// milter/.
#pragma once

#include "protect/key_desk.h"

namespace phimilter::milter {

struct Work;

// Where each key came from, among the reasons of its treatment.
void name_key_sources(Work& work);

// After the copies have left: the first key that was used for a recipient is the one that is used
// from then on. `keys` may be null.
void note_used_keys(protect::KeyDesk* keys, const Work& work, Timestamp now);

}  // namespace phimilter::milter
