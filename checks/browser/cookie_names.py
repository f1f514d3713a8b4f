"""Which cookies carry a visitor's session, and which are not the owner's to change: data. Sources: the platforms' own code and
the services' documents, as of 2026-11."""

from __future__ import annotations

import re

from scanner.text.patterns import lazy

SESSION_LIKE = lazy(
    r"sess(?!ionstorage)|(?:^|[^a-z])s?sid(?:$|[^a-z])|(?:cs|s|php|zen|xtc|mod|osc|os)sid$|zenid|(?:^|[^a-z])(?:auth(?!ors?)|login|token|jwt)"
    r"|auth(?:$|[^a-z])|token$|^frontend$|^adminhtml$|^prestashop-[0-9a-f]{8,}|logged_in|^connect\.sid$|^fe_typo_user$|^sylius|"
    r"^(?:plack|laravel|ci|cake|symfony|django)_?session|remember_?me|^cfid$|^cftoken$|^shop_session",
    re.IGNORECASE,
)
"""Names of session cookies: shops' own and the usual frameworks'."""

NOT_SESSIONS = lazy(
    r"^(?:wordpress_test_cookie|cookie_test|mage-cache-sess\w*|mage-cache-storage\S*|mage-messages|frontend_cid|form_key|"
    r"(?:x-?)?(?:csrf|xsrf)\S*|\S*(?:csrf|xsrf)\S*|_?session_(?:depth|start|count|referrer|views?)|\S*session_?(?:timeout|expiry)\S*)$",
    re.IGNORECASE,
)
"""They sound like sessions and are none: caches, tests, and tokens that a script has to read by design."""

NOT_THE_OWNERS = lazy(
    r"^(?:__cf\w+|_cfuvid|cf_\w+|__cflb|cflb|incap_ses_\S+|visid_incap_\S+|nlbi_\S+|ak_bmsc|bm_\w+|_abck|"  # CDNs and shields
    r"reese84|___utmvc|ak_geo|aka_a2|akavpau_\S+|akaalb_\S+|aws-waf-token|rbz(?:id|sessionid)|_px\w*|pxcts|qrator_\S+|bunny_shield\S*|"
    r"awsalb\S*|awselb\S*|arraffinity\S*|applicationgatewayaffinity\S*|aslbsa\S*|tipmix|gaesa|gclb|heroku-session-affinity|nf_\S+|"
    r"datadome|srv(?:id|_?id|_?name)?|server_?id\d*|routeid|__ddg\S*|sucuri\S*|sp(?:si|se|_lit)|utgv2|adotr|"
    r"bigipserver\S*|ts[0-9a-f]{8}(?:\d{3})?|f5_\S+|nsc_\S+|citrix_ns_id\S*|bni_\S+|bnes_\S+|barra_counter_session|"  # balancers
    r"wordpress_test_cookie|wp_lang|wp-settings-\S+|cookie_?test|test_?cookie\S*|_lscache_vary|"  # asking for cookies
    r"_ga\S*|_gid|_gat\S*|_gcl\S*|__utm\S*|_fbp|_fbc|_pin_unauth|_pk_\S+|mtm_\S+|_hj\S+|_clck|_clsk|_tt\S*|_uet\S*|muid|ajs_\S+|"
    r"__hs\S+|hubspotutk|__kla_id|_scid\S*|intercom-\S+|tk_\S+|__stripe_\w+|optimizely\S*|sbjs_\S+|"  # measuring and advertising
    r"cookieconsent\S*|cookieyes-\S+|cookiebot|cookielawinfo\S*|optanon\S*|euconsent\S*|usprivacy|cmplz_\S+|borlabs-cookie|"
    r"moove_gdpr\S*|_iub_cs\S*|axeptio\S*|didomi\S*)$",  # consent
    re.IGNORECASE,
)
"""Set by a service in front of or beside the shop, or by a program to see whether cookies work; there is no setting for them."""

FOR_SCRIPTS = lazy(
    r"lang(?:uage)?|locale|currency|country|consent|theme|recent|viewed|compare|wish|(?:^|_)cart(?:_hash|_count|-count)?$|items_in_cart",
    re.IGNORECASE,
)
"""User-interface cookies that the shop's own scripts read; a session-like name with these words in it is meant for them, too."""

SESSION_PARAMETERS = lazy(
    r"^(?:os|xtc|mod|oscommerce|cart|shop)?c?sid$|^oscsid$|^(?:php)?sess(?:ion)?_?id$|^phpsessid$|^zenid$|^jsessionid$|^aspsessionid\w*$|"
    r"^ocsessid$|^force_sid$|^cfid$|^cftoken$",
    re.IGNORECASE,
)
"""Parameters of addresses that hold a visitor's session."""
