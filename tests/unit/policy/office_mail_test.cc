// SPDX-License-Identifier: Apache-2.0
//
// What a laboratory's office writes all day to those who sell to it, clean it and repair it: the
// shipped pack lets it go, however long the mail is and however its sentences are mixed. What is
// held back by mistake is bounded here, and not wished away: twelve sentences, so mistakes come in
// groups.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "shipped_pack.h"

namespace phimilter::policy {
namespace {

using testing::body;
using testing::header;
using testing::message;

using Sentences = std::array<const char*, 12>;

constexpr Sentences kSaid = {
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

constexpr Sentences kSaidInSpanish = {
    "El tóner de la copiadora del primer piso se acabó y la caja nueva todavía no llega.",
    "¿Le vendría bien pasar el miércoles por la tarde, cuando pintan la entrada?",
    "Cambiamos la comida del equipo a la sala junto a la cocina porque allí el proyector funciona.",
    "Recibimos su presupuesto para las alfombras y la junta decidirá a finales de mayo.",
    "Recuerde que la puerta lateral queda cerrada hasta que terminen las obras.",
    "Los limpiadores de ventanas vienen a las siete; por favor, despejen los alféizares.",
    "Gracias por enviar el folleto; ¿podría mandarnos treinta carpetas grises antes del viernes?",
    "Contabilidad pagó la factura de abril y pide una copia del albarán.",
    "La red estará lenta el domingo mientras cambian el conmutador del sótano.",
    "Las tarjetas del estacionamiento están listas y cada uno firma en recepción.",
    "Nuestro horario de verano empieza después del feriado, como dice el cartel.",
    "El técnico de calefacción necesita la llave del techo y a alguien que lo acompañe.",
};

std::string letter(const Sentences& said, std::mt19937& chance, std::size_t length) {
  std::string text;
  while (text.size() < length) {
    text += said[chance() % said.size()];
    text += chance() % 3 == 0 ? "\n\n" : " ";
  }
  return text;
}

// How many of 200 letters are held back by mistake.
int held_back(const Sentences& said, const std::string& sender) {
  MessageContext context;
  context.sender = "lab@clinic.example";
  context.sender_domain = "clinic.example";
  context.own_addresses = {"lab@clinic.example"};
  context.own_names = {sender};
  context.recipient_names = {"sales@supplies.example"};
  std::mt19937 chance(2026);  // the same on each machine
  int mistakes = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto text = message({header("From: " + sender + " <lab@clinic.example>\n" +
                                      "To: <sales@supplies.example>\nSubject: News\n"),
                               body(letter(said, chance, 200 + 40 * i))});
    const Policy& pack = testing::shipped_pack();
    const auto decision = pack.decide(text, pack.detect(text, context), context, {});
    mistakes += decision && decision->rules.empty() ? 0 : 1;
  }
  return mistakes;
}

TEST(OfficeMail, IsLetGo) {
  EXPECT_LE(held_back(kSaid, "Alder Street Lab"), 12);
  EXPECT_LE(held_back(kSaidInSpanish, "Laboratorio Aliso"), 4);
}

}  // namespace
}  // namespace phimilter::policy
