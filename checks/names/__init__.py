"""The shop's domain itself: signed or not, who may certify it, names that lead nowhere, and how long it is paid for."""
