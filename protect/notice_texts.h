// SPDX-License-Identifier: Apache-2.0
//
// Every sentence of the portal notice, one table entry a language. A translator edits this file and
// no other; the words in braces are filled in: {organisation} {phone} {link} {reference} {date}.
//
// The reader is a patient, perhaps old, perhaps on a phone, who has been told to distrust mails
// with links. So: who it is from, what it is, what to do, whom to call; short sentences; nothing
// that hurries, frightens or sells.
#pragma once

#include <array>
#include <string_view>

namespace phimilter::protect {

struct NoticeTexts {
  std::string_view language;  // RFC 5646
  std::string_view subject;
  std::string_view greeting;
  std::string_view what;
  std::string_view how;
  std::string_view button;
  std::string_view link_label;  // above the link in the text part, where there is no button
  std::string_view until;
  std::string_view reference;
  std::string_view unsure_with_phone;
  std::string_view unsure;  // where no phone number is configured
  std::string_view never;
  std::string_view closing;
  std::array<std::string_view, 12> months;
  std::string_view date;  // {day} {month} {year}
};

inline constexpr std::array kNoticeTexts = {
    NoticeTexts{
        .language = "en",
        .subject = "You have a secure message from {organisation}",
        .greeting = "Hello,",
        .what =
            "{organisation} has sent you a message. To keep it private, it is not in this e-mail.",
        .how =
            "You can read it on our secure page. The page will ask you to confirm that it is you. "
            "You need no account and no app.",
        .button = "Read my message",
        .link_label = "To read your message, open this link:",
        .until = "You can read it until {date}.",
        .reference = "Reference: {reference}. The secure page shows the same reference.",
        .unsure_with_phone =
            "Not sure that this e-mail is really from us? Please call us at {phone}, or at the "
            "number you already have for us. We are glad to help.",
        .unsure =
            "Not sure that this e-mail is really from us? Please call us at the number you already "
            "have for us. We are glad to help.",
        .never = "We never ask for a password by e-mail.",
        .closing = "Kind regards,",
        .months = {"January", "February", "March", "April", "May", "June", "July", "August",
                   "September", "October", "November", "December"},
        .date = "{month} {day}, {year}",
    },
    NoticeTexts{
        .language = "es",
        .subject = "Tiene un mensaje seguro de {organisation}",
        .greeting = "Hola:",
        .what = "{organisation} le ha enviado un mensaje. Para proteger su privacidad, no está en "
                "este correo.",
        .how =
            "Puede leerlo en nuestra página segura. La página le pedirá que confirme que es usted. "
            "No necesita crear una cuenta ni instalar nada.",
        .button = "Leer mi mensaje",
        .link_label = "Para leer su mensaje, abra este enlace:",
        .until = "Puede leerlo hasta el {date}.",
        .reference = "Referencia: {reference}. La página segura muestra la misma referencia.",
        .unsure_with_phone =
            "¿No está seguro de que este correo es nuestro? Llámenos al {phone}, o al número "
            "nuestro que ya tiene. Con gusto le ayudamos.",
        .unsure = "¿No está seguro de que este correo es nuestro? Llámenos al número nuestro que "
                  "ya tiene. "
                  "Con gusto le ayudamos.",
        .never = "Nunca le pediremos una contraseña por correo.",
        .closing = "Un saludo cordial,",
        .months = {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
                   "septiembre", "octubre", "noviembre", "diciembre"},
        .date = "{day} de {month} de {year}",
    },
};

}  // namespace phimilter::protect
