# SPDX-License-Identifier: Apache-2.0
"""The cast. Everybody is invented; all domains are reserved for examples (RFC 2606)."""
import dataclasses

CLINIC = "Alder Street Clinic"
CLINIC_PHONE = "+1 555 0100"
TIME_ZONE = "America/New_York"
CLINIC_DOMAIN = "clinic.example"


@dataclasses.dataclass(frozen=True)
class Person:
    name: str
    address: str
    has: str       # what they can read: "pgp", "smime", "tls", "nothing", "expired pgp", "inside"


LAB = Person("Alder Street Lab", "lab@clinic.example", "inside")
NURSE = Person("Rosa Lind", "rosa.lind@clinic.example", "inside")
COLLEAGUE = Person("Tom Birk", "tom.birk@clinic.example", "inside")
DOCTOR = Person("Dr. Ada Okafor", "ada.okafor@cedar-practice.example", "pgp")
SECOND_DOCTOR = Person("Dr. Piet Halm", "piet.halm@cedar-practice.example", "pgp")
PARTNER = Person("North Pathology", "reports@north-pathology.example", "smime")
HOSPITAL = Person("Saint Brigid Hospital", "referrals@hospital.example", "tls")
OLD_HOSPITAL = Person("Old Mill Hospital", "referrals@oldmill.example", "tls")
PATIENT = Person("Mira Solano", "mira.solano@mail.example", "nothing")
FRIEND = Person("Ben Ode", "ben.ode@mail.example", "nothing")
RETIRED = Person("Dr. Elin Varga", "elin.varga@willow.example", "expired pgp")

EVERYBODY = (LAB, NURSE, COLLEAGUE, DOCTOR, SECOND_DOCTOR, PARTNER, HOSPITAL, OLD_HOSPITAL, PATIENT, FRIEND, RETIRED)
TLS_DOMAINS = ("hospital.example", "oldmill.example")


def person(address):
    return next((one for one in EVERYBODY if one.address == address), None)


def domain(address):
    return address.rpartition("@")[2]
