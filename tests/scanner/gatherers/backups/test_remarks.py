from __future__ import annotations

import pytest

from scanner.gatherers.backups.remarks import Remarks, moment_in


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("-- Dump completed on 2026-11-20  3:00:01", "2026-11-20T03:00:01"),
        ("# Generated: Friday 20. November 2026 03:00 UTC", "2026-11-20T03:00:00"),
        ("-- Generation Time: Nov 20, 2026 at 03:00 PM", "2026-11-20T15:00:00"),
        ("-- Generation Time: Nov 20, 2026 at 12:00 AM", "2026-11-20T00:00:00"),
        ("-- Erstellungszeit: 20. Nov 2026 um 03:00", "2026-11-20T03:00:00"),
        ("-- Dump end time: Fri Nov 20 03:00:01 2026", "2026-11-20T03:00:01"),
        ("-- Dump completed on: Fri, 20 Nov 2026 03:00:00 +0000", "2026-11-20T03:00:00"),
        ("-- 2026-11-20 03:00:00 UTC", "2026-11-20T03:00:00"),
        ("-- Généré le : ven. 20 nov. 2026 à 03:00", "2026-11-20T03:00:00"),
        ("-- Czas generowania: 20 Gru 2026, 03:00", "2026-12-20T03:00:00"),
        ("-- Tiempo de generación: 20-11-2026 a las 03:00:01", "2026-11-20T03:00:01"),
        ("-- Luontiaika: 20.11.2026 klo 03:00", "2026-11-20T03:00:00"),
        ("-- Czas generowania: 20 Lis 2026, 03:00", ""),  # November in Polish, October in Croatian
        ("-- 12 rows 2024, generated 20 Nov 2026", "2026-11-20T00:00:00"),
        ("on 2026-11-20", "2026-11-20T00:00:00"),
        ("-- Dump completed", ""),
        ("-- Completed on 2026-13-40", ""),
        ("-- Completed on 31 Feb 2026", ""),
    ],
)
def test_moments(text: str, moment: str) -> None:
    found = moment_in(text)
    assert (found.replace(tzinfo=None).isoformat() if found else "") == moment


def seen(*comments: bytes) -> Remarks:
    remarks = Remarks()
    for comment in comments:
        remarks.see(comment)
    return remarks


def test_a_tool_that_came_to_its_end() -> None:
    remarks = seen(b"-- MySQL dump 10.13", b"-- Host: localhost", b"-- Dump completed on 2026-11-20  3:00:01")
    assert remarks.tool
    assert remarks.closed
    assert remarks.made is not None
    assert not seen(b"-- MySQL dump 10.13").closed


def test_one_that_began_anew_before_its_end() -> None:
    assert not seen(b"-- MySQL dump 10.13", b"-- MySQL dump 10.13", b"-- Dump completed").closed
    assert seen(b"-- MySQL dump 10.13", b"-- Dump completed", b"-- MariaDB dump 10.19", b"-- Dump completed").closed


def test_a_dump_in_a_dump() -> None:
    cluster, inner = b"-- PostgreSQL database cluster dump", b"-- PostgreSQL database dump"
    assert seen(cluster, inner, inner + b" complete", cluster + b" complete").closed
    assert not seen(cluster, inner, cluster + b" complete").closed
    assert not seen(cluster, inner, inner + b" complete").closed


def test_days_that_are_not_the_dumps_own() -> None:
    assert seen(b"-- Server version 10.11.19 of 2025-01-01", b"# Backup of: https://shop.example/2020-01-01").made is None
