"""No address that might change something is asked for, whatever named it; ordinary shops lose nothing by that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.gatherers.crawl.arrival import PAGES
from scanner.gatherers.http.fetcher import MightAct
from scanner.gatherers.probing.listings import DIRECTORIES
from scanner.scope.safe_requests import might_act
from tests.loopback import response, site
from tests.scanner.gatherers.crawl.test_links import SAFE
from tests.scanner.gatherers.http.test_fetcher import HOME, fetching

SHOP = "https://petalandstem.example"

ACTING = """
/logout /logout/ /LOGOUT /Log-Out /user/logout.php /a/logout;jsessionid=1 //logout /logout. /./logout %2Flogout /x%2Flogout /log%6Fut /log%256fut
/shop\\logout /?logout /?logout=1 /?x=logout /?route=account/logout /?/cart/empty /?r=cart%2Fempty /?next=%252Flogout /?do[]=cart/add
/?add-to-cart=12 /?product=3&add-to-cart=12 /cart/empty /cart/Empty/ /cart/emptyCart /empty-cart.aspx /delete/ /cron/ /cron.php /import/ /admin/delete?id=7
/item/12/delete /item/delete/12 /delete-item/12 /newsletter/unsubscribe/abc /wishlist/add/7 /compare/12 /vote/3 /buy/12 /buy-now/12 /order/confirm /orders/cancel/5
/reset /password/reset/ /db/reset /cache/clear /clear-cache /cache/flush /index/rebuild /reindex /restore/ /uninstall /upgrade.php /run/ /approve/5 /publish/9
/cart/123:1 /cart/123:1,456:2 /cart/add.js?id=3 /cart/clear.js /wishlist/delete/7.css /basket/plus/3 /set/quantity/0 /quickbuy/3 /coupon/apply?code=x /cart?coupon=x
/?controller=order&submitReorder=1 /?_a=basket&empty-basket=true /?deleteAddress=3 /?remove-from-list=3 /graphql?query=mutation{placeOrder} /graphql?query=%20Mutation%20A(
/ipn.php /webhook/ /payment/callback?status=paid /backup/create /export/start /newsletter/subscriber/new/ /sendfriend/product/send/id/3 /login-as/3 /mark-as-read
/wishlist/merge /duplicate/3 /revert/3 /transfer?to=3 /toggle?x=1 /restart /contact?submit=1 /flag/flag/bookmark/3 /review/product/post/id/3
/abmelden /warenkorb/leeren /warenkorb/löschen/3 /koszyk/usuń/3 /wyloguj /panier/vider /se-deconnecter /carrello/svuota /carrito/vaciar /carrinho/esvaziar
/varukorg/ta-bort/2 /logga-ut /kurv/fjern/1 /log-ud /handlekurv/slett/1 /logg-ut /ostoskori/poista/3 /kirjaudu-ulos /kosik/odebrat/3 /odhlásit /odhlasenie
/kosár/törlés/3 /kijelentkezes /cos/sterge/3 /deconectare /ostukorv/kustuta/1 /logi-valja /grozs/dzest/2 /iziet /krepselis/istrinti/1 /atsijungti
/košarica/obriši/3 /odjava /sepet/sil/3 /cikis-yap /καλάθι/διαγραφή/3 /αποσύνδεση /количка/изтрий/2 /изход /кошик/видалити/1 /вийти /karfa/eyda/1
""".split()  # noqa: SIM905  literal samples

ORDINARY = """
/ /en/ /de/start /shop/ /index.php?route=common/home /?page_id=3 /category/add-ons /add-on-services /gifts-to-vote-for /buy-one-get-one-free /like-new-vases
/product/delete-key-keyboard /remover-for-nails /compare-the-market-mug /blog/how-to-delete-an-account /order-by-phone /orders-and-returns /cancel-policy
/cancellation-policy /widerrufsbelehrung /reset-buttons-for-clocks /run-faster-shoes /running /cronuts /importers-of-tea /imported-cheese /export /updates-from-us
/rate-table /rated /votive-candles /emptyness /clearance /clear-glass-vases /save-the-bees /saver-packs /follow-us-on-instagram /pay-by-invoice /payment /payments
/confirmation-gifts /subscribe-and-save /publisher/penguin /publishing /executive-chairs /flush-mount-lamps /purge-valves /migration-guide /approved-dealers
/plus /minus-candles /transfer-paper /cart/123 /products/set /graphql?query={products{name}} /?query=mutations /export /webhooks-for-florists /syncro /?compare=1,2
/?order-by=price /?in-cart=1 /?products-per-page=20 /js/compare.js /js/cart/add.js /css/reset.css /assets/update-1.2.min.js /images/delete.png /media/vote.svg /sitemap.xml /robots.txt /delete.pdf
/?q=remove+stains /?s=how+to+vote /?sort=price&order=asc /?currency=EUR /?lang=de /?sid=8f3a /?utm_source=newsletter /?color=clear-blue /?cat=4&page=2 /?do=catalog&id=4
/collections/sale /products/empty-frame-set /kaufberatung /loesungen /merkzettel /verkauf /kupie-teraz-blog /voiture /notes /notebooks /videos /salina /valutazione
/kopen-en-bezorgen /esciences /tom-ford /stempel /kobber /kupiec /osta-ja-saasta /lisa-frank /silver /silikon /ekleipsis /iptalab /sepete /cart /basket /wishlist /checkout
""".split()  # noqa: SIM905


@pytest.mark.parametrize("path", ACTING)
def test_might_act(path: str) -> None:
    assert might_act(SHOP + path if path.startswith("/") else f"{SHOP}/{path}")


@pytest.mark.parametrize("path", [*ORDINARY, *SAFE])
def test_ordinary_addresses_are_asked_for(path: str) -> None:
    assert not might_act(SHOP + path)


def of_platforms(name: str) -> list[tuple[str, str, list[str]]]:
    """From a file of this folder: a line with a platform's name, and the addresses that its own templates and routes hold."""
    said = (Path(__file__).with_name(f"{name}.txt")).read_text("utf-8")
    return [(name, *part) for part in ((head, rest.split()) for head, rest in re.findall(r"(?m)^(\S.*):\n((?:  .*\n)+)", said))]


@pytest.mark.parametrize(("kind", "platform", "addresses"), [*of_platforms("acting"), *of_platforms("ordinary")])
def test_the_addresses_of_real_platforms(kind: str, platform: str, addresses: list[str]) -> None:
    wrong = [address for address in addresses if might_act(SHOP + address) != (kind == "acting")]
    assert not wrong, platform


def test_enough_platforms_are_known() -> None:
    for kind in ("acting", "ordinary"):
        assert len(of_platforms(kind)) >= 16
        assert sum(len(addresses) for _, _, addresses in of_platforms(kind)) >= 250


@pytest.mark.parametrize(
    "word", ["tommy", "wissen", "inode", "address", "addison", "banana", "killer", "delivery", "wishlists-of-2026"]
)
def test_no_word_is_taken_apart_that_is_one(word: str) -> None:
    assert not might_act(f"{SHOP}/{word}")


@given(st.text(max_size=300))
def test_never_raises(text: str) -> None:
    might_act(text)
    might_act(f"{SHOP}/{text}")


@pytest.mark.idle_time
async def test_a_redirect_to_such_an_address_is_not_followed() -> None:
    asked: list[str] = []
    pages = {
        "/": response(b"", "302 Found", headers="Location: /?add-to-cart=12\r\n"),
        "/sale": response(b"", "301 Moved Permanently", headers="Location: /cart/empty\r\n"),
    }
    async with fetching(site(pages, asked)) as fetcher:
        for address in (HOME, f"{HOME}sale"):
            chain = await fetcher.follow(address, PAGES, declared=True)
            assert "might change something" in getattr(chain.end, "because", "")
    assert asked == ["/", "/sale"]


@pytest.mark.idle_time
async def test_what_the_shop_names_is_refused_and_what_a_rule_declares_is_not() -> None:
    asked: list[str] = []
    async with fetching(site({"/import/": response(b"x")}, asked)) as fetcher:
        with pytest.raises(MightAct):
            await fetcher.get(f"{HOME}import/", DIRECTORIES)
        with pytest.raises(MightAct):
            await fetcher.download(f"{HOME}sitemap/delete?x=1", PAGES, most=100)
        assert asked == []
    async with fetching(site({"/import/": response(b"x")}, asked)) as fetcher:
        assert (await fetcher.get(f"{HOME}import/", DIRECTORIES, declared=True)).text == "x"
    assert asked == ["/import/"]
