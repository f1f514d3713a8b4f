"""No link is followed that might change something; every other page may be visited."""
# ruff: noqa: SIM905  the samples are literal and stay on one line

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import Link
from scanner.gatherers.crawl.links import is_file, may_follow

SHOP = "https://petalandstem.example"

UNSAFE = """
/index.php?route=checkout/cart/add&product_id=3 /index.php?route=checkout/cart.add /index.php?route=account/logout /index.php?route=product/compare
/index.php?route=account/wishlist.add /index.php?dispatch=checkout.add..12 /index.php?dispatch=auth.logout /index.php?dispatch=product_features.add_product&product_id=1
/shop/?add-to-cart=12 /cart/?remove_item=abc /cart/?undo_item=abc&_wpnonce=1 /wp-login.php?action=logout&_wpnonce=12 /?wc-ajax=add_to_cart
/product/rose/?add_to_wishlist=3 /x?action=yith-woocompare-add-product&id=1 /my-account/customer-logout/ /checkout/order-received/12/ /checkout/order-pay/12/
/index.php?cPath=1&action=buy_now&products_id=3 /product_info.php?products_id=2&action=add_product /shopping_cart.php?action=update_product /logoff.php
/index.php?main_page=logoff /index.php?main_page=product_info&products_id=1&action=notify /checkout_payment.php /index.php?main_page=checkout_confirmation
/index.php?controller=cart&add=1&id_product=2 /cart?add=1&id_product=2&token=x /index.php?controller=pdf-invoice&id_order=3 /?mylogout= /de/?SubmitCurrency=1&id_currency=2
/checkout/cart/add/uenc/abc/product/12/form_key/x/ /customer/account/logout/ /wishlist/index/add/product/12 /catalog/product_compare/add/product/3 /checkout/onepage/success/
/directory/currency/switch/currency/EUR /sales/order/print/order_id/12 /sales/order/reorder/order_id/12 /stores/store/switch/?___store=de&___from_store=en /review/product/vote/3
/cart/add /cart/add/12 /cart/change?line=1&quantity=0 /cart/clear /cart/empty /account/logout /users/sign_out /user/logout?token=x
/index.php?option=com_virtuemart&view=cart&task=delete&id=1 /index.php?do=logout /shop?task=cart.remove /?logout /?id=3&x=logout /de/logout/ /logout.php /logout.html
/add_to_cart.php?id=3 /cart_add.asp?id=2 /basket/addItem/12 /basket/removeLine/12 /addToWishlist/12 /item/delete/4 /order/place /order/submit /placeOrder
/abmelden /mein-konto/abmelden /warenkorb/hinzufügen?id=3 /in-den-warenkorb/12 /merkliste/hinzufuegen/3 /artikel-entfernen/3 /warenkorb/leeren /newsletter/abbestellen?x=1
/wyloguj /wyloguj-sie /koszyk/dodaj/12 /dodaj-do-koszyka/12 /koszyk/usuń/3 /glosuj/4 /schowek/dodaj/1 /kup-teraz/12
/winkelwagen/toevoegen/3 /uitloggen /winkelmand/verwijderen/3 /panier/ajouter/3 /ajouter-au-panier/3 /deconnexion /se-deconnecter /panier/vider
/carrito/añadir/3 /cerrar-sesion /carrito/eliminar/3 /darse-de-baja /carrello/aggiungi/3 /esci /carrello/svuota /vota/3
/poll/vote/3 /product/rate/3 /newsletter/unsubscribe?x=1 /unsubscribe.php?mail=a /x?print=1 /x?currency=EUR /x?_method=delete /x?op=Delete /%6Cogout
/image.jpg /a.PDF /x.zip /feed.xml /robots.txt /app.js?v=1
""".split()  # fmt: skip

SAFE = """
/ /gifts-to-vote-for /gifts-to-vote-for/ /index.php?do=gifts-to-vote-for /?page=gifts-to-vote-for /category/gifts-to-vote-for/rose /add-ons /category/add-ons/x
/buy-roses-online /collections/buy-one-get-one /remover /product/compare-the-market-mug /logouts-and-more /clear-vases /rated-best /like-new-vases /prints/ /print/flowers
/delete-it-all-cleaner /produkt/kup-pan-mug /produkt/empty-vase-blue /category/update-your-garden /shop/order-by-phone /pages/save-the-bees /blog/how-to-delete-your-account-safely
/index.php?do=view&id=3 /index.php?do=cart /index.php?route=product/product&product_id=3 /index.php?route=checkout/cart /index.php?route=common/home&language=en-gb
/index.php?route=information/information&information_id=3 /index.php?dispatch=products.view&product_id=3 /index.php?dispatch=auth.login_form /index.php?dispatch=checkout.cart
/index.php?main_page=index&cPath=3 /index.php?main_page=checkout_shipping /index.php?main_page=create_account /index.php?controller=order /index.php?controller=cart&action=show
/checkout /checkout/cart/ /checkout/onepage/ /cart /order /wishlist /customer/account/login/ /customer/account/create/ /wp-login.php /my-account/ /account/register
/warenkorb /kasse /mein-konto /koszyk /winkelwagen /panier /carrito /search?q=roses /?p=12 /index.php?option=com_content&view=article&id=3 /roses.html?order=price&dir=asc
/index.php?page=about-us /index.php?id=rose.html /catalogue.php /addresses /addis-ababa-roses /running-shoes /.well-known/x
""".split()  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_never_follows(path):
    assert not may_follow(SHOP + path)


@pytest.mark.parametrize("path", SAFE)
def test_follows(path):
    assert may_follow(SHOP + path)


@pytest.mark.parametrize(
    "text",
    [
        "Log out",
        "Logga ut",
        "ODHLÁSIT SE",
        "Wyloguj się",
        "Αποσύνδεση",
        "Çıkış yap",
        "Одјава",
        "Вийти",
        "Do košíku",
        "Lisa ostukorvi",
    ],
)
def test_never_follows_what_says_so_in_any_language(text):
    assert not may_follow(f"{SHOP}/p/12", Link(f"{SHOP}/p/12", text))


@pytest.mark.parametrize("address", ["mailto:a@b.example", "javascript:x()", "ftp://a.example/", "", "http://[", "//a.example/"])
def test_never_follows_what_is_no_web_address(address):
    assert not may_follow(address)


def test_a_links_text_can_tell_what_its_address_does_not():
    address = SHOP + "/index.php?id=77"
    for text in ("Log out", " Abmelden ", "In den  Warenkorb", "Usuń", "Se déconnecter", "Remove"):
        assert not may_follow(address, Link(address, text))
    for text in ("Buy now", "Gifts to vote for", "Log out of stress: garden tours", ""):
        assert may_follow(address, Link(address, text))


def test_files_are_no_pages():
    assert is_file(SHOP + "/a/b.tar.gz?x=1")
    assert not is_file(SHOP + "/a.b/c")
    assert not is_file(SHOP + "/rose.html")


def test_very_many_parameters_are_not_trusted():
    assert not may_follow(SHOP + "/?" + "&".join(f"a{n}=1" for n in range(100)))


@given(st.text())
def test_never_raises(text):
    may_follow(text)
    may_follow(SHOP + "/" + text, Link(text, text))
    is_file(text)
