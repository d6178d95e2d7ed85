"""The currencies of ISO 4217 that money is paid in, with how many digits their minor unit has. Pure."""

from __future__ import annotations

_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD UYU UZS VES WST XCD YER ZAR ZMW
"""
MINOR_DIGITS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_NO_MINOR.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
}
"""Digits after the point of an amount, by code: an amount of 1250 is 12.50 EUR, 1250 JPY, 1.250 KWD."""


def amount_owed(rate: int, basis: str, answers: int, active_ms: int) -> int:
    """What is owed in minor units: a rate a task, or an hour of active time, rounded half up once.

    >>> amount_owed(25, "task", 4, 0)
    100
    >>> amount_owed(1800, "hour", 2, 30_000)
    15
    """
    return rate * answers if basis == "task" else (rate * active_ms + 1_800_000) // 3_600_000
