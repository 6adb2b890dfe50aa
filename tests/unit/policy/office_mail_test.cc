// SPDX-License-Identifier: Apache-2.0
//
// What a laboratory's office writes all day to those who sell to it, clean it and repair it: the
// shipped pack lets it go, however long the mail is and however its sentences are mixed. So it does
// with what a clinic's staff write to each other of duties, drugs and illnesses. What is held back
// by mistake is bounded here, and not wished away: twelve texts, so mistakes come in groups.
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

bool is_held_back(const extract::MessageText& text, const MessageContext& context) {
  const Policy& pack = testing::shipped_pack();
  const auto decision = pack.decide(text, pack.detect(text, context), context, {});
  return !decision || !decision->rules.empty();
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
    mistakes += is_held_back(text, context) ? 1 : 0;
  }
  return mistakes;
}

struct Letter {
  const char* from;
  const char* subject;
  const char* text;
};

// Names of staff, illnesses, drugs, and nobody whom they are said of.
constexpr std::array<Letter, 12> kOfStaff = {{
    {"Rosalind Achterberg", "Vaccine fridge",
     "Hi all,\nthe alarm on the vaccine fridge went off twice last night. Tobias has moved the flu "
     "and shingles doses to the lab fridge, and Dr. Ekwueme says nothing above 8 degrees may be "
     "given before the maker has answered. Please don't load the bottom shelf.\nRosalind\n"},
    {"Ignatius Bell", "Call in December",
     "Wk of 12/7 Bell, backup Santangelo. Wk of 12/14 Okpara, backup Bell. Santangelo has the "
     "holiday. Swap among yourselves but tell the answering service by noon, they had the wrong "
     "doctor twice in November.\n"},
    {"Priya Venkataraman", "Minutes of Tuesday's staff meeting",
     "Present: Dr. Lindqvist, Priya, Marcus, Odalys. Excused: Dr. Feng.\n\n1. Blood pressure below "
     "140/90: 71 % of those with hypertension, goal 75. Marcus will print the list of machines "
     "that "
     "need calibration.\n2. Diabetic eye exams: the camera is back from repair.\n3. Odalys asked "
     "for a second chair in the phlebotomy room.\n4. Next meeting on the 14th at 7:30.\n"},
    {"Curtis Haldane", "Inservice on insulin pens",
     "The rep from the maker comes on Thursday at noon to show the new insulin pens, lunch is "
     "there. All MAs and both RNs please; Bettina covers the front desk. We've had three calls "
     "this "
     "month from pharmacies about needle sizes, so bring your questions.\n"},
    {"Felicity Osgood", "Opening for a nurse practitioner",
     "We are looking for a nurse practitioner for our cardiology practice, four days, no weekends. "
     "Experience with heart failure and anticoagulation is welcome. Please send your resume to "
     "Felicity Osgood by the end of the month; Dr. Abernathy will do the first interviews.\n"},
    {"Dmitri Solano", "How to send us a referral",
     "Dear colleagues,\nplease fax the order, the last office note and the card, both sides. For "
     "an MRI of the spine the plans want six weeks of therapy on record; for sleep studies they "
     "want the score. Lashonda at extension 14 answers questions about authorizations.\n"},
    {"Beatrix Nyland", "Text for the new page",
     "Here is the draft for the page on migraine: what triggers are, when to see a neurologist, "
     "and "
     "how treatment with injections works. Can you put Dr. Castellane's photo beside it and take "
     "the old phone number out? The paragraph about aura is too long, I know.\nBeatrix\n"},
    {"Omari Whitlock", "Recall of glucose strips",
     "The maker has recalled lots 4471 to 4490 of the glucose strips, since they may read low. We "
     "have two boxes in the lab and one in room 3. Jens, please set them aside with a sign, and I "
     "will call the supplier about credit.\n"},
    {"Harriet Quisenberry", "Survey on Monday",
     "The surveyors come on Monday at 8. Check that no one has food at the nurses' station, that "
     "the crash cart log is signed and that expired medications are out of the drawers. Dr. "
     "Pellegrino and Ruta walk with them. If you don't know an answer, say where you would "
     "look.\n"},
    {"Anselm Trujillo", "Flu clinic at the high school",
     "Volunteers for the flu clinic: Noor and Gretchen give the shots, Wendell checks people in, "
     "Dr. Basquiat is on call. 200 doses are ordered. Parking is behind the gym, and the "
     "custodian, "
     "Mr. Leary, opens at 6:45.\n"},
    {"Marisol Echandi", "Guardias de enero",
     "Buenas tardes a todos:\nla guardia de la primera semana es de la Dra. Olivares y la segunda "
     "del Dr. Bustamante. Quien no pueda, que avise a Rocío antes del viernes. Las vacunas de la "
     "gripe llegan el martes y hay que revisar el refrigerador.\n"},
    {"Leopold Vance", "Codes for the new year",
     "Three codes for joint injections change in January, and the payer wants the side as a "
     "modifier. Simone has the new sheet. Claims for physical therapy that were denied for a "
     "missing plan of care can be sent again with the signed page, no appeal is needed.\n"},
}};

TEST(OfficeMail, OfAClinicsStaffIsLetGo) {
  MessageContext context;
  context.recipient_names = {"staff@clinic.example"};
  int mistakes = 0;
  for (const Letter& letter : kOfStaff) {
    context.own_names = {letter.from};
    const auto text =
        message({header("From: " + std::string(letter.from) + " <office@clinic.example>\n" +
                        "To: <staff@clinic.example>\nSubject: " + letter.subject + "\n"),
                 body(letter.text)});
    mistakes += is_held_back(text, context) ? 1 : 0;
  }
  EXPECT_LE(mistakes, 1);
}

TEST(OfficeMail, IsLetGo) {
  EXPECT_LE(held_back(kSaid, "Alder Street Lab"), 12);
  EXPECT_LE(held_back(kSaidInSpanish, "Laboratorio Aliso"), 4);
}

}  // namespace
}  // namespace phimilter::policy
