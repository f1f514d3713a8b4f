"""What pages are for, by address and by content, in the languages of Europe and on the shop platforms."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.evidence import Link, PageKind
from scanner.gatherers.crawl.html import extract
from scanner.gatherers.crawl.page_kinds import kind_of, kind_of_address, kind_of_link, plain_words

SHOP = "https://petalandstem.example"

ADDRESSES = {
    "home": "/ /index.php /index.html",
    "cart": "/cart /shopping_cart.php /index.php?route=checkout/cart /index.php?main_page=shopping_cart /index.php?dispatch=checkout.cart /checkout/cart/ "
    "/koszyk,14.html /?koszyk,14 /de/warenkorb /winkelwagen /panier /carrito /carrello/ /index.php?controller=cart /index.php?option=com_virtuemart&view=cart "
    "/my-cart /basket.aspx",
    "checkout": "/checkout /kasse /order /zamówienie /afrekenen /commande /finalizar-compra /cassa /checkout_shipping.php /index.php?route=checkout/checkout "
    "/checkout/onepage/ /index.php?controller=order /onestepcheckout",
    "login": "/login /customer/account/login/ /wp-login.php /anmelden /logowanie /inloggen /connexion /iniciar-sesion /accedi /index.php?main_page=login "
    "/index.php?route=account/login.login /index.php?dispatch=auth.login_form /index.php?controller=authentication",
    "account": "/my-account/ /mein-konto /moje-konto /mijn-account /mon-compte /mi-cuenta /il-mio-account /customer/account/create/ /create_account.php "
    "/my-account/lost-password /index.php?route=account/register",
    "search": "/search?q=rose /?s=rose /catalogsearch/result/?q=rose /advanced_search.php /suche /szukaj /zoeken /recherche /buscar /ricerca "
    "/index.php?route=product/search",
    "policy": "/privacy-policy /privacy-policy-2026 /datenschutz /impressum.php /agb /polityka-prywatnosci /regulamin /algemene-voorwaarden "
    "/politique-de-confidentialite /mentions-legales /politica-de-privacidad /privacy.php /pages/terms-of-service /policies/refund-policy",
    "category": "/product-category/roses/ /collections/all /kategorie/rosen /12-roses /index.php?cPath=3 /index.php?route=product/category&path=20 /products "
    "/catalog/category/view/id/3 /shop/ /index.php?dispatch=categories.view&category_id=2",
    "product": "/product/red-rose /products/red-rose /roses/12-red-rose.html /product_info.php?cPath=1&products_id=2 /index.php?route=product/product&product_id=3 "
    "/index.php?main_page=product_info&products_id=3 /catalog/product/view/id/3 /index.php?dispatch=products.view&product_id=3 /detail/0123abc "
    "/index.php?option=com_virtuemart&view=productdetails&virtuemart_product_id=1",
    "other": "/about-us /golf-cart-cover /blog/how-to-login-safely /shop/red-rose /?p=12 /checkout-our-new-roses /contact /accounting-books",
}


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in ADDRESSES.items() for path in paths.split()])
def test_by_address(kind, path):
    assert kind_of_address(SHOP + path) == kind


LANGUAGES = {  # basket, checkout, login, account, privacy policy; an address may be spelt in two ways
    "bg": "количка/kolichka поръчка вход моят-профил/moyat-profil поверителност/politika-za-poveritelnost",
    "cs": "košík/nakupni-kosik pokladna přihlášení/prihlaseni můj-účet/muj-ucet ochrana-osobnich-udaju/zásady-ochrany-osobních-údajů",
    "da": "kurv/indkoebskurv/indkobskurv til-kassen log-ind min-konto privatlivspolitik",
    "de": "warenkorb kasse anmelden mein-konto datenschutzerklärung/datenschutzerklaerung",
    "el": "καλάθι/kalathi ταμείο/tameio σύνδεση/syndesi λογαριασμός/logariasmos πολιτική-απορρήτου/politiki-aporritou",
    "en": "basket checkout sign-in my-account privacy-policy",
    "es": "carrito finalizar-compra iniciar-sesión/iniciar-sesion mi-cuenta politica-de-privacidad",
    "et": "ostukorv ostu-vormistamine logi-sisse minu-konto privaatsuspoliitika",
    "fi": "ostoskori kassalle kirjaudu-sisään/kirjaudu-sisaan oma-tili tietosuojaseloste",
    "fr": "panier commande connexion mon-compte politique-de-confidentialité",
    "ga": "ciseán/cisean seiceáil-amach logáil-isteach/logail-isteach mo-chuntas príobháideachas",
    "hr": "košarica/kosarica blagajna prijava moj-račun/moj-racun politika-privatnosti",
    "hu": "kosár/kosar pénztár/penztar bejelentkezés/bejelentkezes fiókom/fiokom adatvédelem/adatkezelesi-tajekoztato",
    "is": "karfa ganga-frá-pöntun innskráning/innskraning mínar-síður persónuverndarstefna/personuverndarstefna",
    "it": "carrello cassa accedi il-mio-account informativa-sulla-privacy",
    "lt": "krepšelis/krepselis atsiskaitymas prisijungti mano-paskyra privatumo-politika",
    "lv": "grozs noformēt-pasūtījumu/noformet-pasutijumu pieslēgties/pieslegties mans-konts privātuma-politika/privatuma-politika",
    "mt": "karrettun checkout idħol/idhol il-kont-tiegħi politika-tal-privatezza",
    "nl": "winkelwagen afrekenen inloggen mijn-account privacyverklaring",
    "no": "handlekurv utsjekking logg-inn min-side personvernerklæring/personvernerklaering",
    "pl": "koszyk zamówienie/zamowienie zaloguj-się moje-konto polityka-prywatności",
    "pt": "carrinho finalizar-encomenda iniciar-sessão minha-conta politica-de-privacidade",
    "ro": "coș/cosul-meu finalizare-comandă/finalizare-comanda autentificare contul-meu politica-de-confidențialitate",
    "sk": "nákupný-košík pokladňa/pokladna prihlásenie/prihlasenie môj-účet ochrana-osobných-údajov",
    "sl": "košarica/kosarica zaključek-nakupa/zakljucek-nakupa prijava moj-račun varstvo-osebnih-podatkov",
    "sr": "korpa/корпа porudžbina/поруџбина prijavi-se/пријава moj-nalog/мој-налог politika-privatnosti/политика-приватности",
    "sv": "varukorg/kundvagn till-kassan logga-in mina-sidor integritetspolicy",
    "tr": "sepet/sepetim ödeme/odeme giriş-yap/giris-yap hesabım/hesabim gizlilik-politikası/gizlilik-politikasi",
    "uk": "кошик/koshyk оформлення-замовлення увійти особистий-кабінет політика-конфіденційності",
}
WANTED = ("cart", "checkout", "login", "account", "policy")


@pytest.mark.parametrize("language", LANGUAGES)
def test_by_address_in_every_language_of_europe(language):
    told = {
        word: kind_of_address(f"{SHOP}/{place}")
        for words in LANGUAGES[language].split()
        for word in words.split("/")
        for place in (quote(word), word.upper())
    }
    wanted = {word: kind for words, kind in zip(LANGUAGES[language].split(), WANTED, strict=True) for word in words.split("/")}
    assert told == wanted


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/ko%9A%EDk", "cart"),  # Windows-1250
        ("/%EA%EE%EB%E8%F7%EA%E0", "cart"),  # Windows-1251
        ("/giri%FE-yap", "login"),  # Windows-1254
        ("/datenschutzerkl%E4rung", "policy"),  # Latin-1
        ("/%F4%E1%EC%E5%DF%EF", "checkout"),  # Windows-1253
        ("/caf%E9", "other"),
        ("/%FF%FE", "other"),
    ],
)
def test_by_address_in_old_code_pages(path, kind):
    assert kind_of_address(SHOP + path) == kind


@pytest.mark.parametrize(
    "path",
    ["/korv", "/sok-jablkowy", "/basket-weaving", "/kabinet-3-trinn", "/kosik-na-pradlo", "/order-of-the-garter", "/karfatex"],
)
def test_words_that_are_goods_somewhere_else(path):
    assert kind_of_address(SHOP + path) == "other"


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/index.php?route=information/information&information_id=3", "Privacy  Policy", "policy"),
        ("/p12", "Warenkorb", "cart"),
        ("/p12", "Zaloguj się", "login"),
        ("/p12", "Red roses", "other"),
        ("/cart", "Login", "cart"),
    ],
)
def test_by_link_text(path, text, kind):
    assert kind_of_link(Link(SHOP + path, text)) == kind


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("/red-rose", '<meta property="og:type" content="product"><p>Rose', "product"),
        ("/red-rose", '<script type="application/ld+json">{"@context":"x","@type": "Product"}</script>', "product"),
        (
            "/red-rose",
            '<div itemscope itemtype="https://schema.org/Product"><form action="/cart/add"><input name=qty></form></div>',
            "product",
        ),
        ("/red-rose", '<form class="cart"><button name="add-to-cart" value="1">Buy</button></form>', "product"),
        ("/roses", '<form action="/cart/add"></form><form action="/cart/add"></form>', "category"),
        ("/x", '<body class="single-product woocommerce">', "product"),
        ("/x", '<body id="category" class="lang-en">', "category"),
        ("/x", '<body class="page woocommerce-cart">', "cart"),
        ("/x", '<body class="page woocommerce-checkout">', "checkout"),
        ("/x", "<title>Log in – Petal</title><form><input type=password></form>" + "<a href=/a>a</a>" * 3, "login"),
        ("/x", "<title>Petal</title><form><input type=password></form><form></form><form></form>", "other"),
        ("/cart", '<body class="single-product">', "cart"),
        ("/product/red-rose", '<form action="/cart/add"></form>' * 4, "product"),
        ("/x", "<p>Our Product is good", "other"),
    ],
)
def test_by_content(path, text, kind):
    assert kind_of(extract(text, SHOP + path, 200, ())) == kind


def test_words_are_folded():
    assert plain_words("Añadir_al  Carrito") == "anadir-al-carrito"
    assert plain_words("Zamówienie ŁÓDŹ.Straße") == "zamowienie-lodz-strasse"


@given(st.text())
def test_never_raises(text):
    kind = kind_of_address(SHOP + "/" + text)
    assert kind in PageKind
    kind_of_address(text)
    kind_of_link(Link(text, text))
