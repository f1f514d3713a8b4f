"""What a scan is told to do."""

import pickle
from datetime import date
from pathlib import Path

from scanner.engine.scan import Order
from scanner.scope.focus import Focus
from scanner.scope.target import Target
from scanner.settings.models import AcceptedSettings, BackupSettings, SiteSettings
from scanner.settings.options import ScanOptions
from tests.scanning import catalogue


def test_a_whole_order_can_be_sent_to_another_process() -> None:
    backup = BackupSettings.model_validate({"kind": "database", "location": "sftp://b@nas.example/shop", "max_age": "26h"})
    accepted = AcceptedSettings(rule="hsts-missing", reason="old phones", until=date(2030, 1, 1))
    order = Order(
        Target.of(
            "https://shop.example/flowers/",
            also=["blog.shop.example"],
            ports={"https": 8443},
            resolve={"shop.example": ("127.0.0.1", "::1")},
            allow_private=True,
        ),
        catalogue().chosen(),
        ScanOptions.model_validate({"rate": 9, "fail_on": "high", "json": "-", "record": Path("kept")}),
        SiteSettings(url="https://shop.example/flowers/", name="Flowers", backup=(backup,), accepted=(accepted,)),
        Path("configured"),
        Focus(first=("/a",), folders=("/old/",), again=(("exposed-vcs", "/.git/HEAD"),), only=True),
    )
    assert len(order.rules) > 80
    assert pickle.loads(pickle.dumps(order)) == order
