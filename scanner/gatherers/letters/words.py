"""Words that tell what a mail is for, and those of a link that ends a subscription, in the languages of Europe's shops."""

from __future__ import annotations

import re

from scanner.text.patterns import lazy

UNSUBSCRIBE = lazy(
    r"unsubscri|un-subscri|opt[ -]?out|stop (?:receiving|these)|email preferences|manage (?:your )?(?:preferences|"
    r"subscription)|leave this list|"
    r"abmeld|abbestell|austragen|abonnement (?:beenden|kündigen)|nicht mehr erhalten|"
    r"wypis[zać]|zrezygn|rezygnacj|rezygnuj|anuluj subskrypcj|nie chcę otrzymywać|"
    r"désinscri|désabonn|se désabonner|darse de baja|cancelar (?:la )?suscripci|disiscri|"
    r"cancella (?:l['’])?iscrizione|uitschrijv|afmeld|"
    r"odhlásit|odhlásiť|leiratkoz|avregistrera|avprenumerera|avmeld|framelding|frameld|peruuta tilaus|dezabon|отпис|"
    r"odjav|avsluta prenumeration|"
    r"anular (?:a )?subscri",
    re.IGNORECASE,
)
ORDERS = lazy(
    r"\border(?:ed|s)?\b|\binvoice|\breceipt\b|\bshipp(?:ed|ing)|\bdispatch|\bdelivery\b|\bpayment\b|\brefund|"
    r"\bparcel\b|\btracking\b|\bpurchase|"
    r"bestell|auftrag|rechnung|versand|versendet|zahlung|lieferung|gutschrift|sendung|paket\b|"
    r"zamówieni|zamowieni|faktur|wysyłk|wysłan|płatnoś|przesyłk|paczk|dostaw|zwrot|"
    r"\bcommande|facture|expédi|livraison|\bpedido|factura|envío|\bordine|fattura|spedi|bestelling|factuur|verzonden|"
    r"objednáv|rendelés|beställning|"
    r"ordrebekreft|tilaus(?:vahvistus)?\b",
    re.IGNORECASE,
)
ACCOUNTS = lazy(
    r"passwor[dt]|\baccount\b|\blog[ -]?in\b|sign[ -]?in|\bregist(?:er|ration)|welcome to\b|verify your|"
    r"confirm your (?:e-?mail|address)|"
    r"kennwort|zugangsdaten|kundenkonto|ihr konto|registrier|willkommen bei|bestätigen sie ihre|"
    r"hasł|\bkont[oa]\b|rejestrac|logowani|potwierdź (?:swój )?adres|mot de passe|compte\b|contraseña|\bcuenta\b|"
    r"wachtwoord|heslo|jelszó",
    re.IGNORECASE,
)
OFFERS = lazy(
    r"newsletter|\bsale\b|\d ?% (?:off|rabatt|zniżk|rabat)|\boffers?\b|new (?:in|arrivals)|discount|this week|"
    r"black friday|mother['’]s day|"
    r"rabatt|angebot|aktion\b|neuheiten|neu im shop|muttertag|"
    r"promocj|zniżk|wyprzedaż|nowości|rabat\b|dzień matki|okazj|"
    r"\bsoldes?\b|promo\b|offre|oferta|offert|aanbieding|akce\b|akció",
    re.IGNORECASE,
)
BROWSER_VIEW = lazy(
    r"view (?:this|it)? ?(?:e-?mail |message |newsletter )?(?:in|on) (?:your|the|a) (?:browser|web)|view online|"
    r"web version|im browser (?:an)?sehen|"
    r"browser ansehen|online-?version|webversion|zobacz w przeglądarce|otwórz w przeglądarce|wersj[aę] (?:online|"
    r"w przeglądarce)|voir (?:dans|en) (?:le navigateur|ligne)",
    re.IGNORECASE,
)
BIRTH = lazy(
    r"(?:date of birth|born(?: on)?|geburtsdatum|geboren am|geb\. am|data urodzenia|"
    r"ur\.)\s*:?\s*\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:19|20)\d\d",
    re.IGNORECASE,
)
REMOTE = lazy(r"\b(?:team ?viewer|any ?desk|rust ?desk)(?:[ -]?id)?\s*[:#]?\s*\d[\d ]{7,12}\d", re.IGNORECASE)
PERSONAL_NUMBER = lazy(
    r"\b(?:pesel|social security (?:no|number)|ssn|steuer-?id(?:nr)?|passport (?:no|number)|personalausweis(?:nr)?|"
    r"nr dowodu)\b\.?\s*:?\s*[A-Z0-9][A-Z0-9 /-]{6,14}",
    re.IGNORECASE,
)
LOGIN_NAME = lazy(r"^\W{0,3}(?:user ?name|login|benutzername|nazwa użytkownika)\s*:\s*\S+", re.IGNORECASE | re.MULTILINE)
